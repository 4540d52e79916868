package dev.sluice.it;

import dev.sluice.examples.simulator.Dialect;

/** The plainest request of each protocol. */
final class Requests {
  private Requests() {}

  static String path(Dialect dialect, String model, boolean stream) {
    return switch (dialect) {
      case CHAT -> "/v1/chat/completions";
      case RESPONSES -> "/v1/responses";
      case MESSAGES -> "/v1/messages";
      case GEMINI ->
          "/v1beta/models/"
              + model
              + (stream ? ":streamGenerateContent?alt=sse" : ":generateContent");
    };
  }

  static String body(Dialect dialect, String model, boolean stream, String text) {
    return switch (dialect) {
      case CHAT ->
          """
          {"model":"%s","stream":%s,"messages":[{"role":"user","content":"%s"}]}\
          """
              .formatted(model, stream, text);
      case RESPONSES ->
          """
          {"model":"%s","stream":%s,"input":"%s"}\
          """
              .formatted(model, stream, text);
      case MESSAGES ->
          """
          {"model":"%s","max_tokens":100,"stream":%s,"messages":[{"role":"user","content":"%s"}]}\
          """
              .formatted(model, stream, text);
      case GEMINI ->
          """
          {"contents":[{"role":"user","parts":[{"text":"%s"}]}]}\
          """
              .formatted(text);
    };
  }

  /** What every complete stream of a protocol ends with. */
  static String terminator(Dialect dialect) {
    return switch (dialect) {
      case CHAT -> "data: [DONE]";
      case RESPONSES -> "response.completed";
      case MESSAGES -> "message_stop";
      case GEMINI -> "\"finishReason\":\"STOP\"";
    };
  }
}
