package dev.sluice.routing;

import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Rule;
import dev.sluice.catalog.Trouble;
import dev.sluice.conversation.Failure;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Whether a failed attempt is replaced by another, by the operator's rules first, then by kind. */
@Policy
public final class Failover {
  private Failover() {}

  /**
   * Whether another attempt should replace this one; otherwise the client gets the answer.
   *
   * @param rule the operator's rule that holds; null: none does
   * @param status of the provider's answer; 0 where there was none
   */
  public static boolean replaces(
      Channel channel, @Nullable Rule rule, Failure failure, int status) {
    if (rule != null) {
      return rule.action() != Rule.Action.PASS;
    }
    return switch (failure.kind()) {
      case AUTHENTICATION, PERMISSION -> true; // our credential, not the client's
      default -> {
        Trouble trouble = trouble(failure, status);
        yield trouble != null && channel.failoverOn().contains(trouble);
      }
    };
  }

  /**
   * The first of the operator's rules that speaks of an answer; null: none does, or there was none.
   *
   * @param status of the provider's answer; 0 where there was none
   * @param body of the provider's answer
   */
  public static @Nullable Rule rule(List<Rule> rules, int status, String body) {
    for (Rule rule : rules) {
      if (status > 0 && rule.holds(status, body)) {
        return rule;
      }
    }
    return null;
  }

  private static @Nullable Trouble trouble(Failure failure, int status) {
    return switch (failure.kind()) {
      case RATE_LIMIT -> Trouble.RATE_LIMIT;
      case QUOTA -> Trouble.QUOTA;
      case TIMEOUT -> Trouble.TIMEOUT;
      case INTERNAL, OVERLOADED, UNSUPPORTED -> Trouble.SERVER_ERROR;
      case UNAVAILABLE -> status == 0 ? Trouble.CONNECT : Trouble.SERVER_ERROR;
      case NOT_FOUND -> Trouble.MODEL_UNSUPPORTED;
      case INVALID_REQUEST -> unsupported(failure) ? Trouble.MODEL_UNSUPPORTED : null;
      case CONFLICT, TOO_LARGE, AUTHENTICATION, PERMISSION -> null;
    };
  }

  private static boolean unsupported(Failure failure) {
    String code = failure.code() == null ? "" : failure.code();
    String text = failure.message().toLowerCase(Locale.ROOT);
    return code.equals("model_not_found")
        || code.equals("unsupported_model")
        || (text.contains("model")
            && (text.contains("not supported")
                || text.contains("does not exist")
                || text.contains("not found")));
  }
}
