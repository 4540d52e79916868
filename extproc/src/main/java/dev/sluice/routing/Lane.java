package dev.sluice.routing;

import org.jspecify.annotations.Nullable;

/**
 * One URL with one account of a channel: what is scheduled.
 *
 * @param attempt where a try goes
 * @param url whether the URL may be used
 * @param account whether the account may be used
 * @param meter what the account has used
 */
record Lane(Attempt attempt, Gate url, Gate account, Limit.Meter meter) {
  boolean clear(long now) {
    return url.clear(now) && account.clear(now);
  }

  boolean rested(long now) {
    return url.rested(now) && account.rested(now);
  }

  boolean banned() {
    return url.banned() || account.banned();
  }

  long until(long now) {
    return Math.max(url.until(now), account.until(now));
  }

  /** Why it may not be used; null: it may. */
  @Nullable String why(long now) {
    String why = account.why(now);
    return why == null ? url.why(now) : why;
  }

  /** For people, where the account has no room. */
  String over() {
    return "over its limits: " + account.place();
  }
}
