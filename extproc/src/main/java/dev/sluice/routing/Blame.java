package dev.sluice.routing;

import dev.sluice.catalog.Rule;
import dev.sluice.conversation.Failure;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Whose fault a failure is: the URL's, the account's, the model's at this channel, or the client's
 * own; and how long that shall rest, where somebody said so.
 *
 * @param culprit who
 * @param failed whether it counts as a failure of the candidate at all
 * @param rest how long the culprit rests at once; null: that is the breaker's business
 * @param grows whether the rest is longer each time
 * @param why for people, without anything that a provider wrote
 */
@Policy
record Blame(Culprit culprit, boolean failed, @Nullable Duration rest, boolean grows, String why) {
  /** Until a person ends it. */
  static final Duration BAN = Duration.ofSeconds(Long.MAX_VALUE);

  /** No provider's word makes it longer. */
  private static final Duration LONGEST = Duration.ofDays(1);

  private static final Duration RULED = Duration.ofMinutes(5);
  private static final Duration LIMITED = Duration.ofSeconds(1);
  private static final Duration BROKE = Duration.ofMinutes(10);
  private static final Duration REFUSED = Duration.ofMinutes(1);

  /** Who can be at fault. */
  enum Culprit {
    URL,
    ACCOUNT,
    MODEL,
    CLIENT
  }

  /**
   * Judges a failure.
   *
   * @param rule the operator's rule that held; it is heard first
   */
  static Blame of(Failure failure, int status, @Nullable Rule rule) {
    String why =
        failure.kind().name().toLowerCase(Locale.ROOT).replace('_', ' ')
            + (status > 0 ? " (" + status + ")" : "");
    if (rule != null) {
      switch (rule.action()) {
        case PASS -> {
          return new Blame(Culprit.CLIENT, false, null, false, why);
        }
        case COOL_ACCOUNT -> {
          Duration length = rule.coolFor().isPositive() ? rule.coolFor() : RULED;
          return new Blame(Culprit.ACCOUNT, true, length, false, why + ", by an error rule");
        }
        case BAN_ACCOUNT -> {
          return new Blame(Culprit.ACCOUNT, true, BAN, false, why + ", by an error rule");
        }
        case FAILOVER -> {}
      }
    }
    Duration after = failure.retryAfter();
    boolean told = after != null && after.isPositive();
    Duration said = after != null && after.compareTo(LONGEST) < 0 ? after : LONGEST;
    return switch (failure.kind()) {
      case RATE_LIMIT -> new Blame(Culprit.ACCOUNT, true, told ? said : LIMITED, !told, why);
      case QUOTA -> new Blame(Culprit.ACCOUNT, true, told ? said : BROKE, !told, why);
      case AUTHENTICATION -> new Blame(Culprit.ACCOUNT, true, REFUSED, true, why);
      case PERMISSION -> new Blame(Culprit.ACCOUNT, true, null, false, why);
      case NOT_FOUND -> new Blame(Culprit.MODEL, true, null, false, why);
      case INTERNAL, OVERLOADED, UNAVAILABLE, TIMEOUT, UNSUPPORTED ->
          new Blame(Culprit.URL, true, told ? said : null, false, why);
      case INVALID_REQUEST, CONFLICT, TOO_LARGE ->
          rule == null
              ? new Blame(Culprit.CLIENT, false, null, false, why)
              : new Blame(Culprit.MODEL, true, null, false, why + ", by an error rule");
    };
  }
}
