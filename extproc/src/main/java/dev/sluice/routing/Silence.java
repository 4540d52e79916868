package dev.sluice.routing;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.LongAccumulator;

/**
 * Whether a candidate has fallen silent, seen before any deadline. Of the tries that began after
 * the newest one that was answered, none has got a word. Each of them tells that its first token
 * takes longer than it has waited; what part of first tokens takes so long is known of the last
 * minutes. The product of these parts is how likely the silence would be if nothing were wrong.
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
  private static final double SLOWER = 1.25;

  private static final double HALF_LIFE = 120e9;

  /** Fewer first tokens tell too little of how long they take. */
  private static final double EVIDENCE = 10;

  // Waiting tries by when they began; those of 32 s ago share their place with the newest.
  private static final long SLOT = 250_000_000L;
  private static final int SLOTS = 128;

  // Times to the first token from a sixteenth of a second to 512, five buckets to a doubling.
  private static final int PER_DOUBLING = 5;
  private static final int LOWEST = -4;
  private static final int BUCKETS = 13 * PER_DOUBLING;

  private final AtomicIntegerArray waiting = new AtomicIntegerArray(SLOTS);
  private final LongAccumulator newest = new LongAccumulator(Math::max, 0);
  private final AtomicIntegerArray times = new AtomicIntegerArray(BUCKETS);
  private final int[] seen = new int[BUCKETS];
  private final double[] recent = new double[BUCKETS];
  private long folded;

  /** For each time, minus the logarithm of the part of first tokens that takes longer. */
  private volatile double[] longer = new double[0];

  /** A try went out. */
  void waits(long begun) {
    waiting.incrementAndGet(slot(begun / SLOT));
  }

  /** That try waits no longer, whatever became of it. */
  void waitsNoMore(long begun) {
    waiting.decrementAndGet(slot(begun / SLOT));
  }

  /** The try that began then was answered after this time. */
  void answered(long begun, double seconds) {
    newest.accumulate(begun);
    times.incrementAndGet(bucket(seconds));
  }

  /** Takes in what came since the last call. */
  void fold(long now) {
    int came = 0;
    for (int i = 0; i < BUCKETS; i++) {
      came += times.get(i) - seen[i];
    }
    if (came == 0) {
      return;
    }
    double kept = Math.exp(-Math.log(2) * (now - folded) / HALF_LIFE);
    folded = now;
    double all = 0;
    for (int i = 0; i < BUCKETS; i++) {
      int count = times.get(i);
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

  /** How many times as telling the silence is as it must be to be suspect; over 1: it is. */
  double suspicion(long now) {
    double[] logs = longer;
    if (logs.length == 0) {
      return 0;
    }
    double sum = 0;
    long last = now / SLOT;
    long answered = newest.get() / SLOT;
    for (long i = last - 1; i > answered && i > last - SLOTS; i--) {
      int count = waiting.get(slot(i));
      if (count > 0) {
        sum += count * logs[bucket((now - (i + 1) * SLOT) / 1e9 / SLOWER)];
      }
    }
    return sum / CHANCE;
  }

  /** How sure it is that the tries that wait now wait in vain, 0 to 1. */
  double vain(long now) {
    double suspicion = suspicion(now);
    return suspicion > 1 ? 1 - 1 / (suspicion * suspicion) : 0;
  }

  private static int slot(long index) {
    return (int) (index % SLOTS);
  }

  private static int bucket(double seconds) {
    double place = (Math.log(seconds) / Math.log(2) - LOWEST) * PER_DOUBLING;
    return (int) Math.clamp(place, 0, BUCKETS - 1);
  }
}
