package dev.sluice.routing;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How the router stands, for people.
 *
 * @param rests what is set aside at the moment
 * @param figures what is known of each channel's models
 * @param retries the retry budget: how many further tries may begin at once now
 * @param sessions how many sessions are bound to a channel
 */
public record Standing(List<Rest> rests, List<Figures> figures, long retries, long sessions) {
  /** Copies the lists. */
  public Standing {
    rests = List.copyOf(rests);
    figures = List.copyOf(figures);
  }

  /** Why something is set aside. */
  public enum Kind {
    /** Its breaker is open: too many failures. */
    OPEN,
    /** Its breaker lets single tries through to see whether it is well again. */
    HALF_OPEN,
    /** It rests for a time, since a provider, a rule or a person said so. */
    COOLING,
    /** It is not used until a person lifts it. */
    BANNED
  }

  /**
   * Something that is set aside.
   *
   * @param since when it began
   * @param until when it ends by itself; null: it does not
   * @param reason for people
   */
  public record Rest(
      Place place, Kind kind, Instant since, @Nullable Instant until, String reason) {}

  /**
   * What is known of one model of a channel. Times are of recent tries, older ones counting less.
   *
   * @param channel its name
   * @param model what the provider is asked for
   * @param tries since the start
   * @param failures of them
   * @param success the recent share of successes, 0 to 1
   * @param firstToken the expected time to the first token of a prompt of usual length; zero: not
   *     known
   * @param slowFirstToken of 99 in 100 such prompts; zero: not known
   * @param tokensPerSecond of an answer once it has begun; 0: not known
   * @param cachedShare the part of a returning session's prompts that is read from the provider's
   *     cache, 0 to 1
   * @param running tries that are under way
   */
  public record Figures(
      String channel,
      String model,
      long tries,
      long failures,
      double success,
      Duration firstToken,
      Duration slowFirstToken,
      double tokensPerSecond,
      double cachedShare,
      long running) {}
}
