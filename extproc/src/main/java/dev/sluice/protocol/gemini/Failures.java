package dev.sluice.protocol.gemini;

import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Failure.Kind;
import dev.sluice.protocol.Answer;
import dev.sluice.protocol.RetryAfter;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Google's errors, {@code {"error": {code, message, status, details}}}.
 *
 * @see <a href="https://google.aip.dev/193">AIP-193, errors</a>
 */
final class Failures {
  private Failures() {}

  static Failure read(int status, Map<String, String> headers, byte[] body) {
    Failure said = null;
    try {
      said = error(Json.parse(body), status);
    } catch (Malformed _) {
      // A proxy's page instead of the provider's JSON; its status still tells.
    }
    Duration wait = RetryAfter.of(headers);
    return new Failure(
        said == null ? kind(status, "") : said.kind(),
        status,
        said == null ? "The provider answered with status " + status + "." : said.message(),
        said == null ? null : said.code(),
        null,
        wait != null || said == null ? wait : said.retryAfter());
  }

  /**
   * The error in an answer, which a JSON-array stream wraps in an array; null where there is none.
   */
  static @Nullable Failure error(Json json, int status) {
    Json first =
        json instanceof Json.Arr(List<Json> items) && !items.isEmpty() ? items.getFirst() : json;
    if (!(first instanceof Json.Obj root) || !(root.obj("error") instanceof Json.Obj error)) {
      return null;
    }
    Long code = error.integer("code");
    int known =
        status >= 400 ? status : code != null && code >= 400 && code < 600 ? code.intValue() : 500;
    String word = error.text("status", "");
    return new Failure(
        kind(known, word),
        known,
        error.text("message", "The provider sent an error without a message."),
        word.isEmpty() ? null : word,
        null,
        delay(error));
  }

  /** {@code google.rpc.RetryInfo} among the details, such as {@code "retryDelay": "34s"}. */
  private static @Nullable Duration delay(Json.Obj error) {
    for (Json detail : error.items("details")) {
      if (detail instanceof Json.Obj info && info.text("retryDelay") instanceof String text) {
        return RetryAfter.of(Map.of("retry-after", text.replace("s", "")));
      }
    }
    return null;
  }

  private static Kind kind(int status, String word) {
    return switch (word) {
      case "RESOURCE_EXHAUSTED" -> Kind.RATE_LIMIT;
      case "DEADLINE_EXCEEDED" -> Kind.TIMEOUT;
      default -> Kind.of(status);
    };
  }

  static Answer write(Failure failure) {
    var headers = new LinkedHashMap<String, String>();
    headers.put("content-type", "application/json");
    RetryAfter.put(failure, headers);
    return new Answer(failure.status(), headers, object(failure).bytes());
  }

  /**
   * An event for the SDKs that look for an error in events, and the bare object for those that, as
   * Gemini CLI does, look for it outside of them alone.
   */
  static byte[] breakOff(Failure failure) {
    String error = object(failure).text();
    return ("data: " + error + "\n\n" + error + "\n").getBytes(StandardCharsets.UTF_8);
  }

  static Json.Obj object(Failure failure) {
    String field = failure.field();
    String message =
        field == null || failure.message().contains(field)
            ? failure.message()
            : field + ": " + failure.message();
    return Json.object(
        root ->
            root.put(
                "error",
                Json.object(
                    e ->
                        e.put("code", (long) failure.status())
                            .put("message", message)
                            .put("status", word(failure.kind())))));
  }

  private static String word(Kind kind) {
    return switch (kind) {
      case INVALID_REQUEST, TOO_LARGE -> "INVALID_ARGUMENT";
      case AUTHENTICATION -> "UNAUTHENTICATED";
      case PERMISSION -> "PERMISSION_DENIED";
      case NOT_FOUND -> "NOT_FOUND";
      case CONFLICT -> "FAILED_PRECONDITION";
      case RATE_LIMIT, QUOTA -> "RESOURCE_EXHAUSTED";
      case UNSUPPORTED -> "UNIMPLEMENTED";
      case UNAVAILABLE, OVERLOADED -> "UNAVAILABLE";
      case TIMEOUT -> "DEADLINE_EXCEEDED";
      case INTERNAL -> "INTERNAL";
    };
  }
}
