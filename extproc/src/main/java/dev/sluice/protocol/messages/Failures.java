package dev.sluice.protocol.messages;

import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Failure.Kind;
import dev.sluice.protocol.Answer;
import dev.sluice.protocol.RetryAfter;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.Sse;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Anthropic's errors, {@code {"type": "error", "error": {type, message}}}.
 *
 * @see <a href="https://docs.anthropic.com/en/api/errors">Anthropic, errors</a>
 */
final class Failures {
  private Failures() {}

  static Failure read(int status, Map<String, String> headers, byte[] body) {
    try {
      if (Json.parse(body) instanceof Json.Obj object) {
        Failure said = error(object, status);
        if (said != null) {
          return new Failure(
              said.kind(),
              said.status(),
              said.message(),
              said.code(),
              said.field(),
              RetryAfter.of(headers));
        }
      }
    } catch (Malformed _) {
      // A proxy's page instead of the provider's JSON; its status still tells.
    }
    return new Failure(
        kind(status, ""),
        status,
        "The provider answered with status " + status + ".",
        null,
        null,
        RetryAfter.of(headers));
  }

  /** The error that stands in {@code object}; null where none does. */
  static @Nullable Failure error(Json.Obj object, int status) {
    Json.Obj error = object.obj("error");
    if (error == null) {
      return null;
    }
    String type = error.text("type", "");
    int known = status >= 400 ? status : status(type);
    String message = error.text("message", "The provider sent an error without a message.");
    Kind kind = kind(known, type);
    if (kind == Kind.INVALID_REQUEST
        && message.toLowerCase(Locale.ROOT).contains("credit balance is too low")) {
      kind = Kind.QUOTA;
    }
    return new Failure(kind, known, message, type.isEmpty() ? null : type, null, null);
  }

  private static int status(String type) {
    return switch (type) {
      case "invalid_request_error" -> 400;
      case "authentication_error" -> 401;
      case "billing_error" -> 402;
      case "permission_error" -> 403;
      case "not_found_error" -> 404;
      case "request_too_large" -> 413;
      case "rate_limit_error" -> 429;
      case "timeout_error" -> 504;
      case "overloaded_error" -> 529;
      default -> 500;
    };
  }

  private static Kind kind(int status, String type) {
    return switch (type) {
      case "billing_error" -> Kind.QUOTA;
      case "overloaded_error" -> Kind.OVERLOADED;
      default -> Kind.of(status);
    };
  }

  static Answer write(Failure failure) {
    var headers = new LinkedHashMap<String, String>();
    headers.put("content-type", "application/json");
    RetryAfter.put(failure, headers);
    return new Answer(failure.status(), headers, object(failure, type(failure.kind())).bytes());
  }

  /** In a stream there is no status, and the type alone tells a client to try again. */
  static byte[] breakOff(Failure failure) {
    String type = failure.kind() == Kind.UNAVAILABLE ? "overloaded_error" : type(failure.kind());
    return new Sse.Frame("error", object(failure, type).text()).bytes();
  }

  private static Json.Obj object(Failure failure, String type) {
    return Json.object(
        body ->
            body.put("type", "error")
                .put(
                    "error",
                    Json.object(
                        error -> error.put("type", type).put("message", message(failure)))));
  }

  /** Messages has no field for the field that is at fault, so the sentence names it. */
  private static String message(Failure failure) {
    String field = failure.field();
    return field == null || failure.message().contains(field)
        ? failure.message()
        : field + ": " + failure.message();
  }

  private static String type(Kind kind) {
    return switch (kind) {
      case INVALID_REQUEST, CONFLICT, UNSUPPORTED -> "invalid_request_error";
      case AUTHENTICATION -> "authentication_error";
      case PERMISSION -> "permission_error";
      case NOT_FOUND -> "not_found_error";
      case TOO_LARGE -> "request_too_large";
      case RATE_LIMIT -> "rate_limit_error";
      case QUOTA -> "billing_error";
      case INTERNAL, UNAVAILABLE -> "api_error";
      case TIMEOUT -> "timeout_error";
      case OVERLOADED -> "overloaded_error";
    };
  }
}
