package dev.sluice.it;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.sluice.examples.simulator.Dialect;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;

/**
 * A provider that answers everything with two pictures, whole or as a stream, in the dialect that
 * it is asked in. Its prompts have 20 tokens and its answers 5.
 *
 * @see <a href="https://openrouter.ai/docs/features/multimodal/image-generation">OpenRouter, image
 *     generation</a>
 * @see <a href="https://platform.openai.com/docs/guides/tools-image-generation">OpenAI, image
 *     generation</a>
 * @see <a href="https://ai.google.dev/gemini-api/docs/image-generation">Gemini, image
 *     generation</a>
 */
final class Painter implements AutoCloseable {
  private static final String DATA = "iVBORw0KGgo=";
  private static final String IMAGE =
      "{\"type\":\"image_url\",\"image_url\":{\"url\":\"data:image/png;base64," + DATA + "\"}}";
  private static final String CHAT_USAGE =
      "{\"prompt_tokens\":20,\"completion_tokens\":5,\"total_tokens\":25}";
  private static final String PART =
      "{\"inlineData\":{\"mimeType\":\"image/png\",\"data\":\"" + DATA + "\"}}";
  private static final String GEMINI_USAGE =
      "\"usageMetadata\":{\"promptTokenCount\":20,\"candidatesTokenCount\":5,\"totalTokenCount\":25}";

  private final HttpServer server;

  private Painter(HttpServer server) {
    this.server = server;
  }

  static Painter start() throws IOException {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", Painter::answer);
    server.start();
    return new Painter(server);
  }

  String baseUrl(Dialect dialect) {
    return "http://127.0.0.1:"
        + server.getAddress().getPort()
        + (dialect == Dialect.GEMINI ? "/v1beta" : "/v1");
  }

  private static void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
      String path = exchange.getRequestURI().getPath();
      boolean stream = path.contains(":stream") || body.contains("\"stream\":true");
      String said =
          path.contains("/models/")
              ? gemini(stream)
              : path.endsWith("/responses") ? responses(stream) : chat(stream);
      byte[] bytes = said.getBytes(StandardCharsets.UTF_8);
      exchange
          .getResponseHeaders()
          .set("content-type", stream ? "text/event-stream" : "application/json");
      exchange.sendResponseHeaders(200, bytes.length);
      exchange.getResponseBody().write(bytes);
    }
  }

  private static String chat(boolean stream) {
    String head = "\"id\":\"c\",\"created\":1,\"model\":\"real\"";
    if (!stream) {
      return "{%s,\"object\":\"chat.completion\",\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"two \\\"image_url\\\"\",\"images\":[%s,%s]},\"finish_reason\":\"stop\"}],\"usage\":%s}"
          .formatted(head, IMAGE, IMAGE, CHAT_USAGE);
    }
    String chunk =
        "data: {" + head + ",\"object\":\"chat.completion.chunk\",\"choices\":[%s]%s}\n\n";
    String delta = "{\"index\":0,\"delta\":{%s}%s}";
    return chunk.formatted(delta.formatted("\"role\":\"assistant\",\"content\":\"two\"", ""), "")
        + chunk.formatted(delta.formatted("\"images\":[" + IMAGE + "]", ""), "").repeat(2)
        + chunk.formatted(delta.formatted("", ",\"finish_reason\":\"stop\""), "")
        + chunk.formatted("", ",\"usage\":" + CHAT_USAGE)
        + "data: [DONE]\n\n";
  }

  private static String responses(boolean stream) {
    String item =
        "{\"id\":\"ig_%d\",\"type\":\"image_generation_call\",\"status\":\"completed\",\"result\":\""
            + DATA
            + "\"}";
    String whole =
        "{\"id\":\"resp_1\",\"object\":\"response\",\"created_at\":1,\"status\":\"%s\",\"model\":\"real\",\"output\":[%s]%s}";
    String usage = ",\"usage\":{\"input_tokens\":20,\"output_tokens\":5,\"total_tokens\":25}";
    String done = whole.formatted("completed", item.formatted(1) + "," + item.formatted(2), usage);
    if (!stream) {
      return done;
    }
    var events = new StringBuilder();
    int number = 0;
    number =
        event(
            events,
            number,
            "response.created",
            "\"response\":" + whole.formatted("in_progress", "", ""));
    for (int i = 0; i < 2; i++) {
      String at = "\"output_index\":" + i;
      String begun = item.formatted(i + 1).replace(DATA, "").replace("completed", "in_progress");
      number = event(events, number, "response.output_item.added", at + ",\"item\":" + begun);
      number =
          event(
              events,
              number,
              "response.image_generation_call.completed",
              at + ",\"item_id\":\"ig_" + (i + 1) + "\"");
      number =
          event(
              events,
              number,
              "response.output_item.done",
              at + ",\"item\":" + item.formatted(i + 1));
    }
    event(events, number, "response.completed", "\"response\":" + done);
    return events.toString();
  }

  private static int event(StringBuilder events, int number, String type, String rest) {
    events.append(
        "event: %s\ndata: {\"type\":\"%s\",\"sequence_number\":%d,%s}\n\n"
            .formatted(type, type, number, rest));
    return number + 1;
  }

  private static String gemini(boolean stream) {
    String candidate =
        "\"candidates\":[{\"index\":0,\"content\":{\"role\":\"model\",\"parts\":[%s]}%s}],\"modelVersion\":\"real\"";
    String stop = ",\"finishReason\":\"STOP\"";
    if (!stream) {
      return "{"
          + candidate.formatted("{\"text\":\"image/png\"}," + PART + "," + PART, stop)
          + ","
          + GEMINI_USAGE
          + "}";
    }
    return "data: {"
        + candidate.formatted(PART, "")
        + "}\n\ndata: {"
        + candidate.formatted(PART, stop)
        + ","
        + GEMINI_USAGE
        + "}\n\n";
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
