package dev.sluice.protocol.gemini;

import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Stop;
import org.jspecify.annotations.Nullable;

/**
 * Why an answer ended, in Gemini's words.
 *
 * @see <a href="https://ai.google.dev/api/generate-content#FinishReason">Gemini API,
 *     FinishReason</a>
 */
final class Reasons {
  /** Stands for a prompt that was blocked, which is no reason of a candidate's. */
  static final String BLOCKED = "SAFETY";

  private Reasons() {}

  static Stop stop(String reason, boolean calls) {
    if (refuses(reason)) {
      return Stop.FILTER;
    }
    return reason.equals("MAX_TOKENS") ? Stop.LENGTH : calls ? Stop.TOOL_CALLS : Stop.END;
  }

  static String reason(Stop stop) {
    return switch (stop) {
      case LENGTH -> "MAX_TOKENS";
      case FILTER -> "SAFETY";
      case END, TOOL_CALLS, SEQUENCE, PAUSE -> "STOP";
    };
  }

  /** Whether a filter ended it. */
  static boolean refuses(String reason) {
    return switch (reason) {
      case "SAFETY",
          "RECITATION",
          "LANGUAGE",
          "BLOCKLIST",
          "PROHIBITED_CONTENT",
          "SPII",
          "MODEL_ARMOR",
          "IMAGE_SAFETY",
          "IMAGE_PROHIBITED_CONTENT",
          "IMAGE_RECITATION" ->
          true;
      default -> false;
    };
  }

  /** Whether the model went wrong, so that an answer without content is a failure. */
  static boolean fails(String reason) {
    return switch (reason) {
      case "OTHER",
          "MALFORMED_FUNCTION_CALL",
          "MALFORMED_RESPONSE",
          "UNEXPECTED_TOOL_CALL",
          "TOO_MANY_TOOL_CALLS",
          "MISSING_THOUGHT_SIGNATURE",
          "NO_IMAGE",
          "IMAGE_OTHER" ->
          true;
      default -> false;
    };
  }

  /** What a client reads where a filter left nothing to read. */
  static String refusal(String reason, @Nullable String message) {
    return message == null || message.isBlank()
        ? "The provider blocked the answer: " + reason + "."
        : message;
  }

  /** Why there is no answer. */
  static Failure failure(String reason, @Nullable String message) {
    return Failure.of(
            Failure.Kind.INTERNAL,
            message == null || message.isBlank()
                ? "The provider's answer ended with " + reason + " and nothing else."
                : message)
        .withCode(reason);
  }
}
