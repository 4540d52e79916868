package dev.sluice.bench;

import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.chat.Chat;
import dev.sluice.protocol.gemini.Gemini;
import dev.sluice.protocol.messages.Messages;
import dev.sluice.protocol.responses.Responses;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/** Requests and streams of given sizes, always the same. */
final class Samples {
  static final int EVENTS = 100;
  static final Protocol.Stamp STAMP = new Protocol.Stamp("bench", 1_790_000_000, "issuer");

  private static final Carrier CARRIER =
      new Carrier(() -> "bench".getBytes(StandardCharsets.US_ASCII));
  static final Protocol CHAT = new Chat(CARRIER);
  static final Protocol MESSAGES = new Messages(CARRIER);
  static final Protocol RESPONSES = new Responses(CARRIER);
  static final Protocol GEMINI = new Gemini(CARRIER);

  private static final String WORDS =
      "The gateway reads what it must know, chooses a channel, and lets go of the rest. ";

  private Samples() {}

  static Protocol.Translator of(Protocol protocol) {
    return Objects.requireNonNull(protocol.translator());
  }

  /**
   * A request of Chat Completions: 1 KB is a short question, 100 KB a long conversation with tools,
   * 5 MB a question with a picture.
   */
  static byte[] request(String size) {
    return switch (size) {
      case "1KB" -> chat("", turn("user", WORDS.repeat(9)));
      case "100KB" -> {
        var turns = new ArrayList<String>();
        for (int i = 0; i < 40; i++) {
          turns.add(turn("user", WORDS.repeat(10)));
          turns.add(call(i));
          turns.add(result(i));
          turns.add(turn("assistant", WORDS.repeat(8)));
        }
        turns.add(turn("user", "And now?"));
        yield chat(
            "\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"look\",\"description\":\"Looks\","
                + "\"parameters\":{\"type\":\"object\",\"properties\":{\"where\":{\"type\":\"string\"}}}}}],",
            String.join(",", turns));
      }
      case "5MB" ->
          chat(
              "",
              "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"What is this?\"},"
                  + "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,"
                  + picture(5 << 20)
                  + "\"}}]}");
      default -> throw new IllegalArgumentException(size);
    };
  }

  private static byte[] chat(String more, String turns) {
    return ("{\"model\":\"m\",\"max_tokens\":1024,\"stream\":true,"
            + more
            + "\"messages\":[{\"role\":\"system\",\"content\":\"You are brief.\"},"
            + turns
            + "]}")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String turn(String role, String text) {
    return "{\"role\":\"" + role + "\",\"content\":\"" + text + "\"}";
  }

  private static String call(int number) {
    return "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"call_"
        + number
        + "\",\"type\":\"function\",\"function\":{\"name\":\"look\",\"arguments\":\"{\\\"where\\\":\\\"here\\\"}\"}}]}";
  }

  private static String result(int number) {
    return "{\"role\":\"tool\",\"tool_call_id\":\"call_"
        + number
        + "\",\"content\":\""
        + WORDS.repeat(9)
        + "\"}";
  }

  private static String picture(int length) {
    String letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    var random = new Random(length);
    var picture = new StringBuilder(length);
    for (int i = 0; i < length; i++) {
      picture.append(letters.charAt(random.nextInt(letters.length())));
    }
    return picture.toString();
  }

  /** A provider's whole answer of Messages, of about 1 KB. */
  static byte[] answer() {
    return ("{\"id\":\"msg_1\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"m\",\"content\":"
                + "[{\"type\":\"text\",\"text\":\""
            + WORDS.repeat(9)
            + "\"}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,"
            + "\"usage\":{\"input_tokens\":200,\"output_tokens\":100}}")
        .getBytes(StandardCharsets.UTF_8);
  }

  /** A stream of {@link #EVENTS} events with content, each as bytes of its own. */
  static List<byte[]> stream(Protocol of) {
    var events = new ArrayList<String>();
    switch (of.origin()) {
      case CHAT -> {
        events.add(delta("{\"role\":\"assistant\",\"content\":\"\"}", "null"));
        for (int i = 0; i < EVENTS; i++) {
          events.add(delta("{\"content\":\" word " + i + "\"}", "null"));
        }
        events.add(delta("{}", "\"stop\""));
        events.add("data: [DONE]\n\n");
      }
      case MESSAGES -> {
        events.add(
            """
            event: message_start
            data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":200,"output_tokens":1}}}

            event: content_block_start
            data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

            """);
        for (int i = 0; i < EVENTS; i++) {
          events.add(
              """
              event: content_block_delta
              data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" word %d"}}

              """
                  .formatted(i));
        }
        events.add(
            """
            event: content_block_stop
            data: {"type":"content_block_stop","index":0}

            event: message_delta
            data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":100}}

            event: message_stop
            data: {"type":"message_stop"}

            """);
      }
      case GEMINI -> {
        for (int i = 0; i < EVENTS; i++) {
          events.add(
              gemini(
                  "\"content\":{\"parts\":[{\"text\":\" word " + i + "\"}],\"role\":\"model\"}"));
        }
        events.add(
            gemini(
                "\"content\":{\"parts\":[{\"text\":\"\"}],\"role\":\"model\"},\"finishReason\":\"STOP\""));
      }
      case RESPONSES -> throw new IllegalArgumentException("no case streams Responses");
    }
    return events.stream().map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
  }

  private static String delta(String delta, String reason) {
    return "data:"
               + " {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1790000000,\"model\":\"m\","
               + "\"choices\":[{\"index\":0,\"delta\":"
        + delta
        + ",\"logprobs\":null,\"finish_reason\":"
        + reason
        + "}]}\n\n";
  }

  private static String gemini(String candidate) {
    return "data: {\"candidates\":[{"
        + candidate
        + ",\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":200,\"candidatesTokenCount\":100,"
        + "\"totalTokenCount\":300},\"modelVersion\":\"m\",\"responseId\":\"r\"}\r\n\r\n";
  }
}
