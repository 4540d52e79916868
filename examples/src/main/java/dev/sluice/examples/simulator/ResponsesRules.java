package dev.sluice.examples.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What OpenAI refuses in Responses. It keeps no answers, as with {@code store: false}.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses">OpenAI, Responses</a>
 * @see <a href="https://platform.openai.com/docs/guides/reasoning">OpenAI, reasoning</a>
 */
record ResponsesRules(JsonNode request, Seals seals) {
  private static final String ENCRYPTED = "reasoning.encrypted_content";
  private static final Set<String> FIELDS =
      Set.of(
          "background",
          "context_management",
          "conversation",
          "include",
          "input",
          "instructions",
          "max_output_tokens",
          "max_tool_calls",
          "metadata",
          "model",
          "parallel_tool_calls",
          "previous_response_id",
          "prompt",
          "prompt_cache_key",
          "prompt_cache_retention",
          "reasoning",
          "safety_identifier",
          "service_tier",
          "store",
          "stream",
          "stream_options",
          "temperature",
          "text",
          "tool_choice",
          "tools",
          "top_logprobs",
          "top_p",
          "truncation",
          "user");
  private static final Map<String, Set<String>> ITEMS =
      Map.of(
          "message", Set.of("type", "id", "role", "content", "status", "phase"),
          "reasoning", Set.of("type", "id", "summary", "content", "encrypted_content", "status"),
          "function_call",
              Set.of("type", "id", "call_id", "name", "arguments", "status", "namespace"),
          "function_call_output", Set.of("type", "id", "call_id", "output", "status"),
          "custom_tool_call",
              Set.of("type", "id", "call_id", "name", "input", "status", "namespace"),
          "custom_tool_call_output", Set.of("type", "id", "call_id", "output", "status"));
  private static final Map<String, String> PREFIXES =
      Map.of(
          "message", "msg",
          "reasoning", "rs",
          "function_call", "fc",
          "custom_tool_call", "ctc");
  private static final Set<String> EFFORTS =
      Set.of("none", "minimal", "low", "medium", "high", "xhigh");
  private static final int LEAST = 16;
  private static final int LONGEST_ID = 64;

  /** Whether reasoning comes with what only the provider can read. */
  static boolean encrypted(JsonNode request) {
    for (JsonNode include : request.path("include")) {
      if (include.asText().equals(ENCRYPTED)) {
        return true;
      }
    }
    return false;
  }

  void check() {
    Complaint.fields(request, FIELDS, name -> "Unknown parameter: '" + name + "'.");
    JsonNode input = request.path("input");
    Complaint.unless(input.isTextual() || input.size() > 0, "Missing required parameter: 'input'.");
    Complaint.unless(
        request.path("max_output_tokens").asLong(LEAST) >= LEAST,
        "Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16.");
    JsonNode reasoning = request.path("reasoning");
    Complaint.fields(
        reasoning,
        Set.of("effort", "summary", "generate_summary"),
        name -> "Unknown parameter: 'reasoning." + name + "'.");
    Complaint.unless(
        EFFORTS.contains(reasoning.path("effort").asText("none")),
        "Invalid value: 'reasoning.effort'.");
    Complaint.unless(
        Set.of("auto", "concise", "detailed").contains(reasoning.path("summary").asText("auto"))
            || reasoning.path("summary").isNull(),
        "Invalid value: 'reasoning.summary'.");
    ChatRules.reasoning(request, reasoning.path("effort"));
    tools();
    format();
    Complaint.unless(
        !request.path("text").path("format").path("type").asText().equals("json_object")
            || input.toString().toLowerCase(Locale.ROOT).contains("json"),
        "Response input messages must contain the word 'json' in some form to use 'text.format' of"
            + " type 'json_object'.");
    items(input);
  }

  private void tools() {
    for (JsonNode tool : request.path("tools")) {
      String type = tool.path("type").asText();
      String name = tool.path("name").asText();
      if (type.equals("function") || type.equals("custom")) {
        Complaint.unless(
            name.matches("[a-zA-Z0-9_-]{1,64}"), "Invalid 'tools[0].name': '" + name + "'.");
      }
      if (type.equals("function")) {
        Complaint.fields(
            tool,
            Set.of("type", "name", "description", "parameters", "strict"),
            field -> "Unknown parameter: 'tools[0]." + field + "'.");
        ChatRules.schema(name, tool.path("parameters"), tool.path("strict").asBoolean());
      }
    }
    JsonNode choice = request.path("tool_choice");
    Complaint.unless(
        choice.asText("auto").matches("|auto|none|required"), "Invalid value: 'tool_choice'.");
    Complaint.unless(
        request.path("tools").size() > 0
            || choice.isMissingNode()
            || choice.asText().equals("auto"),
        "Tool choice must be 'auto' where there are no tools.");
  }

