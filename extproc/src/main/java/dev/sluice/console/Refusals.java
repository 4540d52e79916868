package dev.sluice.console;

import dev.sluice.ledger.Unavailable;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import java.util.Map;

/** Answers to questions that have none, as {@code {"error": {"message": …}}}. */
final class Refusals {
  private Refusals() {}

  static HttpResponse<Map<String, Object>> wrong(IllegalArgumentException e) {
    return because(HttpStatus.BAD_REQUEST, e);
  }

  static HttpResponse<Map<String, Object>> unavailable(Unavailable e) {
    return because(HttpStatus.SERVICE_UNAVAILABLE, e);
  }

  static HttpResponse<Map<String, Object>> missing(String what) {
    return HttpResponse.<Map<String, Object>>status(HttpStatus.NOT_FOUND).body(error(what));
  }

  private static HttpResponse<Map<String, Object>> because(HttpStatus status, Exception e) {
    return HttpResponse.<Map<String, Object>>status(status)
        .body(error(String.valueOf(e.getMessage())));
  }

  private static Map<String, Object> error(String message) {
    return Map.of("error", Map.of("message", message));
  }
}
