package dev.sluice.routing;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What was decided about one candidate of a request, and why.
 *
 * @param channel its name
 * @param url the base URL; empty: the channel as a whole
 * @param account its name; empty: the channel as a whole
 * @param model what the provider is asked for
 * @param verdict what became of it
 * @param reason for people: {@code breaker open until 12:00:05Z (5 failures in a row)}
 * @param ordinal from 1, in the order of the tries; 0: not tried
 * @param probability with which it was, or would have been, chosen among its equals
 * @param parts what its score was made of; null where it was not scored
 * @param firstToken from the try's begin to its first content; null: there was none
 * @param took from the try's begin to its end; null: not tried, or still running
 */
public record Decision(
    String channel,
    String url,
    String account,
    String model,
    Verdict verdict,
    String reason,
    int ordinal,
    double probability,
    @Nullable Parts parts,
    @Nullable Duration firstToken,
    @Nullable Duration took) {

  /** What became of a candidate. */
  public enum Verdict {
    /** It was tried and answered. */
    ANSWERED,
    /** It was tried and failed. */
    FAILED,
    /** It was tried, and another try was faster. */
    BEATEN,
    /** It was tried, and the client left. */
    ABANDONED,
    /** It is being tried. */
    RUNNING,
    /** It could have been tried, and another was chosen. */
    PASSED,
    /** It could not be tried. */
    SKIPPED
  }

  /**
   * What a score is made of. The parts are logarithms of how much worse than the best candidate it
   * is, 0 for the best and negative for the others; the score is their mean, weighted by the
   * group's aim, and lower still where more than a fifth of recent tries failed.
   *
   * @param cost by the expected price
   * @param latency by the expected time to the whole answer
   * @param availability by the recent share of failures
   * @param quality by how good its model is
   * @param score the weighted mean
   * @param usd the expected price in USD; negative: not known
   * @param firstToken the expected time to the first token; zero: not known
   * @param success the recent share of successes, 0 to 1
   */
  public record Parts(
      double cost,
      double latency,
      double availability,
      double quality,
      double score,
      double usd,
      Duration firstToken,
      double success) {}
}