  private void format() {
    JsonNode text = request.path("text");
    Complaint.fields(
        text, Set.of("format", "verbosity"), name -> "Unknown parameter: 'text." + name + "'.");
    JsonNode format = text.path("format");
    Complaint.unless(
        !format.path("type").asText().equals("json_schema")
            || format.path("name").asText().matches("[a-zA-Z0-9_-]{1,64}"),
        "Missing required parameter: 'text.format.name'.");
    // Where nothing is said it is strict, as OpenAI's SDKs document it.
    Complaint.unless(
        !format.path("strict").asBoolean() || Complaint.closed(format.path("schema"), true),
        "Invalid schema for response_format: 'additionalProperties' is required to be supplied and"
            + " to be false.");
  }

  private void items(JsonNode input) {
    var open = new HashSet<String>();
    var thoughts = new HashSet<String>();
    boolean thought = false;
    int at = 0;
    for (JsonNode item : input) {
      String path = "input[" + at++ + "]";
      String type = item.path("type").asText("message");
      Set<String> known = ITEMS.getOrDefault(type, Set.of());
      Complaint.unless(!known.isEmpty(), "Invalid value: '" + type + "' at '" + path + ".type'.");
      Complaint.fields(item, known, name -> "Unknown parameter: '" + path + "." + name + "'.");
      String id = item.path("id").asText();
      String prefix = PREFIXES.getOrDefault(type, "");
      Complaint.unless(
          !item.hasNonNull("id") || id.startsWith(prefix),
          "Invalid '"
              + path
              + ".id': '"
              + id
              + "'. Expected an ID that begins with '"
              + prefix
              + "'.");
      Complaint.unless(
          !item.hasNonNull("id") || id.length() <= LONGEST_ID,
          "Invalid '" + path + ".id': string too long.");
      Complaint.unless(
          !thought || !item.path("role").asText().equals("user"),
          "Item of type 'reasoning' was provided without its required following item.");
      thought = type.equals("reasoning");
      switch (type) {
        case "message" -> message(path, item);
        case "reasoning" -> {
          reasoning(path, item);
          thoughts.add(id);
        }
        case "function_call", "custom_tool_call" -> {
          String call = item.path("call_id").asText();
          Complaint.unless(
              !call.isEmpty() && call.length() <= LONGEST_ID,
              "Invalid '" + path + ".call_id': string too long.");
          Complaint.unless(open.add(call), "Duplicate item found with call id " + call + ".");
          Complaint.unless(
              item.path(type.equals("function_call") ? "arguments" : "input").isTextual(),
              "Missing required parameter: '" + path + ".arguments'.");
          String about = id.replaceAll("^(fc_|ctc_)(rs_.*)_\\d+$", "$2");
          Complaint.unless(
              !about.startsWith("rs_") || thoughts.contains(about),
              "Item '"
                  + id
                  + "' of type '"
                  + type
                  + "' was provided without its required 'reasoning' item: '"
                  + about
                  + "'.");
        }
        default -> {
          String call = item.path("call_id").asText();
          Complaint.unless(
              open.remove(call),
              "No tool call found for function call output with call_id " + call);
          JsonNode output = item.path("output");
          Complaint.unless(
              output.isTextual() || output.isArray(),
              "Missing required parameter: '" + path + ".output'.");
          parts(path + ".output", output, Set.of("input_text", "input_image", "input_file"));
        }
      }
    }
    Complaint.unless(open.isEmpty(), "No tool output found for function call " + open + ".");
  }

  private static void message(String path, JsonNode item) {
    String role = item.path("role").asText();
    Complaint.unless(
        Set.of("user", "system", "developer", "assistant").contains(role),
        "Invalid value: '" + role + "' at '" + path + ".role'.");
    JsonNode content = item.path("content");
    Complaint.unless(
        content.isTextual() || content.isArray(),
        "Missing required parameter: '" + path + ".content'.");
    parts(
        path + ".content",
        content,
        role.equals("assistant")
            ? Set.of("output_text", "refusal")
            : Set.of("input_text", "input_image", "input_file"));
  }

  private static void parts(String path, JsonNode parts, Set<String> known) {
    for (JsonNode part : parts) {
      String type = part.path("type").asText();
      Complaint.unless(
          known.contains(type),
          "Invalid value: '" + type + "' at '" + path + "'. Supported values are: " + known + ".");
      if (type.equals("input_image") && part.hasNonNull("image_url")) {
        ChatRules.image(part.path("image_url").asText());
      }
    }
  }

  private void reasoning(String path, JsonNode item) {
    Complaint.unless(
        item.path("summary").isArray(), "Missing required parameter: '" + path + ".summary'.");
    String id = item.path("id").asText();
    JsonNode encrypted = item.path("encrypted_content");
    Complaint.unless(
        encrypted.isTextual(),
        "Item with id '"
            + id
            + "' not found. Items are not persisted when `store` is set to false.");
    String sealed = seals.open(encrypted.asText()).orElse("");
    Complaint.unless(
        !sealed.isEmpty(), "The encrypted content for item " + id + " could not be verified.");
    Complaint.unless(
        !item.hasNonNull("id") || sealed.startsWith(id + "\n"),
        "Encrypted content item_id did not match the target item id.");
  }
}
