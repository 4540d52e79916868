package dev.sluice.routing;

/**
 * What requests for one name are usually like: how long their answers are, and how many of a
 * session's requests come back to where the last one was. Shared by all channels that serve it:
 * that is the requests' doing, and a channel that happened to get the long ones must not look dear.
 */
@Policy
final class Habit {
  private static final double HALF_LIFE = 600e9;
  private static final double GRAIN = 10;

  /** Until it is known. */
  private static final double PRIOR_TOKENS = 400;

  private static final double PRIOR_RETURNS = 0.8;
  private static final double PRIOR = 3;
  private static final double PRIOR_TURNS = 20;
  private static final int COUNT = 0;
  private static final int TOKENS = 1;
  private static final int TURNS = 2;
  private static final int RETURNS = 3;

  private final Tally tally = new Tally(4);
  private final Recent answers = new Recent(HALF_LIFE, GRAIN);
  private final Recent turns = new Recent(HALF_LIFE, GRAIN);
  private volatile double tokens = PRIOR_TOKENS;
  private volatile double returns = PRIOR_RETURNS;

  Habit() {
    answers.trust(PRIOR, 0);
    turns.trust(PRIOR_TURNS, 0);
  }

  /** An answer had so many tokens. */
  void answered(long count) {
    if (count > 0) {
      tally.add(TOKENS, (double) count);
      tally.add(COUNT, 1);
    }
  }

  /** A request of a session came, whose last one was answered not long ago, or had none. */
  void turn(boolean returning) {
    tally.add(TURNS, 1);
    if (returning) {
      tally.add(RETURNS, 1);
    }
  }

  /** Takes in what came since the last call. */
  void fold(long now) {
    double[] batch = tally.take();
    if (batch[COUNT] > 0) {
      double weight = answers.weigh(batch[COUNT], now);
      tokens = (1 - weight) * tokens + weight * batch[TOKENS] / batch[COUNT];
    }
    if (batch[TURNS] > 0) {
      double weight = turns.weigh(batch[TURNS], now);
      returns = (1 - weight) * returns + weight * batch[RETURNS] / batch[TURNS];
    }
  }

  /** Of an answer, on average. */
  double tokens() {
    return tokens;
  }

  /** The part of sessions' requests that are not a session's first, 0 to 1. */
  double returns() {
    return returns;
  }

  /** Goes on from what an earlier process knew. */
  void recall(double knownTokens, double knownReturns, long now) {
    tokens = Math.max(1, knownTokens);
    returns = Math.clamp(knownReturns, 0, 1);
    answers.trust(PRIOR, now);
    turns.trust(PRIOR_TURNS, now);
  }
}
