package dev.sluice.examples.bench;

import java.util.Arrays;

/** Times in nanoseconds; the first two million of them are kept. */
final class Samples {
  private static final int MOST = 2_000_000;
  private long[] values = new long[1024];
  private int size;

  void add(long nanos) {
    if (size < MOST) {
      if (size == values.length) {
        values = Arrays.copyOf(values, Math.min(MOST, 2 * size));
      }
      values[size++] = nanos;
    }
  }

  /** In milliseconds the value that this share of all does not exceed; NaN where there is none. */
  double quantile(double share) {
    if (size == 0) {
      return Double.NaN;
    }
    long[] sorted = Arrays.copyOf(values, size);
    Arrays.sort(sorted);
    return sorted[Math.max(0, (int) Math.ceil(share * size) - 1)] / 1e6;
  }
}
