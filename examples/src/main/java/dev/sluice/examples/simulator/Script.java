package dev.sluice.examples.simulator;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What a good provider says to a request, whole and as events. The answer names the provider and
 * quotes the last words of the user, so that a test can tell whose it is; a request with tools that
 * asks about the weather gets two calls, and one with their results quotes them.
 */
final class Script {
  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxStringLength(128 << 20).build())
              .build());
  private static final int PROMPT = 20;
  private static final int CACHED = 8;

  private final Dialect dialect;
  private final String provider;
  private final JsonNode request;
  private final String model;
  private final boolean calls;
  private final boolean thinks;
  private final List<String> words;

  Script(Dialect dialect, String provider, byte[] body, String path) {
    this.dialect = dialect;
    this.provider = provider;
    try {
      request = JSON.readTree(body);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    model =
        dialect == Dialect.GEMINI
            ? path.replaceAll(".*/models/([^:]*):.*", "$1")
            : request.path("model").asText();
    String asked = lastText();
    String results = results();
    calls =
        request.path("tools").size() > 0
            && results.isEmpty()
            && asked.toLowerCase(Locale.ROOT).contains("weather");
    thinks =
        request.path("thinking").path("type").asText().equals("enabled")
            || !request.path("reasoning_effort").asText("none").equals("none");
    String said =
        results.isEmpty()
            ? provider + " says: " + asked + media()
            : provider + " heard: " + results;
    words = split(said.length() > 4000 ? said.substring(0, 4000) : said);
  }

  /** Why a provider of this kind would refuse the request; empty where it would not. */
  String complaint() {
    return switch (dialect) {
      case MESSAGES -> Complaints.messages(request);
      case CHAT -> Complaints.chat(request);
      case RESPONSES, GEMINI -> "";
    };
  }

  private static List<String> split(String text) {
    var words = new ArrayList<String>();
    for (String word : text.split("(?<= )", -1)) {
      words.add(word);
    }
    return words;
  }

  private String text() {
    return String.join("", words);
  }

  private String stopChat() {
    return calls ? "tool_calls" : limited() ? "length" : "stop";
  }

  private String stopMessages() {
    return calls ? "tool_use" : limited() ? "max_tokens" : "end_turn";
  }

  private boolean limited() {
    int max = request.path("max_tokens").asInt(request.path("max_completion_tokens").asInt(1000));
    return max <= 3;
  }

  private String lastText() {
    JsonNode turns =
        switch (dialect) {
          case GEMINI -> request.path("contents");
          case RESPONSES -> request.path("input");
          default -> request.path("messages");
        };
    if (turns.isTextual()) {
      return turns.asText();
    }
    String last = "";
    for (JsonNode turn : turns) {
      if (turn.path("role").asText("user").equals("user")) {
        JsonNode content = dialect == Dialect.GEMINI ? turn.path("parts") : turn.path("content");
        if (content.isTextual()) {
          last = content.asText();
        }
        for (JsonNode part : content) {
          if (part.hasNonNull("text")) {
            last = part.path("text").asText();
          }
        }
      }
    }
    return last;
  }

  private String results() {
    var results = new ArrayList<String>();
    for (JsonNode turn : request.path("messages")) {
      if (turn.path("role").asText().equals("tool")) {
        results.add(flat(turn.path("content")));
      }
      for (JsonNode block : turn.path("content")) {
        if (block.path("type").asText().equals("tool_result")) {
          results.add(flat(block.path("content")));
        }
      }
    }
    return String.join(" and ", results);
  }

  private static String flat(JsonNode content) {
    if (content.isTextual()) {
      return content.asText();
    }
    var text = new StringBuilder();
    for (JsonNode part : content) {
      text.append(part.path("text").asText());
    }
    return text.toString();
  }

  /** What was sent beside text. */
  private String media() {
    var seen = new StringBuilder();
    for (JsonNode turn : request.path("messages")) {
      for (JsonNode part : turn.path("content")) {
        if (part.has("image_url")) {
          seen.append(" [image ")
              .append(brief(part.path("image_url").path("url").asText()))
              .append(']');
        } else if (part.path("type").asText().equals("image")) {
          JsonNode source = part.path("source");
          seen.append(" [image ")
              .append(
                  source.has("url")
                      ? source.path("url").asText()
                      : source.path("media_type").asText()
                          + " "
                          + source.path("data").asText().length())
              .append(']');
        }
      }
    }
    return seen.toString();
  }

  private static String brief(String url) {
    int comma = url.indexOf(',');
    return url.startsWith("data:") && comma > 0
        ? url.substring(5, comma).replace(";base64", "") + " " + (url.length() - comma - 1)
        : url;
  }

  // ---- whole

  byte[] whole() {
    ObjectNode root = JSON.createObjectNode();
    switch (dialect) {
      case CHAT -> {
        root.put("id", "chatcmpl-" + provider).put("object", "chat.completion").put("created", 1);
        root.put("model", model);
        ObjectNode choice = root.putArray("choices").addObject();
        choice.put("index", 0);
        ObjectNode message = choice.putObject("message").put("role", "assistant");
        if (thinks) {
          message.put("reasoning_content", "Let me think.");
        }
        if (calls) {
          message.putNull("content");
          ArrayNode list = message.putArray("tool_calls");
          for (int i = 0; i < 2; i++) {
            ObjectNode call = list.addObject().put("id", "call_" + i).put("type", "function");
            call.putObject("function").put("name", "weather").put("arguments", city(i));
          }
        } else {
          message.put("content", text());
        }
        choice.put("finish_reason", stopChat());
        root.set("usage", chatUsage());
      }
      case MESSAGES -> {
        root.put("id", "msg_" + provider).put("type", "message").put("role", "assistant");
        root.put("model", model);
        ArrayNode content = root.putArray("content");
        if (thinks) {
          content
              .addObject()
              .put("type", "thinking")
              .put("thinking", "Let me think.")
              .put("signature", "sig-" + provider);
        }
        if (calls) {
          for (int i = 0; i < 2; i++) {
            ObjectNode call =
                content
                    .addObject()
                    .put("type", "tool_use")
                    .put("id", "toolu_" + i)
                    .put("name", "weather");
            call.set("input", read(city(i)));
          }
        } else {
          content.addObject().put("type", "text").put("text", text());
        }
        root.put("stop_reason", stopMessages()).putNull("stop_sequence");
        root.set("usage", messagesUsage(words.size()));
      }
      case RESPONSES -> root.setAll(response("completed", true));
      case GEMINI -> root.setAll(chunk(text(), true));
    }
    return bytes(root);
  }

  private static String city(int i) {
    return i == 0 ? "{\"city\":\"Bern\"}" : "{\"city\":\"Oslo\"}";
  }

  private ObjectNode chatUsage() {
    ObjectNode usage = JSON.createObjectNode();
    usage.put("prompt_tokens", PROMPT).put("completion_tokens", words.size());
    usage.put("total_tokens", PROMPT + words.size());
    usage.putObject("prompt_tokens_details").put("cached_tokens", CACHED);
    return usage;
  }

  private ObjectNode messagesUsage(int output) {
    return JSON.createObjectNode()
        .put("input_tokens", PROMPT - CACHED)
        .put("cache_creation_input_tokens", 0)
        .put("cache_read_input_tokens", CACHED)
        .put("output_tokens", output);
  }

  private ObjectNode response(String status, boolean complete) {
    ObjectNode response =
        JSON.createObjectNode()
            .put("id", "resp_" + provider)
            .put("object", "response")
            .put("created_at", 1)
            .put("status", status)
            .put("model", model)
            .put("parallel_tool_calls", true)
            .put("tool_choice", "auto");
    response.putArray("tools");
    ArrayNode output = response.putArray("output");
    if (complete) {
      ObjectNode item =
          output
              .addObject()
              .put("id", "item_1")
              .put("type", "message")
              .put("status", "completed")
              .put("role", "assistant");
      ObjectNode part = item.putArray("content").addObject();
      part.put("type", "output_text").put("text", text());
      part.putArray("annotations");
      ObjectNode usage = response.putObject("usage");
      usage.put("input_tokens", PROMPT).put("output_tokens", words.size());
      usage.put("total_tokens", PROMPT + words.size());
      usage.putObject("input_tokens_details").put("cached_tokens", CACHED);
      usage.putObject("output_tokens_details").put("reasoning_tokens", 0);
    }
    return response;
  }

  private ObjectNode chunk(String text, boolean last) {
    ObjectNode root = JSON.createObjectNode();
    ObjectNode candidate = root.putArray("candidates").addObject();
    ObjectNode content = candidate.putObject("content");
    content.putArray("parts").addObject().put("text", text);
    content.put("role", "model");
    candidate.put("index", 0);
    if (last) {
      candidate.put("finishReason", "STOP");
    }
    root.putObject("usageMetadata")
        .put("promptTokenCount", PROMPT)
        .put("candidatesTokenCount", words.size())
        .put("totalTokenCount", PROMPT + words.size());
    root.put("modelVersion", model).put("responseId", "gem_" + provider);
    return root;
  }

  // ---- streamed

  /** The events of the stream, each with its blank line. */
  List<byte[]> events() {
    var events = new ArrayList<byte[]>();
    switch (dialect) {
      case CHAT -> chatEvents(events);
      case MESSAGES -> messagesEvents(events);
      case RESPONSES -> responsesEvents(events);
      case GEMINI -> {
        for (int i = 0; i < words.size(); i++) {
          events.add(data(chunk(words.get(i), i == words.size() - 1)));
        }
      }
    }
    return events;
  }

  private ObjectNode chatChunk() {
    return JSON.createObjectNode()
        .put("id", "chatcmpl-" + provider)
        .put("object", "chat.completion.chunk")
        .put("created", 1)
        .put("model", model);
  }

  private void chatEvent(List<byte[]> events, ObjectNode delta, String finish) {
    ObjectNode chunk = chatChunk();
    ObjectNode choice = chunk.putArray("choices").addObject().put("index", 0);
    choice.set("delta", delta);
    if (finish.isEmpty()) {
      choice.putNull("finish_reason");
    } else {
      choice.put("finish_reason", finish);
    }
    events.add(data(chunk));
  }

  private void chatEvents(List<byte[]> events) {
    chatEvent(events, JSON.createObjectNode().put("role", "assistant").put("content", ""), "");
    if (thinks) {
      chatEvent(events, JSON.createObjectNode().put("reasoning_content", "Let me think."), "");
    }
    if (calls) {
      for (int i = 0; i < 2; i++) {
        ObjectNode delta = JSON.createObjectNode();
        ObjectNode call = delta.putArray("tool_calls").addObject().put("index", i);
        call.put("id", "call_" + i).put("type", "function");
        call.putObject("function").put("name", "weather").put("arguments", "");
        chatEvent(events, delta, "");
        for (String half : List.of(city(i).substring(0, 6), city(i).substring(6))) {
          ObjectNode more = JSON.createObjectNode();
          more.putArray("tool_calls")
              .addObject()
              .put("index", i)
              .putObject("function")
              .put("arguments", half);
          chatEvent(events, more, "");
        }
      }
    } else {
      for (String word : words) {
        chatEvent(events, JSON.createObjectNode().put("content", word), "");
      }
    }
    chatEvent(events, JSON.createObjectNode(), stopChat());
    if (request.path("stream_options").path("include_usage").asBoolean()) {
      ObjectNode chunk = chatChunk();
      chunk.putArray("choices");
      chunk.set("usage", chatUsage());
      events.add(data(chunk));
    }
    events.add("data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8));
  }

  private void messagesEvents(List<byte[]> events) {
    ObjectNode start = JSON.createObjectNode().put("type", "message_start");
    ObjectNode message =
        start
            .putObject("message")
            .put("id", "msg_" + provider)
            .put("type", "message")
            .put("role", "assistant")
            .put("model", model);
    message.putArray("content");
    message.putNull("stop_reason").putNull("stop_sequence");
    message.set("usage", messagesUsage(1));
    events.add(event(start));
    events.add(event(JSON.createObjectNode().put("type", "ping")));
    int index = 0;
    if (thinks) {
      ObjectNode block =
          JSON.createObjectNode().put("type", "thinking").put("thinking", "").put("signature", "");
      blockStart(events, index, block);
      blockDelta(events, index, "thinking_delta", "thinking", "Let me think.");
      blockDelta(events, index, "signature_delta", "signature", "sig-" + provider);
      blockStop(events, index++);
    }
    if (calls) {
      for (int i = 0; i < 2; i++) {
        ObjectNode block =
            JSON.createObjectNode()
                .put("type", "tool_use")
                .put("id", "toolu_" + i)
                .put("name", "weather");
        block.putObject("input");
        blockStart(events, index, block);
        for (String half : List.of(city(i).substring(0, 6), city(i).substring(6))) {
          blockDelta(events, index, "input_json_delta", "partial_json", half);
        }
        blockStop(events, index++);
      }
    } else {
      blockStart(events, index, JSON.createObjectNode().put("type", "text").put("text", ""));
      for (String word : words) {
        blockDelta(events, index, "text_delta", "text", word);
      }
      blockStop(events, index);
    }
    ObjectNode delta = JSON.createObjectNode().put("type", "message_delta");
    delta.putObject("delta").put("stop_reason", stopMessages()).putNull("stop_sequence");
    delta.putObject("usage").put("output_tokens", words.size());
    events.add(event(delta));
    events.add(event(JSON.createObjectNode().put("type", "message_stop")));
  }

  private static void blockStart(List<byte[]> events, int index, ObjectNode block) {
    ObjectNode start =
        JSON.createObjectNode().put("type", "content_block_start").put("index", index);
    start.set("content_block", block);
    events.add(event(start));
  }

  private static void blockDelta(
      List<byte[]> events, int index, String type, String field, String text) {
    ObjectNode delta =
        JSON.createObjectNode().put("type", "content_block_delta").put("index", index);
    delta.putObject("delta").put("type", type).put(field, text);
    events.add(event(delta));
  }

  private static void blockStop(List<byte[]> events, int index) {
    events.add(
        event(JSON.createObjectNode().put("type", "content_block_stop").put("index", index)));
  }

  private void responsesEvents(List<byte[]> events) {
    ObjectNode created = JSON.createObjectNode().put("type", "response.created");
    created.set("response", response("in_progress", false));
    add(events, created);
    ObjectNode added =
        JSON.createObjectNode().put("type", "response.output_item.added").put("output_index", 0);
    ObjectNode item = added.putObject("item");
    item.put("id", "item_1")
        .put("type", "message")
        .put("status", "in_progress")
        .put("role", "assistant");
    item.putArray("content");
    add(events, added);
    for (String word : words) {
      add(
          events,
          JSON.createObjectNode()
              .put("type", "response.output_text.delta")
              .put("item_id", "item_1")
              .put("output_index", 0)
              .put("content_index", 0)
              .put("delta", word));
    }
    ObjectNode completed = JSON.createObjectNode().put("type", "response.completed");
    completed.set("response", response("completed", true));
    add(events, completed);
  }

  private static void add(List<byte[]> events, ObjectNode event) {
    events.add(event(event.put("sequence_number", events.size())));
  }

  // ---- errors

  byte[] error(int status) {
    return error(dialect, status);
  }

  static byte[] error(Dialect dialect, int status) {
    return error(dialect, status, "simulated failure " + status);
  }

  static byte[] error(Dialect dialect, int status, String message) {
    ObjectNode root = JSON.createObjectNode();
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
              .put("status", status == 429 ? "RESOURCE_EXHAUSTED" : "UNAVAILABLE");
    }
    return bytes(root);
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
      case 529 -> "overloaded_error";
      default -> "api_error";
    };
  }

  /** An error as an event of a stream. */
  byte[] errorEvent() {
    return switch (dialect) {
      case CHAT, GEMINI -> data(read(new String(error(503), StandardCharsets.UTF_8)));
      case MESSAGES -> named("error", error(529));
      case RESPONSES ->
          named(
              "error",
              bytes(
                  JSON.createObjectNode()
                      .put("type", "error")
                      .put("code", "server_error")
                      .put("message", "simulated failure")
                      .put("sequence_number", 0)));
    };
  }

  /** Something that keeps a connection open and carries nothing. */
  byte[] ping() {
    return dialect == Dialect.MESSAGES
        ? event(JSON.createObjectNode().put("type", "ping"))
        : ": ping\n\n".getBytes(StandardCharsets.UTF_8);
  }

  // ---- bytes

  private static byte[] data(JsonNode json) {
    return ("data: " + json + "\n\n").getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] event(ObjectNode json) {
    return named(json.path("type").asText(), bytes(json));
  }

  private static byte[] named(String name, byte[] json) {
    return ("event: " + name + "\ndata: " + new String(json, StandardCharsets.UTF_8) + "\n\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] bytes(JsonNode json) {
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static JsonNode read(String json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
