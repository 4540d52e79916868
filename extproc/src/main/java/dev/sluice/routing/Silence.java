package dev.sluice.routing;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.LongAccumulator;

/**
 * Whether a candidate has fallen silent, seen before any deadline. Of the tries that began after
 * the newest one that was answered, none has got a word. Each of them tells that its first token
 * takes longer than it has waited; what part of first tokens takes so long is known of the last
 * minutes. The product of these parts is how likely the silence would be if nothing were wrong.
 *
 * <p>A try waits from when its prompt should have been read, so that short prompts tell early and
 * long ones do not look silent; and its wait is a multiple of what an empty prompt takes at the
 * moment, so that a channel whose speed drifts is not measured by what it was minutes ago.
 *
 * <p>The waits are censored observations, and what is used is the survival function.
 *
 * @see <a href="https://doi.org/10.1080/01621459.1958.10501452">Kaplan and Meier, Nonparametric
 *     estimation from incomplete observations</a>
 */
@Policy
final class Silence {
  /** Silence that would come by chance less often than once in {@code e^8} moments is suspect. */
  private static final double CHANCE = 8;

  /** A candidate that has become slower by this factor is slow, not silent. */
  private static final double SLOWER = 1.15;

  /**
   * So fast does more of the same silence make sure: half as much again leaves a fifth of doubt.
   */
  private static final double SURE = 4;

  private static final double HALF_LIFE = 120e9;

  /** Fewer first tokens tell too little of how long they take. */
  private static final double EVIDENCE = 10;

  // Waiting tries by how long their prompts are read, and by when they began; those of 32 s ago
  // share their place with the newest.
  private static final double[] READING = {0, 0.25, 0.5, 1, 2, 4, 8};
  private static final long SLOT = 125_000_000L;
  private static final int SLOTS = 256;

  // Multiples of the expected time, from 1/32 to 128, five buckets to a doubling.
  private static final int PER_DOUBLING = 5;
  private static final int LOWEST = -5;
  private static final int BUCKETS = 12 * PER_DOUBLING;

  private final AtomicIntegerArray waiting = new AtomicIntegerArray(READING.length * SLOTS);
  private final LongAccumulator newest = new LongAccumulator(Math::max, 0);
  private final AtomicIntegerArray multiples = new AtomicIntegerArray(BUCKETS);
  private final int[] seen = new int[BUCKETS];
  private final double[] recent = new double[BUCKETS];
  private long folded;

  /** For each multiple, minus the logarithm of the part of first tokens that takes longer. */
  private volatile double[] longer = new double[0];

  /**
   * The size of a prompt, by the nearest of some times to read it.
   *
   * @param seconds until it should have been read
   */
  static int size(double seconds) {
    int size = 0;
    while (size + 1 < READING.length && 2 * seconds > READING[size] + READING[size + 1]) {
      size++;
    }
    return size;
  }

  /** A try went out. */
  void waits(long begun, int size) {
    waiting.incrementAndGet(place(begun / SLOT, size));
  }

  /** That try waits no longer, whatever became of it. */
  void waitsNoMore(long begun, int size) {
    waiting.decrementAndGet(place(begun / SLOT, size));
  }

  /**
   * That try was answered.
   *
   * @param seconds since it began
   * @param empty seconds that an empty prompt takes
   */
  void answered(long begun, int size, double seconds, double empty) {
    newest.accumulate(begun);
    multiples.incrementAndGet(bucket((seconds - READING[size]) / empty));
  }

  /** Takes in what came since the last call. */
  void fold(long now) {
    int came = 0;
    for (int i = 0; i < BUCKETS; i++) {
      came += multiples.get(i) - seen[i];
    }
    if (came == 0) {
      return;
    }
    double kept = Math.exp(-Math.log(2) * (now - folded) / HALF_LIFE);
    folded = now;
    double all = 0;
    for (int i = 0; i < BUCKETS; i++) {
      int count = multiples.get(i);
      recent[i] = recent[i] * kept + (count - seen[i]);
      seen[i] = count;
      all += recent[i];
    }
    if (all >= EVIDENCE) {
      longer = longer(all);
    }
  }

  private double[] longer(double all) {
    double[] logs = new double[BUCKETS];
    double above = all;
    for (int i = 0; i < BUCKETS; i++) {
      // Half a first token more, as if it took for ever.
      logs[i] = -Math.log(Math.min(1, (Math.max(0, above) + 0.5) / (all + 0.5)));
      above -= recent[i];
    }
    return logs;
  }

  /**
   * How many times as telling the silence is as it must be to be suspect; over 1: it is.
   *
   * @param under how many tries wait
   * @param empty seconds that an empty prompt takes
   */
  double suspicion(long now, long under, double empty) {
    double[] logs = longer;
    if (logs.length == 0) {
      return 0;
    }
    double sum = 0;
    long left = under;
    long last = now / SLOT;
    long answered = newest.get() / SLOT;
    for (long i = last - 1; left > 0 && i > answered && i > last - SLOTS; i--) {
      double age = (now - (i + 1) * SLOT) / 1e9;
      for (int size = 0; size < READING.length; size++) {
        int count = waiting.get(place(i, size));
        if (count > 0) {
          left -= count;
          sum += count * logs[bucket((age - READING[size]) / SLOWER / empty)];
        }
      }
    }
    return sum / CHANCE;
  }

  /** How sure it is that the tries that wait now wait in vain, 0 to 1. */
  double vain(long now, long under, double empty) {
    double suspicion = suspicion(now, under, empty);
    return suspicion > 1 ? 1 - Math.pow(suspicion, -SURE) : 0;
  }

  private static int place(long slot, int size) {
    return size * SLOTS + (int) (slot % SLOTS);
  }

  private static int bucket(double multiple) {
    double place = (Math.log(Math.max(0, multiple)) / Math.log(2) - LOWEST) * PER_DOUBLING;
    return (int) Math.clamp(place, 0, BUCKETS - 1);
  }
}
