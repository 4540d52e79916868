package dev.sluice.routing;

import java.util.concurrent.atomic.LongAdder;

/**
 * How many tries are under way at one candidate against how many usually are. What was measured of
 * its speed was measured at the usual number; where twice as many are under way, it is taken to be
 * half as fast until it has shown otherwise. So no herd runs to the best one, and one that is new
 * or was dead is loaded bit by bit.
 *
 * <p>A surge of all traffic raises the number everywhere alike and so changes no choice.
 */
@Policy
final class Load {
  private static final double HALF_LIFE = 2e9;

  /** So few more are no crowd. */
  private static final double SLACK = 8;

  private final LongAdder running = new LongAdder();
  private double usual;
  private long last;

  void begins() {
    running.increment();
  }

  void ends() {
    running.decrement();
  }

  long running() {
    return running.sum();
  }

  /** Looks how many are under way now. One thread at a time. */
  void fold(long now) {
    double kept = Math.exp(-Math.log(2) * (now - last) / HALF_LIFE);
    usual = usual * kept + running.sum() * (1 - kept);
    last = now;
  }

  /** How many times as many as usual are under way, 1 or more. */
  double pressure() {
    return Math.max(1, (running.sum() + SLACK) / (usual + SLACK));
  }
}
