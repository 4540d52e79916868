package dev.sluice.examples.simulator;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * What Google refuses in generateContent; from Gemini 3 on a call without its signature too.
 *
 * @see <a href="https://ai.google.dev/api/generate-content">Gemini API, generateContent</a>
 * @see <a href="https://ai.google.dev/gemini-api/docs/thought-signatures">Gemini API, thought
 *     signatures</a>
 */
record GeminiRules(JsonNode request, String model, Seals seals) {
  /** What Google documents for calls that no Gemini made. */
  private static final Set<String> SKIPS =
      Set.of("skip_thought_signature_validator", "context_engineering_is_the_way_to_go");

  private static final String CONTINUED = "Requests ending with a model turn are not supported.";

  private static final Set<String> FIELDS =
      Set.of(
          "model",
          "contents",
          "tools",
          "toolConfig",
          "safetySettings",
          "systemInstruction",
          "generationConfig",
          "cachedContent",
          "serviceTier",
          "store");
  private static final Set<String> CONFIG =
      Set.of(
          "stopSequences",
          "responseMimeType",
          "responseSchema",
          "responseJsonSchema",
          "_responseJsonSchema",
          "responseModalities",
          "responseFormat",
          "candidateCount",
          "maxOutputTokens",
          "temperature",
          "topP",
          "topK",
          "seed",
          "presencePenalty",
          "frequencyPenalty",
          "responseLogprobs",
          "logprobs",
          "enableEnhancedCivicAnswers",
          "speechConfig",
          "thinkingConfig",
          "imageConfig",
          "mediaResolution");
  private static final Set<String> DATA =
      Set.of(
          "text",
          "inlineData",
          "functionCall",
          "functionResponse",
          "fileData",
          "executableCode",
          "codeExecutionResult");
  private static final Set<String> BESIDE =
      Set.of("thought", "thoughtSignature", "videoMetadata", "partMetadata", "mediaResolution");
  private static final Set<String> SCHEMA =
      Set.of(
          "type",
          "format",
          "title",
          "description",
          "nullable",
          "enum",
          "maxItems",
          "minItems",
          "properties",
          "required",
          "minProperties",
          "maxProperties",
          "minLength",
          "maxLength",
          "pattern",
          "example",
          "anyOf",
          "propertyOrdering",
          "default",
          "items",
          "minimum",
          "maximum");

  /** Whether a model signs its calls and refuses them without. */
  static boolean signs(String model) {
    return model.startsWith("gemini-3");
  }

  /** 3.6 Flash, 3.5 Flash-Lite and later. */
  private static boolean newer(String model) {
    return model.matches("gemini-(3\\.([6-9]|5-flash-lite)|[4-9]).*");
  }

  /** What the signature of a call stands for. */
  static String sealed(String function) {
    return "call of " + function;
  }

  private static String unknown(String name, String where) {
    return "Invalid JSON payload received. Unknown name \""
        + name
        + "\""
        + (where.isEmpty() ? "" : " at '" + where + "'")
        + ": Cannot find field.";
  }

  void check() {
    Complaint.fields(request, FIELDS, name -> unknown(name, ""));
    Complaint.unless(
        request.path("contents").size() > 0,
        "* GenerateContentRequest.contents: contents is not specified");
    JsonNode config = request.path("generationConfig");
    Complaint.fields(config, CONFIG, name -> unknown(name, "generation_config"));
    config(config);
    for (JsonNode part : request.path("systemInstruction").path("parts")) {
      part("system_instruction", part);
    }
    tools();
    contents();
  }

  private void config(JsonNode config) {
    boolean schema = config.has("responseSchema") || config.has("responseJsonSchema");
    Complaint.unless(
        !schema || config.path("responseMimeType").asText().equals("application/json"),
        "Function calling or a schema with response mime type 'text/plain' is unsupported");
    Complaint.unless(
        !config.has("responseSchema") || !config.has("responseJsonSchema"),
        "Only one of response_schema and response_json_schema can be set.");
    schema(config.path("responseSchema"), "generation_config.response_schema");
    JsonNode thinking = config.path("thinkingConfig");
    Complaint.fields(
        thinking,
        Set.of("includeThoughts", "thinkingBudget", "thinkingLevel"),
        name -> unknown(name, "generation_config.thinking_config"));
    Complaint.unless(
        !thinking.has("thinkingBudget") || !thinking.has("thinkingLevel"),
        "You can only set only one of thinking budget and thinking level.");
    Complaint.unless(
        !thinking.has("thinkingLevel") || signs(model), "Thinking level is not supported.");
  }

