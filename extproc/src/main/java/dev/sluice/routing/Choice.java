package dev.sluice.routing;

import java.util.List;

/** What the router says to a request. */
public sealed interface Choice {
  /**
   * Try this.
   *
   * @param attempt where
   */
  record Go(Attempt attempt) implements Choice {}

  /** Everything that may be tried was tried. */
  record Exhausted() implements Choice {}

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
