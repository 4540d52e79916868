package dev.sluice.access;

/**
 * How much there was in the last minute: what was in this clock minute, and of what was in the one
 * before as large a share as still lies in the last sixty seconds. It takes what it was told for
 * evenly spread over the earlier minute, and needs two numbers however much there is.
 *
 * @param minute since the epoch
 * @param before how much there was in the minute before it
 * @param now how much there is in it
 */
record Meter(long minute, long before, long now) {
  static final long MINUTE_MILLIS = 60_000;
  static final Meter EMPTY = new Meter(0, 0, 0);

  /** How much there was in the sixty seconds before {@code millis}. */
  double used(long millis) {
    Meter at = at(millis);
    double left = MINUTE_MILLIS - millis % MINUTE_MILLIS;
    return at.before * left / MINUTE_MILLIS + at.now;
  }

  /** With more, or less where that was too much. */
  Meter plus(long millis, long more) {
    Meter at = at(millis);
    return new Meter(at.minute, at.before, Math.max(0, at.now + more));
  }

  private Meter at(long millis) {
    long then = millis / MINUTE_MILLIS;
    if (then <= minute) {
      return this;
    }
    return new Meter(then, then == minute + 1 ? now : 0, 0);
  }

  /**
   * In how many milliseconds there will be {@code room} under {@code most} if nothing more comes;
   * room is no more than {@code most}.
   */
  long wait(long millis, long most, long room) {
    Meter at = at(millis);
    long passed = millis % MINUTE_MILLIS;
    long aim = most - room;
    if (at.now <= aim) {
      return Math.max(1, fallen(at.before, aim - at.now) - passed);
    }
    return fallen(at.now, aim) + MINUTE_MILLIS - passed;
  }

  /** How far into a minute what was in the one before it counts no more than so much. */
  private static long fallen(long before, long most) {
    return before <= most ? 0 : MINUTE_MILLIS - (long) ((double) most * MINUTE_MILLIS / before);
  }
}
