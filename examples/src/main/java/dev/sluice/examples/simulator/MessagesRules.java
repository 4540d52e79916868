package dev.sluice.examples.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What Anthropic refuses.
 *
 * @see <a href="https://platform.claude.com/docs/en/api/messages">Anthropic, Messages</a>
 * @see <a href="https://platform.claude.com/docs/en/build-with-claude/extended-thinking">Anthropic,
 *     extended thinking</a>
 */
record MessagesRules(JsonNode request, Seals seals) {
  private static final Pattern MODEL = Pattern.compile("claude-([a-z]+)-(\\d)(?:-(\\d)\\b)?.*");

  /** What no schema may say that the model is held to. */
  private static final Set<String> BOUNDS =
      Set.of(
          "minimum",
          "maximum",
          "exclusiveMinimum",
          "exclusiveMaximum",
          "multipleOf",
          "minLength",
          "maxLength",
          "maxItems",
          "uniqueItems",
          "oneOf");

  private static final Set<String> FIELDS =
      Set.of(
          "model",
          "messages",
          "max_tokens",
          "system",
          "metadata",
          "stop_sequences",
          "stream",
          "temperature",
          "top_k",
          "top_p",
          "thinking",
          "tool_choice",
          "tools",
          "service_tier",
          "container",
          "context_management",
          "cache_control",
          "inference_geo",
          "mcp_servers",
          "output_config");
  private static final Map<String, Set<String>> BLOCKS =
      Map.of(
          "text", Set.of("type", "text", "cache_control", "citations"),
          "image", Set.of("type", "source", "cache_control"),
          "document", Set.of("type", "source", "title", "context", "citations", "cache_control"),
          "tool_use", Set.of("type", "id", "name", "input", "cache_control", "caller"),
          "tool_result", Set.of("type", "tool_use_id", "content", "is_error", "cache_control"),
          "thinking", Set.of("type", "thinking", "signature"),
          "redacted_thinking", Set.of("type", "data"));
  private static final Set<String> TOOL =
      Set.of(
          "type",
          "name",
          "description",
          "input_schema",
          "cache_control",
          "strict",
          "eager_input_streaming",
          "input_examples",
          "defer_loading",
          "allowed_callers");
  private static final Set<String> IMAGES =
      Set.of("image/jpeg", "image/png", "image/gif", "image/webp");
  private static final int LEAST_BUDGET = 1024;
  private static final int MOST_MARKS = 4;

  void check() {
    Complaint.fields(request, FIELDS, name -> name + ": Extra inputs are not permitted");
    Complaint.unless(
        request.path("max_tokens").isIntegralNumber() && request.path("max_tokens").asLong() > 0,
        "max_tokens: Field required");
    Complaint.unless(request.path("messages").size() > 0, "messages: Field required");
    Complaint.unless(
        request.findValues("cache_control").stream().filter(JsonNode::isObject).count()
            <= MOST_MARKS,
        "A maximum of 4 blocks with cache_control may be provided.");
    for (JsonNode block : request.path("system")) {
      Complaint.unless(
          block.path("type").asText().equals("text"), "system: Input should be 'text'");
      block("system.0", block);
    }
    sampling();
    tools();
    thinking();
    JsonNode format = request.path("output_config").path("format");
    Complaint.unless(
        format.isMissingNode() || format.path("type").asText().equals("json_schema"),
        "output_config.format.type: Input should be 'json_schema'");
    Complaint.unless(
        Complaint.closed(format.path("schema"), false),
        "output_config.format.schema: For 'object' type, 'additionalProperties' must be explicitly"
            + " set to false");
    held("output_config.format.schema", format.path("schema"));
    Complaint.unless(
        !request.path("output_config").has("effort") || version() != 45 || family().equals("opus"),
        "This model does not support the effort parameter.");
    messages();
  }

  /** 46 is 4.6; 0: not Claude. */
  private int version() {
    var name = MODEL.matcher(request.path("model").asText());
    if (!name.matches()) {
      return 0;
    }
    String minor = name.group(3);
    return Integer.parseInt(name.group(2)) * 10 + (minor == null ? 0 : Integer.parseInt(minor));
  }

  private String family() {
    var name = MODEL.matcher(request.path("model").asText());
    return name.matches() ? name.group(1) : "";
  }

  private static void held(String path, JsonNode schema) {
    for (String word : BOUNDS) {
      Complaint.unless(
          schema.findParent(word) == null, path + ": property " + word + " is not supported");
    }
  }

  private boolean budget() {
    return request.path("thinking").path("type").asText().equals("enabled");
  }

  private boolean thinks() {
    String type = request.path("thinking").path("type").asText(version() < 50 ? "" : "adaptive");
    return budget() || type.equals("adaptive");
  }

