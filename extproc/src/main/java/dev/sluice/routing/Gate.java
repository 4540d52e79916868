package dev.sluice.routing;

import dev.sluice.catalog.Tolerance;
import org.jspecify.annotations.Nullable;

/** One place: whether requests may go there now. */
final class Gate {
  private final Place place;
  private final Breaker breaker = new Breaker();
  private final Rest rest = new Rest();
  private final Alarm alarm = new Alarm();
  private volatile Tolerance tolerance = Tolerance.USUAL;

  Gate(Place place) {
    this.place = place;
  }

  Place place() {
    return place;
  }

  Breaker breaker() {
    return breaker;
  }

  Rest rest() {
    return rest;
  }

  /** Whether it has just died; heeded of URLs alone. */
  Alarm alarm() {
    return alarm;
  }

  /** Whether a request may go there now, as a probe if need be. Changes nothing. */
  boolean lets(long now) {
    return rest.over(now) && breaker.lets(now);
  }

  /** Whether nothing but a breaker that has rested keeps requests off. */
  boolean rested(long now) {
    return rest.over(now) && (!breaker.open() || breaker.rested(now));
  }

  /** Whether it is neither resting nor open. */
  boolean clear(long now) {
    return rest.over(now) && !breaker.open();
  }

  boolean banned() {
    return rest.until() == Rest.EVER;
  }

  /** When it will be usable by itself; 0: it is. */
  long until(long now) {
    return Math.max(rest.over(now) ? 0 : rest.until(), breaker.until());
  }

  /** Why nothing goes there; null: it may. */
  @Nullable String why(long now) {
    if (!rest.over(now)) {
      return (banned() ? "banned: " : "cooling: ") + place + ": " + rest.why();
    }
    return breaker.open() ? "breaker open: " + place + ": " + breaker.why() : null;
  }

  /** It worked; after how many failures in a row that closed its breaker, 0: it did not. */
  int good(long begun, long now) {
    rest.well();
    return breaker.good(begun, now);
  }

  /**
   * A first token came; after how many failures in a row that closed its breaker, 0: it did not.
   */
  int alive(long begun, long now) {
    return breaker.alive(begun, now);
  }

  /** How much it bears, which a new configuration may change. */
  void bears(Tolerance much) {
    tolerance = much;
  }

  /**
   * It failed.
   *
   * @param times how many times the usual number of failures in a row it bears
   */
  void bad(long begun, long now, String why, int times) {
    Tolerance much = tolerance;
    breaker.bad(begun, now, why, much.failures() * times, much.rest().toNanos());
  }

  /** Takes in what came since the last call. */
  void fold(long now) {
    Tolerance much = tolerance;
    breaker.fold(now, much.share(), much.rest().toNanos());
  }
}
