package dev.sluice.catalog;

import dev.sluice.conversation.Usage;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a channel takes for the models that a pattern matches, in USD.
 *
 * @param model matched against what the provider is asked for
 * @param input per million tokens that it reads
 * @param cachedInput per million tokens that it reads from its cache; null: as any input
 * @param cacheWrite per million tokens that it writes into its cache; null: as any input
 * @param output per million tokens that it writes, reasoning too
 * @param perCall for the call itself
 * @param kinds of tokens that have prices of their own
 * @param perImage for each picture that is made
 * @param perSecond for each second that it takes
 * @param from when it begins to hold; null: it always held
 */
public record Price(
    Pattern model,
    double input,
    @Nullable Double cachedInput,
    @Nullable Double cacheWrite,
    double output,
    double perCall,
    Kinds kinds,
    double perImage,
    double perSecond,
    @Nullable Instant from) {
  private static final double MILLION = 1e6;

  /** A price that always held, with no kinds of its own. */
  public Price(
      Pattern model,
      double input,
      @Nullable Double cachedInput,
      @Nullable Double cacheWrite,
      double output,
      double perCall) {
    this(model, input, cachedInput, cacheWrite, output, perCall, Kinds.NONE, 0, 0, null);
  }

  /**
   * Parts of the tokens that cost something else, per million; null: as the whole.
   *
   * @param cacheWriteHour of what is written into the cache: what is kept for an hour
   * @param reasoning of the output: thinking
   * @param audioInput of the input: sound
   * @param audioOutput of the output: sound
   */
  public record Kinds(
      @Nullable Double cacheWriteHour,
      @Nullable Double reasoning,
      @Nullable Double audioInput,
      @Nullable Double audioOutput) {
    /** No kind has a price of its own. */
    public static final Kinds NONE = new Kinds(null, null, null, null);
  }

  /** What a call costs that used this, in USD, but for pictures and seconds. */
  public double of(Usage used) {
    return of(used, 0, Duration.ZERO);
  }

  /**
   * What a call costs, in USD.
   *
   * @param images pictures that were made
   * @param took from the attempt's beginning to its end
   */
  public double of(Usage used, int images, Duration took) {
    double read = cachedInput == null ? input : cachedInput;
    double write = cacheWrite == null ? input : cacheWrite;
    long heard = part(used.audioInput(), kinds.audioInput(), used.input());
    long hour = part(used.cacheWriteHour(), kinds.cacheWriteHour(), used.cacheWrite());
    long thought = part(used.reasoning(), kinds.reasoning(), used.output());
    long said = part(used.audioOutput(), kinds.audioOutput(), used.output() - thought);
    return perCall
        + perImage * images
        + perSecond * took.toNanos() / 1e9
        + ((used.input() - heard) * input
                + heard * own(kinds.audioInput())
                + used.cacheRead() * read
                + (used.cacheWrite() - hour) * write
                + hour * own(kinds.cacheWriteHour())
                + (used.output() - thought - said) * output
                + thought * own(kinds.reasoning())
                + said * own(kinds.audioOutput()))
            / MILLION;
  }

  /** How many of the whole have a price of their own. */
  private static long part(@Nullable Long said, @Nullable Double own, long whole) {
    return said == null || own == null ? 0 : Math.clamp(said, 0, Math.max(0, whole));
  }

  private static double own(@Nullable Double price) {
    return price == null ? 0 : price;
  }

  /** Whether it holds at a time. */
  boolean holds(Instant at) {
    return from == null || !at.isBefore(from);
  }
}
