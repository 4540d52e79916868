package dev.sluice.examples.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What OpenAI refuses in Chat Completions; {@code reasoning_content} is taken back, as the makers
 * who added it do.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/chat">OpenAI, Chat Completions</a>
 */
final class ChatRules {
  private static final Set<String> FIELDS =
      Set.of(
          "messages",
          "model",
          "audio",
          "frequency_penalty",
          "function_call",
          "functions",
          "logit_bias",
          "logprobs",
          "max_completion_tokens",
          "max_tokens",
          "metadata",
          "modalities",
          "n",
          "parallel_tool_calls",
          "prediction",
          "presence_penalty",
          "prompt_cache_key",
          "prompt_cache_retention",
          "reasoning_effort",
          "response_format",
          "safety_identifier",
          "seed",
          "service_tier",
          "stop",
          "store",
          "stream",
          "stream_options",
          "temperature",
          "tool_choice",
          "tools",
          "top_logprobs",
          "top_p",
          "user",
          "verbosity",
          "web_search_options");
  private static final Map<String, Set<String>> MESSAGES =
      Map.of(
          "system", Set.of("role", "content", "name"),
          "developer", Set.of("role", "content", "name"),
          "user", Set.of("role", "content", "name"),
          "tool", Set.of("role", "content", "tool_call_id"),
          "assistant",
              Set.of(
                  "role",
                  "content",
                  "name",
                  "refusal",
                  "annotations",
                  "audio",
                  "tool_calls",
                  "function_call",
                  "reasoning_content"));
  private static final Map<String, Set<String>> PARTS =
      Map.of(
          "system", Set.of("text"),
          "developer", Set.of("text"),
          "user", Set.of("text", "image_url", "file", "input_audio"),
          "tool", Set.of("text"),
          "assistant", Set.of("text", "refusal"));
  private static final Set<String> EFFORTS =
      Set.of("none", "minimal", "low", "medium", "high", "xhigh");
  private static final Set<String> VOICES =
      Set.of(
          "alloy", "ash", "ballad", "cedar", "coral", "echo", "fable", "marin", "nova", "onyx",
          "sage", "shimmer", "verse");
  private static final int LONGEST_ID = 40;
  private static final int MOST_STOPS = 4;

  private ChatRules() {}

  static void check(JsonNode request) {
    Complaint.fields(request, FIELDS, name -> "Unrecognized request argument supplied: " + name);
    Complaint.unless(
        request.path("messages").size() > 0, "Missing required parameter: 'messages'.");
    Complaint.unless(
        !request.has("max_tokens") || !request.has("max_completion_tokens"),
        "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.");
    Complaint.unless(
        !request.has("stream_options") || request.path("stream").asBoolean(),
        "The 'stream_options' parameter is only allowed when 'stream' is enabled.");
    Complaint.unless(
        EFFORTS.contains(request.path("reasoning_effort").asText("none")),
        "Invalid value: 'reasoning_effort'.");
    Complaint.unless(request.path("stop").size() <= MOST_STOPS, "Invalid 'stop': array too long.");
    Complaint.unless(
        VOICES.contains(request.path("audio").path("voice").asText("alloy")),
        "Invalid value: 'audio.voice'.");
    reasoning(request, request.path("reasoning_effort"));
    Complaint.unless(
        request.path("metadata").isEmpty() || request.path("store").asBoolean(),
        "The 'metadata' parameter is only allowed when 'store' is enabled.");
    tools(request);
    format(request);
    messages(request.path("messages"));
  }

  /** OpenAI's own; what others serve under other names knows functions alone. */
  private static boolean openAis(String model) {
    return model.matches("gpt-.*|o[1-9].*|chatgpt-.*") && !model.startsWith("gpt-oss");
  }

  /** What a model refuses while it thinks, and those that do at all. */
  static void reasoning(JsonNode request, JsonNode effort) {
    String model = request.path("model").asText();
    if (!model.matches("(gpt-5|o[1-9]).*") || model.contains("-chat")) {
      return;
    }
    boolean quiet = model.matches("gpt-5\\.[1-4].*") && !model.matches(".*-(codex|pro)\\b.*");
    for (String name : Set.of("temperature", "top_p")) {
      Complaint.unless(
          effort.asText(quiet ? "none" : "medium").equals("none")
              || request.path(name).asDouble(1) == 1,
          "Unsupported value: '"
              + name
              + "' does not support "
              + request.path(name)
              + " with this model. Only the default (1) value is supported.");
    }
    Complaint.unless(
        effort.asText(quiet ? "none" : "medium").equals("none")
            || !(request.path("logprobs").asBoolean() || request.has("top_logprobs")),
        "logprobs are not supported with reasoning models.");
    for (String name : Set.of("presence_penalty", "frequency_penalty")) {
      Complaint.unless(
          request.path(name).asDouble() == 0,
          "Unsupported parameter: '" + name + "' is not supported with this model.");
    }
    Complaint.unless(
        !request.has("stop") || model.matches("gpt-5\\.([5-9]|\\d\\d).*"),
        "Unsupported parameter: 'stop' is not supported with this model.");
  }

