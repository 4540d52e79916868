package dev.sluice.examples.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Says a reply in one dialect. */
interface Voice {
  /** Tokens of the prompt. */
  int PROMPT = 20;

  /** Those of them that were read from the cache. */
  int CACHED = 8;

  /** What is said, to what. */
  record Told(String provider, JsonNode request, Heard heard, Reply reply, Seals seals) {
    boolean shows() {
      return heard.shown();
    }
  }

  static Voice of(Dialect dialect, Told told) {
    return switch (dialect) {
      case CHAT -> new ChatVoice(told);
      case RESPONSES -> new ResponsesVoice(told);
      case MESSAGES -> new MessagesVoice(told);
      case GEMINI -> new GeminiVoice(told);
    };
  }

  /** The whole answer. */
  JsonNode whole();

  /** The events of a stream, each with its blank line. */
  List<byte[]> events();

  /** Something that keeps a connection open and carries nothing. */
  default byte[] ping() {
    return ": ping\n\n".getBytes(StandardCharsets.UTF_8);
  }
}
