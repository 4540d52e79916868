package dev.sluice.examples.bench;

import dev.sluice.examples.simulator.Dialect;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * What a provider of one dialect sends, ready as bytes of HTTP/1.1; only {@link Mark}s are written
 * into them.
 *
 * @param opening a stream's head, and its events before the first content
 * @param event an event with content
 * @param eventMark where its mark is
 * @param closing what ends a stream
 * @param whole a whole answer with its head
 * @param wholeMark where its mark is
 */
record Script(
    byte[] opening, byte[] event, int eventMark, byte[] closing, byte[] whole, int wholeMark) {
  /** Brings a whole answer to about 1 KB. */
  private static final String WORDS =
      "The gateway reads what it must know, chooses a channel, and lets go of the rest. ".repeat(8);

  private static final String STREAM_HEAD =
      """
      HTTP/1.1 200 OK\r
      content-type: text/event-stream\r
      transfer-encoding: chunked\r
      \r
      """;

  static Script of(Dialect dialect) {
    return switch (dialect) {
      case CHAT ->
          script(
              chatDelta("{\"role\":\"assistant\",\"content\":\"\"}", "null"),
              chatDelta("{\"content\":\"" + Mark.BLANK + " so\"}", "null"),
              chatDelta("{}", "\"stop\"")
                  + """
                  data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1790000000,"model":"bench","choices":[],"usage":{"prompt_tokens":200,"completion_tokens":100,"total_tokens":300}}

                  data: [DONE]

                  """,
              """
              {"id":"chatcmpl-bench","object":"chat.completion","created":1790000000,"model":"bench","choices":[{"index":0,"message":{"role":"assistant","content":"%s","refusal":null},"logprobs":null,"finish_reason":"stop"}],"usage":{"prompt_tokens":200,"completion_tokens":100,"total_tokens":300}}\
              """);
      case MESSAGES ->
          script(
              """
              event: message_start
              data: {"type":"message_start","message":{"id":"msg_bench","type":"message","role":"assistant","model":"bench","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":200,"output_tokens":1}}}

              event: content_block_start
              data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

              """,
              """
              event: content_block_delta
              data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"%s so"}}

              """
                  .formatted(Mark.BLANK),
              """
              event: content_block_stop
              data: {"type":"content_block_stop","index":0}

              event: message_delta
              data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":100}}

              event: message_stop
              data: {"type":"message_stop"}

              """,
              """
              {"id":"msg_bench","type":"message","role":"assistant","model":"bench","content":[{"type":"text","text":"%s"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":200,"output_tokens":100}}\
              """);
      case GEMINI ->
          script(
              "",
              gemini(
                  "\"content\":{\"parts\":[{\"text\":\""
                      + Mark.BLANK
                      + " so\"}],\"role\":\"model\"}"),
              gemini(
                  "\"content\":{\"parts\":[{\"text\":\"\"}],\"role\":\"model\"},\"finishReason\":\"STOP\""),
              """
              {"candidates":[{"content":{"parts":[{"text":"%s"}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":200,"candidatesTokenCount":100,"totalTokenCount":300},"modelVersion":"bench","responseId":"bench"}\
              """);
      case RESPONSES ->
          throw new IllegalArgumentException("no case has a provider of OpenAI Responses");
    };
  }

  private static String chatDelta(String delta, String reason) {
    return """
    data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1790000000,"model":"bench","choices":[{"index":0,"delta":%s,"logprobs":null,"finish_reason":%s}]}

    """
        .formatted(delta, reason);
  }

  private static String gemini(String candidate) {
    return ("data: {\"candidates\":[{"
        + candidate
        + ",\"index\":0}],\"usageMetadata\":{\"promptTokenCount\":200,\"candidatesTokenCount\":100,"
        + "\"totalTokenCount\":300},\"modelVersion\":\"bench\",\"responseId\":\"bench\"}\r\n\r\n");
  }

  private static Script script(String opening, String event, String closing, String whole) {
    byte[] eventBytes = chunk(event);
    String body = whole.formatted(Mark.BLANK + " " + WORDS);
    String all =
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
            + body.getBytes(StandardCharsets.UTF_8).length
            + "\r\n\r\n"
            + body;
    return new Script(
        join(bytes(STREAM_HEAD), opening.isEmpty() ? new byte[0] : chunk(opening)),
        eventBytes,
        at(eventBytes),
        join(chunk(closing), bytes("0\r\n\r\n")),
        bytes(all),
        at(bytes(all)));
  }

  private static int at(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1).indexOf(Mark.BLANK);
  }

  private static byte[] chunk(String text) {
    byte[] data = bytes(text);
    return join(bytes(Integer.toHexString(data.length) + "\r\n"), join(data, bytes("\r\n")));
  }

  private static byte[] join(byte[] one, byte[] other) {
    var all = new ByteArrayOutputStream();
    all.writeBytes(one);
    all.writeBytes(other);
    return all.toByteArray();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
