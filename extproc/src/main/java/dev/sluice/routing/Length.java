package dev.sluice.routing;

/**
 * How long answers to one name usually are. Shared by all channels that serve it: the answer's
 * length is the request's doing, and a channel that happened to get the long ones must not look
 * dear.
 */
@Policy
final class Length {
  private static final double HALF_LIFE = 600e9;
  private static final double GRAIN = 10;

  /** Until it is known. */
  private static final double PRIOR_TOKENS = 400;

  private static final double PRIOR = 3;
  private static final int COUNT = 0;
  private static final int TOKENS = 1;

  private final Tally tally = new Tally(2);
  private final Recent recent = new Recent(HALF_LIFE, GRAIN);
  private volatile double tokens = PRIOR_TOKENS;

  Length() {
    recent.trust(PRIOR, 0);
  }

  void was(long count) {
    if (count > 0) {
      tally.add(TOKENS, (double) count);
      tally.add(COUNT, 1);
    }
  }

  /** Takes in what came since the last call. */
  void fold(long now) {
    double[] batch = tally.take();
    if (batch[COUNT] > 0) {
      double weight = recent.weigh(batch[COUNT], now);
      tokens = (1 - weight) * tokens + weight * batch[TOKENS] / batch[COUNT];
    }
  }

  /** On average. */
  double tokens() {
    return tokens;
  }

  /** Goes on from what an earlier process knew. */
  void recall(double known, long now) {
    tokens = Math.max(1, known);
    recent.trust(PRIOR, now);
  }
}
