package dev.sluice.protocol.responses;

import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Failure.Kind;
import dev.sluice.protocol.Answer;
import dev.sluice.protocol.RetryAfter;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.Sse;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Errors of the Responses API: {@code {"error": {message, type, param, code}}} as an answer, {@code
 * {"type": "error", code, message, param}} in a stream.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses-streaming/error">OpenAI,
 *     Responses streaming, error</a>
 */
final class Failures {
  /** The codes that clients of a failed response look for. */
  private static final Set<String> CODES =
      Set.of(
          "server_error",
          "rate_limit_exceeded",
          "insufficient_quota",
          "invalid_prompt",
          "context_length_exceeded",
          "server_is_overloaded",
          "slow_down",
          "bio_policy",
          "image_content_policy_violation");

  private Failures() {}

  static Failure read(int status, Map<String, String> headers, byte[] body) {
    Failure said = null;
    try {
      if (Json.parse(body) instanceof Json.Obj object) {
        said = error(object, status, headers);
      }
    } catch (Malformed _) {
      // A proxy's page instead of the provider's JSON; its status still tells.
    }
    return said == null
        ? new Failure(
            kind(status, "", ""),
            status,
            "The provider answered with status " + status + ".",
            null,
            null,
            RetryAfter.of(headers))
        : said;
  }

  /** Compatible providers give their reason as a mere text, under one name or another. */
  private static @Nullable Failure error(Json.Obj body, int status, Map<String, String> headers) {
    Json.Obj error = body.obj("error");
    String text = body.text("error", body.text("detail", body.text("message", "")));
    if (error == null && text.isEmpty()) {
      return null;
    }
    Failure said = error(error == null ? Json.object(e -> e.put("message", text)) : error, status);
    return new Failure(
        said.kind(), status, said.message(), said.code(), said.field(), RetryAfter.of(headers));
  }

  /** What an error object says; {@code status} 0 where only its own words tell. */
  static Failure error(Json.Obj error, int status) {
    String code = error.text("code", "");
    String type = error.text("type", "");
    int known = status >= 400 ? status : status(code, type);
    return new Failure(
        kind(known, type, code),
        known,
        error.text("message", "The provider sent an error without a message."),
        !code.isEmpty() ? code : type.isEmpty() ? null : type,
        error.text("param"),
        null);
  }

  private static int status(String code, String type) {
    return switch (code.isEmpty() ? type : code) {
      case "rate_limit_exceeded", "rate_limit_error", "insufficient_quota", "usage_limit_reached" ->
          429;
      case "invalid_prompt",
          "invalid_request_error",
          "context_length_exceeded",
          "bio_policy",
          "image_content_policy_violation",
          "image_parse_error",
          "image_too_large",
          "image_too_small",
          "image_file_too_large",
          "image_file_not_found",
          "empty_image_file",
          "failed_to_download_image",
          "unsupported_image_media_type",
          "invalid_image",
          "invalid_image_format",
          "invalid_image_mode",
          "invalid_image_url",
          "invalid_base64_image" ->
          400;
      case "server_is_overloaded", "slow_down" -> 503;
      default -> 502;
    };
  }

  private static Kind kind(int status, String type, String code) {
    if (code.equals("insufficient_quota") || type.equals("insufficient_quota")) {
      return Kind.QUOTA;
    }
    return Kind.of(status);
  }

  static Answer write(Failure failure) {
    var headers = new LinkedHashMap<String, String>();
    headers.put("content-type", "application/json");
    RetryAfter.put(failure, headers);
    Json.Obj body =
        Json.object(
            root ->
                root.put(
                    "error",
                    Json.object(
                        e ->
                            e.put("message", failure.message())
                                .put("type", type(failure.kind()))
                                .put("param", orNull(failure.field()))
                                .put("code", orNull(failure.code())))));
    return new Answer(failure.status(), headers, body.bytes());
  }

  static byte[] breakOff(Failure failure) {
    Json.Obj event =
        Json.object(
            e -> {
              e.put("type", "error").put("sequence_number", 0L);
              error(failure, e);
            });
    return new Sse.Frame("error", event.text()).bytes();
  }

  /** What a stream's error event says beside its type and number. */
  static void error(Failure failure, Json.Builder event) {
    event
        .put("code", failure.code() == null ? type(failure.kind()) : failure.code())
        .put("message", failure.message())
        .put("param", orNull(failure.field()));
  }

  /** The error of a response that failed. Clients tell from its code whether to try again. */
  static Json inside(Failure failure) {
    String code = failure.code();
    return Json.object(
        e ->
            e.put("code", code != null && CODES.contains(code) ? code : code(failure.kind()))
                .put("message", failure.message()));
  }

  private static String code(Kind kind) {
    return switch (kind) {
      case INVALID_REQUEST, CONFLICT, NOT_FOUND, UNSUPPORTED -> "invalid_prompt";
      case TOO_LARGE -> "context_length_exceeded";
      case RATE_LIMIT -> "rate_limit_exceeded";
      case QUOTA -> "insufficient_quota";
      case OVERLOADED, UNAVAILABLE -> "server_is_overloaded";
      case AUTHENTICATION, PERMISSION, INTERNAL, TIMEOUT -> "server_error";
    };
  }

  private static Json orNull(@Nullable String text) {
    return text == null ? Json.nil() : Json.of(text);
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