  private void schema(JsonNode schema, String path) {
    if (!schema.isObject()) {
      return;
    }
    Complaint.fields(schema, SCHEMA, name -> unknown(name, path));
    Complaint.unless(
        schema.path("type").isMissingNode() || schema.path("type").isTextual(),
        "Invalid value at '" + path + ".type'");
    schema.path("properties").forEach(inner -> schema(inner, path + ".properties"));
    schema.path("anyOf").forEach(inner -> schema(inner, path + ".any_of"));
    schema(schema.path("items"), path + ".items");
  }

  private void tools() {
    var names = new ArrayList<String>();
    for (JsonNode tool : request.path("tools")) {
      for (JsonNode function : tool.path("functionDeclarations")) {
        Complaint.fields(
            function,
            Set.of(
                "name",
                "description",
                "behavior",
                "parameters",
                "parametersJsonSchema",
                "response",
                "responseJsonSchema"),
            name -> unknown(name, "tools[0].function_declarations[0]"));
        String name = function.path("name").asText();
        Complaint.unless(
            name.matches("[a-zA-Z_][a-zA-Z0-9_.:-]{0,127}"),
            "Invalid function name '" + name + "'.");
        schema(function.path("parameters"), "tools[0].function_declarations[0].parameters");
        names.add(name);
      }
    }
    JsonNode calling = request.path("toolConfig").path("functionCallingConfig");
    String mode = calling.path("mode").asText();
    Complaint.unless(
        mode.matches("|MODE_UNSPECIFIED|AUTO|ANY|NONE|VALIDATED"), "Invalid value at 'mode'");
    JsonNode allowed = calling.path("allowedFunctionNames");
    Complaint.unless(
        allowed.isEmpty() || mode.equals("ANY") || mode.equals("VALIDATED"),
        "Allowed function names are only supported with mode ANY or VALIDATED.");
    for (JsonNode name : allowed) {
      Complaint.unless(
          names.contains(name.asText()), "Allowed function " + name + " is not declared.");
    }
  }

  private void contents() {
    JsonNode contents = request.path("contents");
    JsonNode before = Wire.object();
    int current = current(contents);
    for (int i = 0; i < contents.size(); i++) {
      JsonNode turn = contents.get(i);
      String path = "contents[" + i + "]";
      String role = turn.path("role").asText("user");
      Complaint.fields(turn, Set.of("role", "parts"), name -> unknown(name, path));
      Complaint.unless(
          role.equals("user") || role.equals("model"), "Please use a valid role: user, model.");
      Complaint.unless(
          turn.path("parts").size() > 0,
          "* GenerateContentRequest." + path + ".parts: contents.parts must not be empty.");
      for (JsonNode part : turn.path("parts")) {
        part(path, part);
      }
      List<JsonNode> calls = parts(turn, "functionCall");
      List<JsonNode> answers = parts(turn, "functionResponse");
      Complaint.unless(
          calls.isEmpty() || (role.equals("model") && i > 0),
          "Please ensure that function call turn comes immediately after a user turn or after a"
              + " function response turn.");
      answered(parts(before, "functionCall"), answers);
      JsonNode parts = turn.path("parts");
      Complaint.unless(
          !newer(model)
              || answers.isEmpty()
              || parts.path(parts.size() - 1).has("functionResponse"),
          CONTINUED);
      if (signs(model) && i > current && !calls.isEmpty()) {
        Complaint.unless(
            calls.getFirst().hasNonNull("thoughtSignature"),
            "Function call is missing a thought_signature in functionCall parts. This is required"
                + " for tools to work correctly, and missing thought_signature may lead to degraded"
                + " model performance. Function call `"
                + calls.getFirst().path("functionCall").path("name").asText()
                + "`, position "
                + (i + 1)
                + ".");
      }
      before = turn;
    }
    Complaint.unless(
        parts(before, "functionCall").isEmpty(), "The last turn cannot be a function call.");
    Complaint.unless(
        !newer(model) || !before.path("role").asText("user").equals("model"), CONTINUED);
  }

