package dev.sluice.examples.bench;

import dev.sluice.examples.simulator.Dialect;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Random;

/**
 * A client's request, ready as bytes; only the id is written into it.
 *
 * @param order what its words tell the provider; the id in it means nothing
 * @param path where it goes
 * @param headers its own ones, lower case
 * @param head the bytes of HTTP/1.1 before the body
 * @param body the body
 * @param idAt where the id is in the body
 * @param end what the last bytes of a good stream contain
 */
record Question(
    Order order,
    String path,
    Map<String, String> headers,
    byte[] head,
    byte[] body,
    int idAt,
    byte[] end) {
  /** Brings a request to about 1 KB. */
  private static final String WORDS =
      "Please say what a gateway for language models should do when a provider falls silent. "
          .repeat(8);

  /**
   * A client's request.
   *
   * @param client what the client speaks: {@link Dialect#CHAT} or {@link Dialect#RESPONSES}
   * @param imageBytes how long the picture's base64 is that comes with it; 0: none
   */
  static Question of(
      Dialect client, String model, Map<String, String> headers, Order order, int imageBytes) {
    return switch (client) {
      case CHAT ->
          question(
              "/v1/chat/completions",
              headers,
              order,
              """
              {"model":"%s","max_tokens":1024,%s"messages":[{"role":"system","content":"You are brief."},{"role":"user","content":%s}]}\
              """
                  .formatted(
                      model,
                      order.stream()
                          ? "\"stream\":true,\"stream_options\":{\"include_usage\":true},"
                          : "",
                      imageBytes == 0
                          ? "\"" + words(order) + "\""
                          : "[{\"type\":\"text\",\"text\":\""
                              + words(order)
                              + "\"},{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64,"
                              + picture(imageBytes)
                              + "\"}}]"),
              "[DONE]");
      case RESPONSES ->
          question(
              "/v1/responses",
              headers,
              order,
              """
              {"model":"%s","max_output_tokens":1024,"store":false,%s"instructions":"You are brief.","input":[{"role":"user","content":[{"type":"input_text","text":"%s"}]}]}\
              """
                  .formatted(model, order.stream() ? "\"stream\":true," : "", words(order)),
              "response.completed");
      case MESSAGES, GEMINI ->
          throw new IllegalArgumentException("no case has a client of " + client);
    };
  }

  private static String words(Order order) {
    return order.text() + " " + WORDS;
  }

  private static String picture(int length) {
    String letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    var random = new Random(length);
    var picture = new StringBuilder(length);
    for (int i = 0; i < length / 4 * 4; i++) {
      picture.append(letters.charAt(random.nextInt(letters.length())));
    }
    return picture.toString();
  }

  private static Question question(
      String path, Map<String, String> headers, Order order, String json, String end) {
    byte[] body = json.getBytes(StandardCharsets.US_ASCII);
    var head = new StringBuilder("POST " + path + " HTTP/1.1\r\nhost: bench\r\n");
    headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
    head.append("content-type: application/json\r\ncontent-length: ")
        .append(body.length)
        .append("\r\n\r\n");
    return new Question(
        order,
        path,
        Map.copyOf(headers),
        head.toString().getBytes(StandardCharsets.US_ASCII),
        body,
        json.indexOf(order.text()) + Order.ID_AT,
        end.getBytes(StandardCharsets.US_ASCII));
  }

  /** As HTTP/1.1. */
  ByteBuf bytes(ByteBufAllocator alloc, int id) {
    ByteBuf bytes = alloc.buffer(head.length + body.length);
    bytes.writeBytes(head).writeBytes(body);
    Mark.decimal(bytes, head.length + idAt, Order.ID_DIGITS, id);
    return bytes;
  }

  /** As a message for HTTP/2. */
  FullHttpRequest message(int id) {
    ByteBuf content = Unpooled.copiedBuffer(body);
    Mark.decimal(content, idAt, Order.ID_DIGITS, id);
    var message = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.POST, path, content);
    message.headers().set("host", "bench").set("content-type", "application/json");
    message.headers().setInt("content-length", body.length);
    headers.forEach((name, value) -> message.headers().set(name, value));
    return message;
  }
}
