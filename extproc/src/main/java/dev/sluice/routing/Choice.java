package dev.sluice.routing;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the router says to a request. */
public sealed interface Choice {
  /**
   * Try this.
   *
   * @param attempt where
   * @param lease what was taken for it, to be given back at its end; of a {@link Plan#next look} it
   *     holds nothing
   */
  record Go(Attempt attempt, Lease lease) implements Choice {}

  /** Everything that may be tried was tried, or the retry budget is spent. */
  record Exhausted() implements Choice {}

  /**
   * Nothing was tried and nothing may be: every account is over its limits, or banned.
   *
   * @param why for people
   * @param retryAfter when there is room again; null: not before a person lifts the ban
   */
  record Barred(String why, @Nullable Duration retryAfter) implements Choice {}

  /**
   * No channel of the group serves the model.
   *
   * @param close names that are served and look like it, the closest first
   */
  record Unserved(List<String> close) implements Choice {}

  /**
   * Channels serve it, but in none of the protocols that can be used for this request.
   *
   * @param protocols what they speak, for people
   */
  record Untranslatable(List<String> protocols) implements Choice {}

  /**
   * Several channels serve the alias at one priority and the group does not allow that.
   *
   * @param channels their names
   */
  record Ambiguous(List<String> channels) implements Choice {}
}
