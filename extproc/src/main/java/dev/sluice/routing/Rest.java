package dev.sluice.routing;

/**
 * A rest that somebody asked for: a provider with {@code retry-after}, a rule of the operator, a
 * person. Without a time it grows from asking to asking. Safe for many threads; looking waits for
 * nobody.
 */
@Policy
final class Rest {
  /** Until a person ends it. */
  static final long EVER = Long.MAX_VALUE;

  private static final int DOUBLINGS = 6;

  private volatile long until;
  private volatile long since;
  private volatile String why = "";
  private int level;

  /** Whether it is over, or never began. */
  boolean over(long now) {
    return until <= now;
  }

  /** When it ends; 0: there is none. */
  long until() {
    return until;
  }

  long since() {
    return since;
  }

  String why() {
    return why;
  }

  /**
   * Rests at least so long.
   *
   * @param length in nanoseconds; {@link #EVER}: until a person ends it
   */
  synchronized void ask(long now, long length, String reason) {
    long end = length == EVER ? EVER : now + length;
    if (end > until) {
      if (until <= now) {
        since = now;
      }
      why = reason;
      until = end;
    }
  }

  /**
   * Rests for {@code length}, or up to {@code 64} times as long where that was not enough before.
   * What had begun before the last rest began tells nothing new and changes nothing.
   */
  synchronized void again(long begun, long now, long length, String reason) {
    if (begun < since) {
      return;
    }
    boolean soon = until != 0 && now - until < 4 * (until - since);
    level = soon ? Math.min(level + 1, DOUBLINGS) : 0;
    ask(now, length << level, reason);
  }

  /** It works: the next rest is a short one again. */
  void well() {
    if (level != 0) {
      forgive();
    }
  }

  private synchronized void forgive() {
    level = 0;
  }

  /** Ends it; false: there was none. */
  synchronized boolean release(long now) {
    boolean was = until > now;
    until = 0;
    level = 0;
    why = "";
    return was;
  }
}
