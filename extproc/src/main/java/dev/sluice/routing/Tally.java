package dev.sluice.routing;

import java.util.concurrent.atomic.DoubleAdder;

/**
 * Sums that many threads add to without waiting for each other, and that one takes batch by batch.
 * Nothing is lost between two batches: the sums only grow, and a batch is their difference.
 */
final class Tally {
  private final DoubleAdder[] sums;
  private final double[] taken;
  private final double[] batch;

  Tally(int size) {
    sums = new DoubleAdder[size];
    for (int i = 0; i < size; i++) {
      sums[i] = new DoubleAdder();
    }
    taken = new double[size];
    batch = new double[size];
  }

  void add(int which, double amount) {
    sums[which].add(amount);
  }

  /** What came since the last call. One thread at a time; the array is used again. */
  double[] take() {
    for (int i = 0; i < sums.length; i++) {
      double now = sums[i].sum();
      batch[i] = now - taken[i];
      taken[i] = now;
    }
    return batch;
  }
}