  private void sampling() {
    JsonNode temperature = request.path("temperature");
    for (String name : Set.of("temperature", "top_p", "top_k")) {
      Complaint.unless(
          version() < 47 || !request.has(name), "`" + name + "` is not supported on this model.");
    }
    Complaint.unless(
        temperature.isMissingNode() || (temperature.asDouble() >= 0 && temperature.asDouble() <= 1),
        "temperature: range: 0..1");
    Complaint.unless(
        !thinks() || temperature.asDouble(1) == 1,
        "`temperature` may only be set to 1 when thinking is enabled.");
    Complaint.unless(
        !thinks() || !request.has("top_k"), "`top_k` must be unset when thinking is enabled.");
    for (JsonNode stop : request.path("stop_sequences")) {
      Complaint.unless(
          !stop.asText().isBlank(),
          "stop_sequences: each stop sequence must contain non-whitespace");
    }
    JsonNode metadata = request.path("metadata");
    Complaint.fields(
        metadata, Set.of("user_id"), n -> "metadata." + n + ": Extra inputs are not permitted");
  }

  private void tools() {
    var names = new HashSet<String>();
    for (JsonNode tool : request.path("tools")) {
      Complaint.fields(tool, TOOL, name -> "tools." + name + ": Extra inputs are not permitted");
      String name = tool.path("name").asText();
      Complaint.unless(
          name.matches("[a-zA-Z0-9_-]{1,128}"),
          "tools.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'");
      Complaint.unless(names.add(name), "tools: Tool names must be unique.");
      Complaint.unless(
          tool.path("input_schema").path("type").asText().equals("object"),
          "tools.input_schema.type: Input should be 'object'");
      if (tool.path("strict").asBoolean()) {
        Complaint.unless(
            Complaint.closed(tool.path("input_schema"), false),
            "tools.custom: For 'object' type, 'additionalProperties' must be explicitly set to"
                + " false");
        held("tools.custom", tool.path("input_schema"));
      }
    }
    JsonNode choice = request.path("tool_choice");
    if (choice.isMissingNode()) {
      return;
    }
    String type = choice.path("type").asText();
    Complaint.unless(!names.isEmpty(), "tool_choice may only be specified while providing tools.");
    Complaint.unless(
        Set.of("auto", "any", "tool", "none").contains(type), "tool_choice: unexpected " + type);
    Complaint.unless(
        !type.equals("tool") || names.contains(choice.path("name").asText()),
        "Tool '" + choice.path("name").asText() + "' not found in provided tools");
    Complaint.unless(
        type.equals("auto") || type.equals("none") || version() < 55 || family().equals("haiku"),
        "tool_choice: forced tool use is not supported on this model.");
    Complaint.unless(
        !thinks() || type.equals("auto") || type.equals("none"),
        "Thinking may not be enabled when tool_choice forces tool use.");
  }

  private void thinking() {
    JsonNode thinking = request.path("thinking");
    Complaint.fields(
        thinking,
        Set.of("type", "budget_tokens", "display"),
        name -> "thinking." + name + ": Extra inputs are not permitted");
    String type = thinking.path("type").asText("adaptive");
    boolean free = version() >= 55 && !family().equals("haiku");
    Complaint.unless(
        !(budget() && version() >= 47)
            && !(type.equals("disabled") && free)
            && !(type.equals("between_tools") && !(free && family().equals("sonnet"))),
        "\"thinking.type." + type + "\" is not supported for this model.");
    if (budget()) {
      long tokens = thinking.path("budget_tokens").asLong();
      Complaint.unless(
          tokens >= LEAST_BUDGET,
          "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024");
      Complaint.unless(
          request.path("max_tokens").asLong() > tokens,
          "`max_tokens` must be greater than `thinking.budget_tokens`.");
    }
  }

  private void messages() {
    var used = new HashSet<String>();
    var open = new HashSet<String>();
    String last = "";
    int at = 0;
    for (JsonNode message : request.path("messages")) {
      String path = "messages." + at++;
      Complaint.fields(
          message,
          Set.of("role", "content"),
          name -> path + "." + name + ": Extra inputs are not permitted");
      String role = message.path("role").asText();
      Complaint.unless(
          role.equals("user")
              || role.equals("assistant")
              || (role.equals("system") && version() >= 48 && last.equals("user")),
          path + ".role: Input should be 'user' or 'assistant'");
      Complaint.unless(
          !last.equals("system") || role.equals("assistant"),
          path + ".role: instructions must stand in front of an answer");
      Complaint.unless(
          !role.equals(last), "messages: roles must alternate between \"user\" and \"assistant\"");
      Complaint.unless(
          !last.isEmpty() || role.equals("user"),
          "messages: first message must use the \"user\" role");
      last = role;
      JsonNode content = message.path("content");
      Complaint.unless(
          content.isTextual() ? !content.asText().isEmpty() : content.size() > 0,
          path + ": all messages must have non-empty content");
      if (role.equals("user")) {
        answered(path, content, open);
      } else if (role.equals("assistant")) {
        open.addAll(called(path, content, used));
      }
    }
    Complaint.unless(
        version() < 46 || !last.equals("assistant"),
        "This model does not support assistant message prefill. The conversation must end with a"
            + " user message.");
    Complaint.unless(open.isEmpty(), "`tool_use` ids were found without `tool_result` blocks");
    Complaint.unless(
        used.isEmpty() || request.path("tools").size() > 0,
        "Requests which include `tool_use` or `tool_result` blocks must define tools");
    if (budget()) {
      resumed();
    }
  }

