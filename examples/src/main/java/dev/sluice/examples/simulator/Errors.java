package dev.sluice.examples.simulator;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** Errors as each dialect writes them. */
final class Errors {
  private static final int UNAVAILABLE = 503;
  private static final int OVERLOADED = 529;

  private Errors() {}

  static byte[] of(Dialect dialect, int status) {
    return of(dialect, status, "simulated failure " + status);
  }

  static byte[] of(Dialect dialect, int status, String message) {
    return Wire.bytes(json(dialect, status, message));
  }

  /** As an event of a stream. */
  static byte[] event(Dialect dialect) {
    return switch (dialect) {
      case CHAT, GEMINI -> Wire.data(json(dialect, UNAVAILABLE, "simulated failure 503"));
      case MESSAGES -> Wire.event(json(dialect, OVERLOADED, "simulated failure 529"));
      case RESPONSES ->
          Wire.event(
              Wire.object()
                  .put("type", "error")
                  .put("code", "server_error")
                  .put("message", "simulated failure 503")
                  .putNull("param")
                  .put("sequence_number", 0));
    };
  }

  private static ObjectNode json(Dialect dialect, int status, String message) {
    ObjectNode root = Wire.object();
    switch (dialect) {
      case CHAT, RESPONSES ->
          root.putObject("error")
              .put("message", message)
              .put("type", openAi(status))
              .putNull("param")
              .put("code", openAi(status));
      case MESSAGES -> {
        root.put("type", "error");
        root.putObject("error").put("type", anthropic(status)).put("message", message);
      }
      case GEMINI ->
          root.putObject("error")
              .put("code", status)
              .put("message", message)
              .put("status", google(status));
    }
    return root;
  }

  private static String openAi(int status) {
    return switch (status) {
      case 400 -> "invalid_request_error";
      case 401 -> "invalid_api_key";
      case 404 -> "model_not_found";
      case 429 -> "rate_limit_exceeded";
      default -> "server_error";
    };
  }

  private static String anthropic(int status) {
    return switch (status) {
      case 400 -> "invalid_request_error";
      case 401 -> "authentication_error";
      case 404 -> "not_found_error";
      case 429 -> "rate_limit_error";
      case OVERLOADED -> "overloaded_error";
      default -> "api_error";
    };
  }

  private static String google(int status) {
    return switch (status) {
      case 400 -> "INVALID_ARGUMENT";
      case 401 -> "UNAUTHENTICATED";
      case 404 -> "NOT_FOUND";
      case 429 -> "RESOURCE_EXHAUSTED";
      case 500 -> "INTERNAL";
      default -> "UNAVAILABLE";
    };
  }
}
