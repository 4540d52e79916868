package dev.sluice.routing;

import java.util.concurrent.atomic.AtomicLong;

/**
 * The recent share of successes, as a mean over time. A new candidate counts as good until it has
 * shown otherwise.
 */
@Policy
final class Availability {
  private static final double HALF_LIFE = 10e9;
  private static final double GRAIN = 4;
  private static final double PRIOR = 4;
  private static final int GOOD = 0;
  private static final int BAD = 1;

  private final Tally tally = new Tally(2);
  private final Recent recent = new Recent(HALF_LIFE, GRAIN);
  private volatile double success = 1;
  private final AtomicLong tries = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();

  Availability() {
    recent.trust(PRIOR, 0);
  }

  void good() {
    tally.add(GOOD, 1);
  }

  void bad() {
    tally.add(BAD, 1);
  }

  /** Takes in what came since the last call; how much better it was than expected, or 0. */
  double fold(long now) {
    double[] batch = tally.take();
    double n = batch[GOOD] + batch[BAD];
    if (n == 0) {
      return 0;
    }
    double share = batch[GOOD] / n;
    double before = success;
    success = before + recent.weigh(n, now) * (share - before);
    tries.addAndGet(Math.round(n));
    failures.addAndGet(Math.round(batch[BAD]));
    return share - before;
  }

  /** 0 to 1. */
  double success() {
    return success;
  }

  long tries() {
    return tries.get();
  }

  long failures() {
    return failures.get();
  }

  /** Goes on from what an earlier process knew. */
  void recall(double known, long now) {
    success = Math.clamp(known, 0, 1);
    recent.trust(PRIOR, now);
  }
}
