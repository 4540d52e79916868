package dev.sluice.routing.simulation;

import dev.sluice.catalog.Aim;
import java.util.Locale;

/** What a group wants, and the loss by which everyone is judged who serves it. Less is better. */
enum Mode {
  /**
   * In US cents: the money, 2 cents for 100 seconds until the end, 3 cents for a failed request.
   */
  ECONOMY(1, 0, 0.02, 0, 3),
  /**
   * In seconds: to the first token and again to the end, a fifth of a second a cent, a minute for a
   * failed request.
   */
  PERFORMANCE(0.2, 1, 1, 0, 60),
  /**
   * In square seconds, so that one wait of ten seconds weighs as a hundred of one: to the first
   * token; a tenth a cent; a failed request is a wait of 20 seconds.
   */
  STABILITY(0.1, 0, 0, 1, 400);

  private final double cent;
  private final double first;
  private final double finish;
  private final double firstSquared;
  private final double failed;

  Mode(double cent, double first, double finish, double firstSquared, double failed) {
    this.cent = cent;
    this.first = first;
    this.finish = finish;
    this.firstSquared = firstSquared;
    this.failed = failed;
  }

  Aim aim() {
    return switch (this) {
      case ECONOMY -> Aim.ECONOMY;
      case PERFORMANCE -> Aim.PERFORMANCE;
      case STABILITY -> Aim.STABILITY;
    };
  }

  /** Of a request that was answered; times in seconds from its arrival. */
  double answered(double cents, double toFirst, double toFinish) {
    return expected(cents, toFirst, toFinish, toFirst * toFirst);
  }

  /** Of a request that got no answer, or half of one. */
  double failed(double cents) {
    return cent * cents + failed;
  }

  /** The same from expected values, where the square has its own. */
  double expected(double cents, double toFirst, double toFinish, double toFirstSquared) {
    return cent * cents + first * toFirst + finish * toFinish + firstSquared * toFirstSquared;
  }

  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
