package dev.sluice.routing;

import java.time.Duration;

/**
 * How long a try may be without a first token. A provider that usually begins within a second and
 * has not after eight will hardly begin in the ninth; another one may.
 */
@Policy
final class Deadline {
  /** Never shorter, unless that is what is configured. */
  static final Duration FLOOR = Duration.ofMillis(1500);

  /** Fewer first tokens tell too little of the slowest. */
  private static final double EVIDENCE = 20;

  /** So much longer than 99 in 100 may it take. */
  private static final double GRACE = 1.5;

  private Deadline() {}

  /**
   * The deadline of a try.
   *
   * @param configured never longer
   * @param expected seconds to the first token of this prompt
   * @param slow how many times as long 99 in 100 take at most
   * @param evidence how many first tokens told that
   */
  static Duration of(Duration configured, double expected, double slow, double evidence) {
    return evidence < EVIDENCE
        ? configured
        : bounded(configured, expected * slow * GRACE * (1 + EVIDENCE / evidence));
  }

  /**
   * The deadline of a try that shall show whether something lives again: one that is well is seen
   * in nearly all cases, and the next one does not have to wait for one that is lost.
   *
   * @param likely how many times as long 9 in 10 take at most
   */
  static Duration ofProbe(Duration configured, double expected, double likely, double evidence) {
    return evidence < EVIDENCE ? configured : bounded(configured, expected * likely * GRACE);
  }

  private static Duration bounded(Duration configured, double seconds) {
    Duration learned = Duration.ofNanos((long) Math.min(1e18, seconds * 1e9));
    Duration bounded = learned.compareTo(FLOOR) < 0 ? FLOOR : learned;
    return bounded.compareTo(configured) < 0 ? bounded : configured;
  }
}
