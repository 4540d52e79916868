package dev.sluice.catalog;

import dev.sluice.conversation.Usage;
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
 */
public record Price(
    Pattern model,
    double input,
    @Nullable Double cachedInput,
    @Nullable Double cacheWrite,
    double output,
    double perCall) {
  private static final double MILLION = 1e6;

  /** What a call costs that used this, in USD. */
  public double of(Usage used) {
    double read = cachedInput == null ? input : cachedInput;
    double write = cacheWrite == null ? input : cacheWrite;
    return perCall
        + (used.input() * input
                + used.cacheRead() * read
                + used.cacheWrite() * write
                + used.output() * output)
            / MILLION;
  }
}
