package dev.sluice.access;

import java.time.Duration;

/**
 * A limit is reached.
 *
 * @param scope whose limit
 * @param what of what
 * @param most how much it allows
 * @param retryAfter when there will be room; at least a millisecond
 */
public record OverLimit(Holder.Scope scope, What what, long most, Duration retryAfter)
    implements Admission {
  /** Of what there may be only so much. */
  public enum What {
    /** Requests in a minute. */
    REQUESTS("requests in a minute"),
    /** Tokens in a minute. */
    TOKENS("tokens in a minute"),
    /** Requests at a time. */
    CONCURRENCY("requests at a time");

    private final String words;

    What(String words) {
      this.words = words;
    }
  }

  /** A sentence for the client. */
  public String message() {
    return "The limit of "
        + most
        + " "
        + what.words
        + " of "
        + scope.described()
        + " is reached; try again in "
        + Math.max(1, (retryAfter.toMillis() + 999) / 1000)
        + " s.";
  }
}
