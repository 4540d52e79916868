package dev.sluice.conversation;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Why there is no answer, or no more of it.
 *
 * @param kind what went wrong; decides each protocol's own error type
 * @param status the HTTP status that says so best, 400 to 599
 * @param message a sentence for a person; the provider's own text where there is one
 * @param code a machine's word for it, such as {@code context_length_exceeded}; null where none was
 *     given
 * @param field the request's field that is at fault, as a path such as {@code messages[0].content};
 *     null where none is
 * @param retryAfter how long to wait before another try; null where nobody said
 */
public record Failure(
    Kind kind,
    int status,
    String message,
    @Nullable String code,
    @Nullable String field,
    @Nullable Duration retryAfter) {

  /** What went wrong, in the words that the four protocols share. */
  public enum Kind {
    INVALID_REQUEST(400),
    AUTHENTICATION(401),
    PERMISSION(403),
    NOT_FOUND(404),
    CONFLICT(409),
    TOO_LARGE(413),
    RATE_LIMIT(429),
    QUOTA(429),
    INTERNAL(500),
    UNSUPPORTED(501),
    UNAVAILABLE(503),
    TIMEOUT(504),
    OVERLOADED(529);

    private final int status;

    Kind(int status) {
      this.status = status;
    }

    /** What a provider's error status means where its body says nothing closer. */
    public static Kind of(int status) {
      return switch (status) {
        case 401 -> AUTHENTICATION;
        case 402 -> QUOTA;
        case 403 -> PERMISSION;
        case 404 -> NOT_FOUND;
        case 408, 504, 524 -> TIMEOUT;
        case 409 -> CONFLICT;
        case 413 -> TOO_LARGE;
        case 429 -> RATE_LIMIT;
        case 501 -> UNSUPPORTED;
        case 503 -> UNAVAILABLE;
        case 529 -> OVERLOADED;
        default -> status >= 500 ? INTERNAL : INVALID_REQUEST;
      };
    }

    /** The status that goes with it where nothing closer is known. */
    public int status() {
      return status;
    }
  }

  /** A failure of ours with the kind's own status. */
  public static Failure of(Kind kind, String message) {
    return new Failure(kind, kind.status(), message, null, null, null);
  }

  /** A request that lacks something or says something wrong, at {@code field}. */
  public static Failure invalid(String field, String message) {
    return new Failure(Kind.INVALID_REQUEST, 400, message, null, field, null);
  }

  /** The same failure with a machine's word for it. */
  public Failure withCode(String code) {
    return new Failure(kind, status, message, code, field, retryAfter);
  }
}
