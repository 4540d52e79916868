package dev.sluice.ledger;

import java.time.Instant;

/**
 * An attempt as the choice of a channel remembers it.
 *
 * @param ended when it was over
 * @param channel its name
 * @param url the base URL
 * @param account its name
 * @param model what the provider was asked for
 * @param settlement how it ended
 * @param failure what went wrong, such as {@code RATE_LIMIT}; empty: nothing
 * @param firstTokenMicros -1: there was none
 * @param durationMicros from its beginning to its end
 * @param output tokens of the answer
 * @param cost in USD
 */
public record Sample(
    Instant ended,
    String channel,
    String url,
    String account,
    String model,
    Settlement settlement,
    String failure,
    long firstTokenMicros,
    long durationMicros,
    long output,
    double cost) {
  /** Tokens a second after the first; 0: that cannot be said. */
  public double tokensPerSecond() {
    long micros = durationMicros - firstTokenMicros;
    return firstTokenMicros < 0 || micros <= 0 || output <= 1 ? 0 : (output - 1) * 1e6 / micros;
  }
}
