package dev.sluice.catalog;

import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Who may use what.
 *
 * @param name unique
 * @param parent whose channels are tried after its own; null: none
 * @param maxAttempts over all channels, URLs and accounts, the first one included
 * @param hedgeAfter a second channel is raced when the first has sent no token by then; zero: never
 * @param commitAfter a stream without a first token by then gets headers and keep-alives; zero:
 *     never
 * @param channels names, in the order of the configuration
 * @param ambiguous what to do where two channels serve one alias at the same priority
 * @param aim what its channels are scored by
 * @param exploration the temperature of the choice among equals; 0 always takes the best
 * @param sticky how long after its last request a session stays with its channel; zero: it does not
 * @param metering what is done about streams that say what they used only when asked
 * @param priceMultiplier what its keys are charged is what the providers take times this
 * @param bodies what is kept of its requests' bodies; null: nothing
 */
public record Group(
    String name,
    @Nullable String parent,
    int maxAttempts,
    Duration hedgeAfter,
    Duration commitAfter,
    List<String> channels,
    Ambiguous ambiguous,
    Aim aim,
    double exploration,
    Duration sticky,
    Metering metering,
    double priceMultiplier,
    @Nullable Bodies bodies) {
  /** How long a session stays where nothing is said. */
  public static final Duration STICKY = Duration.ofHours(1);

  /** As usual where nothing more is said. */
  public Group(
      String name,
      @Nullable String parent,
      int maxAttempts,
      Duration hedgeAfter,
      Duration commitAfter,
      List<String> channels,
      Ambiguous ambiguous,
      Aim aim,
      double exploration) {
    this(
        name,
        parent,
        maxAttempts,
        hedgeAfter,
        commitAfter,
        channels,
        ambiguous,
        aim,
        exploration,
        STICKY,
        Metering.EXACT,
        1,
        null);
  }

  /** Copies the list. */
  public Group {
    channels = List.copyOf(channels);
  }

  /**
   * What is kept of bodies.
   *
   * @param max bytes of each
   * @param redact what they find is not kept
   */
  public record Bodies(int max, List<Pattern> redact) {
    /** Copies the list. */
    public Bodies {
      redact = List.copyOf(redact);
    }
  }

  /** What is done about streams that say what they used only when asked. */
  public enum Metering {
    /** The provider is asked, and the client does not see its answer. */
    EXACT,
    /** What they used is estimated. */
    ESTIMATE
  }

  /** What to do where two channels serve one alias at the same priority. */
  public enum Ambiguous {
    /** Refuse the request, naming them. */
    REJECT,
    /** Let the score decide. */
    SCORE
  }
}