  private void answered(String path, JsonNode content, Set<String> open) {
    boolean others = false;
    for (JsonNode block : content) {
      block(path, block);
      String type = block.path("type").asText();
      Complaint.unless(
          Set.of("text", "image", "document", "tool_result").contains(type),
          path + ": " + type + " blocks cannot be in user messages");
      if (type.equals("tool_result")) {
        Complaint.unless(!others, path + ": `tool_result` blocks must come first");
        Complaint.unless(
            open.remove(block.path("tool_use_id").asText()),
            path
                + ": unexpected `tool_use_id` found in `tool_result` blocks: "
                + block.path("tool_use_id").asText());
      } else {
        others = true;
      }
    }
    Complaint.unless(
        open.isEmpty(),
        path + ": `tool_use` ids were found without `tool_result` blocks immediately after");
  }

  private Set<String> called(String path, JsonNode content, Set<String> used) {
    var called = new HashSet<String>();
    for (JsonNode block : content) {
      block(path, block);
      String type = block.path("type").asText();
      Complaint.unless(
          !type.equals("tool_result") && !type.equals("image"),
          path + ": " + type + " blocks can only be in user messages");
      if (type.equals("tool_use")) {
        String id = block.path("id").asText();
        Complaint.unless(
            id.matches("[a-zA-Z0-9_-]+"),
            path + ".tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'");
        Complaint.unless(used.add(id), path + ": `tool_use` ids must be unique");
        Complaint.unless(
            block.path("input").isObject(),
            path + ".tool_use.input: Input should be a valid dictionary");
        called.add(id);
      }
    }
    return called;
  }

  private void block(String path, JsonNode block) {
    String type = block.path("type").asText();
    Set<String> known = BLOCKS.get(type);
    Complaint.unless(known != null, path + ": Input tag '" + type + "' found is unknown");
    if (known != null) {
      Complaint.fields(
          block,
          known,
          name -> path + "." + type + "." + name + ": Extra inputs are not permitted");
    }
    switch (type) {
      case "text" ->
          Complaint.unless(
              !block.path("text").asText().isBlank(),
              path + ": text content blocks must contain non-whitespace text");
      case "thinking" -> {
        String text = block.path("thinking").asText();
        Complaint.unless(
            seals
                .open(block.path("signature").asText())
                .filter(s -> text.isEmpty() || text.equals(s))
                .isPresent(),
            path + ": Invalid `signature` in `thinking` block");
      }
      case "redacted_thinking" ->
          Complaint.unless(
              seals.open(block.path("data").asText()).isPresent(),
              path + ": Invalid `data` in `redacted_thinking` block");
      case "image" -> {
        JsonNode source = block.path("source");
        if (source.path("type").asText().equals("base64")) {
          Complaint.unless(
              IMAGES.contains(source.path("media_type").asText()),
              path + ".image.source.media_type: Input should be an image's");
          Complaint.unless(
              Complaint.base64(source.path("data")), path + ".image.source: invalid base64 data");
        }
      }
      case "tool_result" -> {
        for (JsonNode inner : block.path("content")) {
          block(path + ".content", inner);
        }
      }
      default -> {}
    }
  }

  /** A turn that goes on after tool calls must have begun with thinking. */
  private void resumed() {
    JsonNode messages = request.path("messages");
    for (int i = messages.size() - 1; i > 0; i--) {
      JsonNode content = messages.get(i).path("content");
      boolean goesOn = content.path(0).path("type").asText().equals("tool_result");
      if (!goesOn) {
        return;
      }
      JsonNode first = messages.get(i - 1).path("content").path(0).path("type");
      Complaint.unless(
          first.asText().endsWith("thinking"),
          "messages."
              + (i - 1)
              + ".content.0.type: Expected `thinking` or `redacted_thinking`, but found `"
              + first.asText()
              + "`. When `thinking` is enabled, a final `assistant` message must start with a"
              + " thinking block");
      return;
    }
  }
}