  private static void tools(JsonNode request) {
    boolean has = request.path("tools").size() > 0;
    for (String name : Set.of("tool_choice", "parallel_tool_calls")) {
      Complaint.unless(
          has || !request.has(name), "'" + name + "' is only allowed when 'tools' are specified.");
    }
    Complaint.unless(!request.has("tools") || has, "[] is too short - 'tools'");
    for (JsonNode tool : request.path("tools")) {
      String type = tool.path("type").asText();
      Complaint.unless(
          type.equals("function") || type.equals("custom"), "Invalid value: 'tools[].type'.");
      Complaint.unless(
          type.equals("function") || openAis(request.path("model").asText()),
          "tools[0].type: Input should be 'function'");
      JsonNode function = tool.path(type);
      Complaint.unless(
          function.path("name").asText().matches("[a-zA-Z0-9_-]{1,64}"),
          "Invalid 'tools[0].function.name': string does not match pattern.");
      if (type.equals("function")) {
        Complaint.fields(
            function,
            Set.of("name", "description", "parameters", "strict"),
            name -> "Unknown parameter: 'tools[0].function." + name + "'.");
        schema(
            function.path("name").asText(),
            function.path("parameters"),
            function.path("strict").asBoolean());
      }
    }
  }

  /** A function's arguments. */
  static void schema(String name, JsonNode schema, boolean strict) {
    Complaint.unless(
        schema.isMissingNode() || schema.path("type").asText().equals("object"),
        "Invalid schema for function '"
            + name
            + "': schema must be a JSON Schema of 'type: \"object\"'.");
    Complaint.unless(
        schema.isMissingNode() || schema.path("properties").isObject(),
        "Invalid schema for function '"
            + name
            + "': In context=(), object schema missing properties.");
    Complaint.unless(
        !strict || Complaint.closed(schema, true),
        "Invalid schema for function '"
            + name
            + "': 'additionalProperties' is required to be supplied and to be false.");
  }

  private static void format(JsonNode request) {
    JsonNode format = request.path("response_format");
    JsonNode schema = format.path("json_schema");
    String type = format.path("type").asText();
    Complaint.unless(
        !type.equals("json_schema") || schema.path("name").asText().matches("[a-zA-Z0-9_-]{1,64}"),
        "Missing required parameter: 'response_format.json_schema.name'.");
    Complaint.unless(
        !schema.path("strict").asBoolean() || Complaint.closed(schema.path("schema"), true),
        "Invalid schema for response_format: 'additionalProperties' is required to be supplied and"
            + " to be false.");
    Complaint.unless(
        !type.equals("json_object")
            || request.path("messages").toString().toLowerCase(Locale.ROOT).contains("json"),
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type"
            + " 'json_object'.");
  }

  private static void messages(JsonNode messages) {
    var open = new HashSet<String>();
    for (JsonNode message : messages) {
      String role = message.path("role").asText();
      Set<String> known = MESSAGES.getOrDefault(role, Set.of());
      Complaint.unless(!known.isEmpty(), "Invalid value: '" + role + "'.");
      Complaint.fields(message, known, name -> "Unknown parameter: 'messages[]." + name + "'.");
      content(role, message);
      if (role.equals("tool")) {
        Complaint.unless(
            open.remove(message.path("tool_call_id").asText()),
            "Invalid parameter: messages with role 'tool' must be a response to a preceding message"
                + " with 'tool_calls'.");
        continue;
      }
      Complaint.unless(
          open.isEmpty(),
          "An assistant message with 'tool_calls' must be followed by tool messages responding to"
              + " each 'tool_call_id'.");
      for (JsonNode call : message.path("tool_calls")) {
        String id = call.path("id").asText();
        Complaint.unless(
            !id.isEmpty() && id.length() <= LONGEST_ID,
            "Invalid 'messages[].tool_calls[].id': string too long.");
        Complaint.unless(open.add(id), "Duplicate value for 'tool_call_id' of '" + id + "'.");
        Complaint.unless(
            call.path("function").path("arguments").isTextual()
                || call.path("custom").path("input").isTextual(),
            "Invalid type for 'messages[].tool_calls[].function.arguments': expected a string.");
      }
    }
    Complaint.unless(
        open.isEmpty(),
        "An assistant message with 'tool_calls' must be followed by tool messages responding to"
            + " each 'tool_call_id'.");
  }

  private static void content(String role, JsonNode message) {
    JsonNode content = message.path("content");
    if (content.isTextual()) {
      return;
    }
    if (content.isNull() || content.isMissingNode()) {
      Complaint.unless(
          role.equals("assistant")
              && (message.path("tool_calls").size() > 0 || message.hasNonNull("refusal")),
          "Invalid value for 'content': expected a string, got null.");
      return;
    }
    Complaint.unless(!content.isEmpty(), "Invalid 'messages[].content': empty array.");
    for (JsonNode part : content) {
      String type = part.path("type").asText();
      Complaint.unless(
          PARTS.getOrDefault(role, Set.of()).contains(type),
          "Invalid value: '" + type + "' in a message of role '" + role + "'.");
      if (type.equals("image_url")) {
        image(part.path("image_url").path("url").asText());
      }
      JsonNode file = part.path("file");
      Complaint.unless(
          !file.has("file_data") || file.hasNonNull("filename"),
          "Missing required parameter: 'messages[].content[].file.file_id'.");
    }
  }

  /** An image's address. */
  static void image(String url) {
    Complaint.unless(
        url.startsWith("https://")
            || url.startsWith("http://")
            || url.matches("(?s)data:image/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+=*"),
        "Invalid image URL: expected a base64-encoded data URL with an image MIME type.");
  }
}
