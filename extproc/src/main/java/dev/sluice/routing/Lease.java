package dev.sluice.routing;

import java.time.Duration;

/**
 * What one try has taken: a place among the account's concurrent requests and a part of its rate;
 * and where the router is told how it went. Safe for several threads. Who took it must {@link #end}
 * it.
 */
public interface Lease {
  /**
   * How long this try may be without a first token: what the channel needs for a prompt of this
   * size by its own history, never above what is configured and never below a floor. The configured
   * one where little is known or nothing else is left to try.
   */
  Duration firstToken();

  /** Why this candidate, for people: {@code score 0.71 of 3, p=0.62}. */
  String reason();

  /** The probability with which it was chosen among its equals; 1: nothing else was possible. */
  double probability();

  /**
   * The first content has come. Only the first call counts.
   *
   * @param sinceBegin since the try began
   */
  void firstToken(Duration sinceBegin);

  /** The try is over. Gives back what was taken; only the first call counts. */
  void end(Outcome outcome);
}
