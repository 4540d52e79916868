package dev.sluice.protocol.chat;

import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Failure.Kind;
import dev.sluice.protocol.Answer;
import dev.sluice.protocol.RetryAfter;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * OpenAI's errors, {@code {"error": {message, type, param, code}}}.
 *
 * @see <a href="https://platform.openai.com/docs/guides/error-codes">OpenAI, error codes</a>
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
        kind(status, "", ""),
        status,
        "The provider answered with status " + status + ".",
        null,
        null,
        RetryAfter.of(headers));
  }

  /** The error that stands in {@code object}; null where none does. */
  static @Nullable Failure error(Json.Obj object, int status) {
    return switch (object.get("error")) {
      case Json.Obj error -> {
        String type = error.text("type", "");
        String code =
            error.get("code") instanceof Json.Num(String lexeme) ? lexeme : error.text("code", "");
        int known = status >= 400 ? status : status(type, code);
        yield new Failure(
            kind(known, type, code),
            known,
            error.text("message", "The provider sent an error without a message."),
            code.isEmpty() ? (type.isEmpty() ? null : type) : code,
            error.text("param"),
            null);
      }
      case Json.Str(String message) -> {
        int known = status >= 400 ? status : 502;
        yield new Failure(kind(known, "", ""), known, message, null, null, null);
      }
      case null, default -> null;
    };
  }

  private static int status(String type, String code) {
    if (code.length() == 3 && code.chars().allMatch(Character::isDigit) && code.charAt(0) >= '4') {
      return Integer.parseInt(code);
    }
    return switch (type) {
      case "invalid_request_error" -> 400;
      case "authentication_error" -> 401;
      case "permission_error" -> 403;
      case "not_found_error" -> 404;
      case "rate_limit_error", "rate_limit_exceeded", "insufficient_quota", "tokens", "requests" ->
          429;
      default -> 502;
    };
  }

  static Kind kind(int status, String type, String code) {
    if (code.equals("insufficient_quota")
        || type.equals("insufficient_quota")
        || code.equals("billing_hard_limit_reached")) {
      return Kind.QUOTA;
    }
    return Kind.of(status);
  }

  static Answer write(Failure failure) {
    var headers = new LinkedHashMap<String, String>();
    headers.put("content-type", "application/json");
    RetryAfter.put(failure, headers);
    return new Answer(failure.status(), headers, object(failure).bytes());
  }

  static byte[] breakOff(Failure failure) {
    return ("data: " + object(failure).text() + "\n\ndata: [DONE]\n\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static Json.Obj object(Failure failure) {
    return Json.object(
        body ->
            body.put(
                "error",
                Json.object(
                    error ->
                        error
                            .put("message", failure.message())
                            .put("type", type(failure.kind()))
                            .put(
                                "param",
                                failure.field() == null ? Json.nil() : Json.of(failure.field()))
                            .put(
                                "code",
                                failure.code() == null ? Json.nil() : Json.of(failure.code())))));
  }

  private static String type(Kind kind) {
    return switch (kind) {
      case INVALID_REQUEST, TOO_LARGE, CONFLICT, UNSUPPORTED -> "invalid_request_error";
      case AUTHENTICATION -> "authentication_error";
      case PERMISSION -> "permission_error";
      case NOT_FOUND -> "not_found_error";
      case RATE_LIMIT -> "rate_limit_error";
      case QUOTA -> "insufficient_quota";
      case INTERNAL, UNAVAILABLE, OVERLOADED -> "server_error";
      case TIMEOUT -> "timeout_error";
    };
  }
}
