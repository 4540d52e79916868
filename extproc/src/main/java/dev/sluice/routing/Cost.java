package dev.sluice.routing;

import dev.sluice.catalog.Price;
import dev.sluice.conversation.Usage;

/**
 * What a request is expected to cost at one model of a channel: its prices, the prompt's length,
 * the answer's expected length, and the part of the prompt that the provider will find in its
 * cache. That part is learned apart for sessions whose last request was here and for all others, so
 * that the difference is what a session loses by leaving.
 */
@Policy
final class Cost {
  private static final double HALF_LIFE = 300e9;
  private static final double GRAIN = 3;

  /** Until it is known, half of a returning session's prompt is taken to be cached. */
  private static final double PRIOR_READ = 0.5;

  private static final double PRIOR = 2;
  private static final int COUNT = 0;
  private static final int PROMPT = 1;
  private static final int READ = 2;
  private static final int WRITE = 3;

  private final Shares back = new Shares(PRIOR_READ);
  private final Shares fresh = new Shares(0);

  /** Which part of prompts is read from the cache and written to it. */
  private static final class Shares {
    private final Tally tally = new Tally(4);
    private final Recent recent = new Recent(HALF_LIFE, GRAIN);
    private volatile double read;
    private volatile double write;

    Shares(double read) {
      this.read = read;
      recent.trust(PRIOR, 0);
    }

    void used(Usage used) {
      tally.add(PROMPT, (double) used.prompt());
      tally.add(READ, (double) used.cacheRead());
      tally.add(WRITE, (double) used.cacheWrite());
      tally.add(COUNT, 1);
    }

    void fold(long now) {
      double[] batch = tally.take();
      if (batch[COUNT] > 0 && batch[PROMPT] > 0) {
        double weight = recent.weigh(batch[COUNT], now);
        double kept = 1 - weight;
        read = kept * read + weight * batch[READ] / batch[PROMPT];
        write = kept * write + weight * batch[WRITE] / batch[PROMPT];
      }
    }

    double usd(Price price, double prompt, double output) {
      double cached = price.cachedInput() == null ? price.input() : price.cachedInput();
      double written = price.cacheWrite() == null ? price.input() : price.cacheWrite();
      double plain = Math.max(0, 1 - read - write);
      double input = plain * price.input() + read * cached + write * written;
      return price.perCall() + (prompt * input + output * price.output()) / 1e6;
    }

    void recall(double knownRead, double knownWrite, long now) {
      read = Math.clamp(knownRead, 0, 1);
      write = Math.clamp(knownWrite, 0, 1);
      recent.trust(PRIOR, now);
    }
  }

  /**
   * What a request used.
   *
   * @param returning whether its session's last request was here too
   */
  void used(Usage used, boolean returning) {
    if (used.prompt() > 0) {
      (returning ? back : fresh).used(used);
    }
  }

  /** Takes in what came since the last call. */
  void fold(long now) {
    back.fold(now);
    fresh.fold(now);
  }

  /** In USD, of a request whose session's last one was here, or not. */
  double usd(Price price, double prompt, double output, boolean returning) {
    return (returning ? back : fresh).usd(price, prompt, output);
  }

  /** The part of a prompt that is read from the cache, 0 to 1. */
  double cachedShare(boolean returning) {
    return (returning ? back : fresh).read;
  }

  /** How many {@link #numbers} there are. */
  static final int NUMBERS = 4;

  double[] numbers() {
    return new double[] {back.read, back.write, fresh.read, fresh.write};
  }

  /** Goes on from what an earlier process knew. */
  void recall(double[] from, long now) {
    back.recall(from[0], from[1], now);
    fresh.recall(from[2], from[3], now);
  }
}