  /** Where the current turn begins: at the user's last words. */
  private static int current(JsonNode contents) {
    for (int i = contents.size() - 1; i >= 0; i--) {
      JsonNode turn = contents.get(i);
      if (turn.path("role").asText("user").equals("user")
          && parts(turn, "functionResponse").isEmpty()) {
        return i;
      }
    }
    return -1;
  }

  private static List<JsonNode> parts(JsonNode turn, String name) {
    var parts = new ArrayList<JsonNode>();
    for (JsonNode part : turn.path("parts")) {
      if (part.has(name)) {
        parts.add(part);
      }
    }
    return parts;
  }

  private static void answered(List<JsonNode> calls, List<JsonNode> answers) {
    Complaint.unless(
        calls.size() == answers.size(),
        "Please ensure that the number of function response parts is equal to the number of"
            + " function call parts of the function call turn.");
    var open = new ArrayList<JsonNode>(calls);
    for (JsonNode answer : answers) {
      JsonNode response = answer.path("functionResponse");
      boolean matched =
          open.removeIf(
              call ->
                  call.path("functionCall").path("id").asText().equals(response.path("id").asText())
                      && call.path("functionCall").path("name").equals(response.path("name"))
                      && open.indexOf(call) == first(open, call, response));
      Complaint.unless(
          matched,
          "Function response `"
              + response.path("name").asText()
              + "` matches no function call: names and ids must be the same.");
    }
  }

  private static int first(List<JsonNode> open, JsonNode call, JsonNode response) {
    for (int i = 0; i < open.size(); i++) {
      JsonNode function = open.get(i).path("functionCall");
      if (function.path("id").asText().equals(response.path("id").asText())
          && function.path("name").equals(response.path("name"))) {
        return i;
      }
    }
    return open.indexOf(call);
  }

  private void part(String path, JsonNode part) {
    int data = 0;
    for (var names = part.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      data += DATA.contains(name) ? 1 : 0;
      Complaint.unless(
          DATA.contains(name) || BESIDE.contains(name), unknown(name, path + ".parts[0]"));
    }
    Complaint.unless(
        data == 1,
        "* GenerateContentRequest."
            + path
            + ".parts[0].data: required oneof field 'data' must have one initialized field");
    JsonNode call = part.path("functionCall");
    Complaint.fields(
        call, Set.of("id", "name", "args"), name -> unknown(name, path + ".function_call"));
    Complaint.unless(
        call.path("args").isMissingNode() || call.path("args").isObject(),
        "Invalid value at '" + path + ".function_call.args' (Struct)");
    JsonNode response = part.path("functionResponse");
    Complaint.fields(
        response,
        Set.of("id", "name", "response", "parts", "willContinue", "scheduling"),
        name -> unknown(name, path + ".function_response"));
    Complaint.unless(
        response.isMissingNode() || response.path("response").isObject(),
        "Invalid value at '" + path + ".function_response.response' (Struct)");
    Complaint.unless(
        response.isMissingNode() || !response.path("name").asText().isEmpty(),
        "* GenerateContentRequest." + path + ".function_response.name: Name cannot be empty.");
    for (JsonNode medium : response.path("parts")) {
      Complaint.unless(signs(model), "Multimodal function responses are not supported.");
      part(path, medium);
    }
    JsonNode inline = part.path("inlineData");
    Complaint.unless(
        inline.isMissingNode() || Complaint.base64(inline.path("data")),
        "Invalid value at '" + path + ".inline_data.data' (TYPE_BYTES), Base64 decoding failed");
    signature(path, part);
  }

  private void signature(String path, JsonNode part) {
    if (!part.hasNonNull("thoughtSignature")) {
      return;
    }
    String signature = part.path("thoughtSignature").asText();
    if (SKIPS.contains(signature)) {
      return;
    }
    Complaint.unless(
        Complaint.base64(part.path("thoughtSignature")),
        "Invalid value at '" + path + ".thought_signature' (TYPE_BYTES), Base64 decoding failed");
    JsonNode name = part.path("functionCall").path("name");
    Complaint.unless(
        seals
            .open(signature)
            .filter(s -> name.isMissingNode() || s.equals(sealed(name.asText())))
            .isPresent(),
        "Thought signature is not valid");
  }
}
