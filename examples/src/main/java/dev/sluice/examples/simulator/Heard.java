package dev.sluice.examples.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;

/**
 * What a request asks, in the words of no dialect.
 *
 * @param stream whether it wants a stream
 * @param model whom it asks
 * @param said the user's last words
 * @param media what was sent beside text, each in brackets
 * @param results what the tools said since, in order
 * @param calls how many calls the conversation has
 * @param tools what may be called
 * @param forced the tool that must be called, {@code *} for any; empty: none
 * @param mayCall whether a tool may be called
 * @param parallel whether several may be called at once
 * @param thinks whether the model shall think
 * @param shown whether the client wants to read it
 * @param most tokens of the answer
 * @param stops sequences that end it
 * @param schema of the answer; missing: it is text
 */
record Heard(
    boolean stream,
    String model,
    String said,
    String media,
    List<String> results,
    int calls,
    List<Tool> tools,
    String forced,
    boolean mayCall,
    boolean parallel,
    boolean thinks,
    boolean shown,
    long most,
    List<String> stops,
    JsonNode schema) {
  private static final long ENDLESS = Long.MAX_VALUE;

  Heard {
    results = List.copyOf(results);
    tools = List.copyOf(tools);
    stops = List.copyOf(stops);
  }

  /**
   * A tool.
   *
   * @param schema of its arguments; missing: it takes plain text
   */
  record Tool(String name, JsonNode schema) {}

  static Heard of(Dialect dialect, JsonNode request, String path) {
    return switch (dialect) {
      case CHAT -> chat(request);
      case MESSAGES -> messages(request);
      case RESPONSES -> responses(request);
      case GEMINI -> gemini(request, path);
    };
  }

  /** The conversation, as it is gone through. */
  private static final class Talk {
    private String said = "";
    private final StringBuilder media = new StringBuilder();
    private final List<String> results = new ArrayList<>();
    private int calls;

    void says(String text) {
      said = text;
      results.clear();
    }

    /** What a user said, with parts as OpenAI and Anthropic have them. */
    void content(JsonNode content) {
      if (content.isTextual()) {
        says(content.asText());
        return;
      }
      for (JsonNode part : content) {
        switch (part.path("type").asText()) {
          case "text", "input_text" -> says(part.path("text").asText());
          case "tool_result" ->
              results.add(
                  (part.path("is_error").asBoolean() ? "[error] " : "")
                      + flat(part.path("content")));
          default -> media.append(medium(part));
        }
      }
    }

    private static String flat(JsonNode content) {
      if (content.isTextual()) {
        return content.asText();
      }
      var text = new StringBuilder();
      for (JsonNode part : content) {
        text.append(part.has("text") ? part.path("text").asText() : medium(part));
      }
      return text.toString();
    }

    private static String medium(JsonNode part) {
      JsonNode url = part.path("image_url");
      JsonNode source = part.path("source");
      return switch (part.path("type").asText()) {
        case "image_url" -> " [image " + brief(url.path("url").asText()) + ']';
        case "input_image" -> " [image " + brief(url.asText()) + ']';
        case "image" ->
            source.has("url")
                ? " [image " + source.path("url").asText() + ']'
                : inline("image", source.path("media_type"), source.path("data"));
        default -> "";
      };
    }

    static String inline(String kind, JsonNode type, JsonNode data) {
      return " [" + kind + " " + type.asText() + " " + data.asText().length() + ']';
    }

    private static String brief(String url) {
      int comma = url.indexOf(',');
      return url.startsWith("data:") && comma > 0
          ? url.substring(5, comma).replace(";base64", "") + " " + (url.length() - comma - 1)
          : url;
    }
  }

  private static Heard chat(JsonNode request) {
    var talk = new Talk();
    for (JsonNode message : request.path("messages")) {
      switch (message.path("role").asText()) {
        case "user" -> talk.content(message.path("content"));
        case "tool" -> talk.results.add(Talk.flat(message.path("content")));
        default -> talk.calls += message.path("tool_calls").size();
      }
    }
    var tools = new ArrayList<Tool>();
    for (JsonNode tool : request.path("tools")) {
      JsonNode function = tool.path(tool.path("type").asText());
      tools.add(tool(function.path("name").asText(), function, "parameters", tool));
    }
    JsonNode choice = request.path("tool_choice");
    JsonNode effort = request.path("reasoning_effort");
    return new Heard(
        request.path("stream").asBoolean(),
        request.path("model").asText(),
        talk.said,
        talk.media.toString(),
        talk.results,
        talk.calls,
        tools,
        forced(choice, choice.path("function").path("name").asText()),
        !choice.asText().equals("none"),
        request.path("parallel_tool_calls").asBoolean(true),
        !effort.asText("none").equals("none"),
        true,
        request.path("max_completion_tokens").asLong(request.path("max_tokens").asLong(ENDLESS)),
        texts(request.path("stop")),
        request.path("response_format").path("json_schema").path("schema"));
  }

  private static Heard messages(JsonNode request) {
    var talk = new Talk();
    for (JsonNode message : request.path("messages")) {
      if (message.path("role").asText().equals("user")) {
        talk.content(message.path("content"));
      }
      for (JsonNode block : message.path("content")) {
        talk.calls += block.path("type").asText().equals("tool_use") ? 1 : 0;
      }
    }
    var tools = new ArrayList<Tool>();
    for (JsonNode tool : request.path("tools")) {
      tools.add(new Tool(tool.path("name").asText(), tool.path("input_schema")));
    }
    JsonNode choice = request.path("tool_choice");
    JsonNode thinking = request.path("thinking");
    String type = thinking.path("type").asText();
    return new Heard(
        request.path("stream").asBoolean(),
        request.path("model").asText(),
        talk.said,
        talk.media.toString(),
        talk.results,
        talk.calls,
        tools,
        choice.path("type").asText().equals("any") ? "*" : choice.path("name").asText(),
        !choice.path("type").asText().equals("none"),
        !choice.path("disable_parallel_tool_use").asBoolean(),
        type.equals("enabled") || type.equals("adaptive"),
        !thinking.path("display").asText().equals("omitted"),
        request.path("max_tokens").asLong() - thinking.path("budget_tokens").asLong(),
        texts(request.path("stop_sequences")),
        request.path("output_config").path("format").path("schema"));
  }

  private static Heard responses(JsonNode request) {
    var talk = new Talk();
    if (request.path("input").isTextual()) {
      talk.says(request.path("input").asText());
    }
    for (JsonNode item : request.path("input")) {
      switch (item.path("type").asText("message")) {
        case "message" -> {
          if (item.path("role").asText().equals("user")) {
            talk.content(item.path("content"));
          }
        }
        case "function_call", "custom_tool_call" -> talk.calls++;
        case "function_call_output", "custom_tool_call_output" ->
            talk.results.add(Talk.flat(item.path("output")));
        default -> {}
      }
    }
    var tools = new ArrayList<Tool>();
    for (JsonNode tool : request.path("tools")) {
      tools.add(tool(tool.path("name").asText(), tool, "parameters", tool));
    }
    JsonNode choice = request.path("tool_choice");
    JsonNode reasoning = request.path("reasoning");
    return new Heard(
        request.path("stream").asBoolean(),
        request.path("model").asText(),
        talk.said,
        talk.media.toString(),
        talk.results,
        talk.calls,
        tools,
        forced(choice, choice.path("name").asText()),
        !choice.asText().equals("none"),
        request.path("parallel_tool_calls").asBoolean(true),
        reasoning.isObject() && !reasoning.path("effort").asText().equals("none"),
        reasoning.hasNonNull("summary"),
        request.path("max_output_tokens").asLong(ENDLESS),
        List.of(),
        request.path("text").path("format").path("schema"));
  }

  private static Heard gemini(JsonNode request, String path) {
    var talk = new Talk();
    for (JsonNode turn : request.path("contents")) {
      for (JsonNode part : turn.path("parts")) {
        if (part.has("functionCall")) {
          talk.calls++;
        } else if (part.has("functionResponse")) {
          talk.results.add(result(part.path("functionResponse")));
        } else if (turn.path("role").asText("user").equals("user")) {
          if (part.has("text")) {
            talk.says(part.path("text").asText());
          } else {
            talk.media.append(medium(part));
          }
        }
      }
    }
    var tools = new ArrayList<Tool>();
    for (JsonNode tool : request.path("tools")) {
      for (JsonNode function : tool.path("functionDeclarations")) {
        tools.add(
            new Tool(
                function.path("name").asText(),
                either(function, "parametersJsonSchema", "parameters")));
      }
    }
    JsonNode calling = request.path("toolConfig").path("functionCallingConfig");
    String mode = calling.path("mode").asText();
    JsonNode config = request.path("generationConfig");
    JsonNode thinking = config.path("thinkingConfig");
    String model = path.replaceAll(".*/models/([^:]*):.*", "$1");
    boolean always = GeminiRules.signs(model);
    return new Heard(
        path.contains(":streamGenerateContent"),
        model,
        talk.said,
        talk.media.toString(),
        talk.results,
        talk.calls,
        tools,
        mode.equals("ANY") ? calling.path("allowedFunctionNames").path(0).asText("*") : "",
        !mode.equals("NONE"),
        true,
        always || (thinking.isObject() && thinking.path("thinkingBudget").asInt(1) != 0),
        thinking.path("includeThoughts").asBoolean(),
        config.path("maxOutputTokens").asLong(ENDLESS),
        texts(config.path("stopSequences")),
        either(config, "responseJsonSchema", "responseSchema"));
  }

  private static String result(JsonNode functionResponse) {
    JsonNode response = functionResponse.path("response");
    var text = new StringBuilder();
    if (response.has("error")) {
      text.append("[error] ").append(flatValue(response.path("error")));
    } else {
      text.append(flatValue(either(response, "output", "result")));
    }
    for (JsonNode part : functionResponse.path("parts")) {
      text.append(medium(part));
    }
    return text.toString();
  }

  private static String flatValue(JsonNode value) {
    return value.isTextual() || value.isMissingNode() ? value.asText() : value.toString();
  }

  private static String medium(JsonNode part) {
    JsonNode data = part.path("inlineData");
    JsonNode file = part.path("fileData");
    if (data.isObject()) {
      String kind = data.path("mimeType").asText().replaceAll("/.*", "");
      return Talk.inline(kind, data.path("mimeType"), data.path("data"));
    }
    return file.isObject() ? " [image " + file.path("fileUri").asText() + ']' : "";
  }

  private static JsonNode either(JsonNode object, String first, String second) {
    return object.has(first) ? object.path(first) : object.path(second);
  }

  private static Tool tool(String name, JsonNode function, String schema, JsonNode tool) {
    return new Tool(
        name,
        tool.path("type").asText().equals("custom")
            ? MissingNode.getInstance()
            : function.has(schema) ? function.path(schema) : Wire.object());
  }

  private static String forced(JsonNode choice, String name) {
    return choice.asText().equals("required") ? "*" : name;
  }

  private static List<String> texts(JsonNode texts) {
    var list = new ArrayList<String>();
    if (texts instanceof TextNode text) {
      list.add(text.asText());
    }
    texts.forEach(text -> list.add(text.asText()));
    return list;
  }
}
