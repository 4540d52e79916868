package dev.sluice.catalog;

import java.time.Duration;
import java.util.OptionalInt;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What to do about a provider's answer.
 *
 * @param status the status that it must have; empty: any
 * @param body what its body must contain; null: anything
 * @param action what follows
 * @param coolFor how long a cooled account rests; zero: as long as is usual
 */
public record Rule(OptionalInt status, @Nullable Pattern body, Action action, Duration coolFor) {

  /** What follows from a rule that holds. */
  public enum Action {
    /** The client gets the answer. */
    PASS,
    /** The next attempt. */
    FAILOVER,
    /** The next attempt, and the account rests. */
    COOL_ACCOUNT,
    /** The next attempt, and the account is not used again. */
    BAN_ACCOUNT
  }

  /** Whether it speaks of this answer. */
  public boolean holds(int answer, String text) {
    return (status.isEmpty() || status.getAsInt() == answer)
        && (body == null || body.matcher(text).find());
  }
}
