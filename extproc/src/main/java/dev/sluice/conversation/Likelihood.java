package dev.sluice.conversation;

import java.util.List;

/**
 * How likely a token was.
 *
 * @param token its text
 * @param logprob its natural logarithm, as a JSON number's lexeme
 * @param top the likeliest tokens at its place, each without a list of its own
 */
public record Likelihood(String token, String logprob, List<Likelihood> top) {
  /** Copies the list. */
  public Likelihood {
    top = List.copyOf(top);
  }
}
