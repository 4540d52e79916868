package dev.sluice.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import com.anthropic.models.messages.Message;
import com.anthropic.models.messages.MessageCreateParams;
import com.anthropic.models.messages.RawMessageStreamEvent;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.genai.JsonSerializable;
import com.google.genai.types.Content;
import com.google.genai.types.GenerateContentResponse;
import com.google.genai.types.GenerationConfig;
import com.google.genai.types.SafetySetting;
import com.google.genai.types.Tool;
import com.google.genai.types.ToolConfig;
import com.openai.models.ErrorObject;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import io.grpc.Status;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every golden file, what goes in and what must come out, is read into the types that the maker of
 * its protocol has made from the published schema: nothing required is missing, every word of a
 * closed list is one of it, and no member is there that the schema does not have. What is meant to
 * be otherwise stands in {@link #MEANT}.
 */
final class MakersTypesTest {
  private static final Path ROOT = Path.of("src", "test", "golden");
  private static final List<String> PROTOCOLS = List.of("chat", "messages", "responses", "gemini");

  /** What Gemini takes for a signature; the SDK knows base64 of the other alphabet alone. */
  private static final String UNSIGNED = "skip_thought_signature_validator";

  private static final ObjectMapper GOOGLE =
      JsonSerializable.objectMapper()
          .copy()
          .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, true);

  /** What the types do not have and the protocol has all the same, by what is found. */
  private static final Map<String, Pattern> BEYOND =
      Map.of(
          "the SDKs say it by the method that is called",
          Pattern.compile("^Body\\.stream$"),
          "OpenAI's examples of answers have it",
          Pattern.compile("esponse\\.store$|\\.customToolCall\\.status$|ArgumentsDone\\.name$"),
          "Chat Completions as DeepSeek, OpenRouter and others widened it",
          Pattern.compile(
              "(message|messages\\.assistant|delta)\\.(reasoning_content|reasoning|images)$"
                  + "|delta\\.annotations$|\\.cache_control$"
                  + "| Unknown ChatCompletionRequestAssistantMessageContentPart$"),
          "plain-text tools in streams, in the form that whole answers have",
          Pattern.compile("^ChatCompletionChunk.*\\.custom$|^ Unknown Type: custom$"),
          "of version 2023-06-01, which is asked for; the types are of a later one",
          Pattern.compile("^Body\\.(temperature|top_p|top_k)$"),
          "the word on which Codex tries again",
          Pattern.compile("Unknown Code: server_is_overloaded$"),
          "answers have it, the types do not yet",
          Pattern.compile("\"serviceTier\" .*UsageMetadata"));

  /** What an input says on purpose though it should not: what providers and clients do say. */
  private static final Map<String, Pattern> MEANT =
      Map.ofEntries(
          meant("failure/gemini/404.json", "an error without code|status "), // in an array
          meant("failure/messages/413.json", "request_too_large"),
          meant("request/gemini/cache.json", "member labels"), // Vertex AI
          meant("request/gemini/snake.json", "_"),
          meant("request/messages/unknown.json", "future|mcp_servers|context_management"),
          meant(
              "request/responses/audio.json", "Unknown ResponseInputContent"), // once it was there
          meant("request/responses/media.json", "`detail`"), // many leave it out
          meant(
              "response/messages/hosted.json",
              "'name' is invalid"), // the SDK takes none of its own
          meant("stream/messages/hosted.sse", "'name' is invalid"),
          meant("request/responses/unknown.json", "new$|future$"),
          meant("response/gemini/recited.json", "citationSources"), // the name in its REST API
          meant("stream/chat/broken.sse", "received 503"),
          meant("stream/responses/citations.sse", "`action`"), // comes when the search is done
          meant("stream/responses/odds.sse", "bytes"),
          meant("stream/responses/reseller.sse", "`sequence_number`"));

  private static Map.Entry<String, Pattern> meant(String file, String found) {
    return Map.entry(file, Pattern.compile(found));
  }

  static Stream<Path> files() throws IOException {
    try (var walk = Files.walk(ROOT)) {
      return walk
          .filter(file -> file.toString().endsWith(".json") || file.toString().endsWith(".sse"))
          .filter(file -> !file.toString().endsWith(".loss.json"))
          .sorted()
          .toList()
          .stream();
    }
  }

  /** The protocol of a file: named before its ending; where not, it is an input. */
  private static String protocol(Path file) {
    String[] parts = file.getFileName().toString().split("\\.", -1);
    return parts.length == 3 ? parts[1] : ROOT.relativize(file).getName(1).toString();
  }

  @ParameterizedTest
  @MethodSource("files")
  void isValidByTheMakersOwnTypes(Path file) throws Exception {
    String folder = ROOT.relativize(file).getName(0).toString();
    String kind = folder.equals("model") ? "request" : folder;
    String protocol = protocol(file);
    assertThat(PROTOCOLS).contains(protocol);
    String text = Tokens.seal(Files.readString(file)).replace(UNSIGNED, UNSIGNED.replace('_', '/'));
    var found = new ArrayList<String>();
    for (String json : file.toString().endsWith(".sse") ? events(text) : List.of(text)) {
      check(kind, protocol, GOOGLE.readTree(json), found);
    }
    Pattern meant = MEANT.get(ROOT.relativize(file).toString().replace('\\', '/'));
    found.removeIf(one -> BEYOND.values().stream().anyMatch(beyond -> beyond.matcher(one).find()));
    assertThat(found.isEmpty())
        .as("only what is meant to be otherwise: %s", found)
        .isEqualTo(meant == null);
    found.removeIf(one -> meant != null && meant.matcher(one).find());
    assertThat(found).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "request  | chat | {'model':'m','messages':[],'more':1}            | Body.more",
        "request  | chat | {'model':'m','messages':[{'role':'someone'}]}   | Unknown",
        "request  | messages | {'model':'m','messages':[]}                 | `max_tokens` is not"
            + " set",
        "request  | responses | {'model':'m','tool_choice':'perhaps'}      | Unknown",
        "request  | gemini | {'contents':[{'parts':[{'words':'u'}]}]}      | words",
        "request  | gemini | {'generationConfig':{'responseModalities':1}} | Cannot deserialize",
        "response | gemini | {'candidates':[{'finishReason':'NEVER'}]}     | NEVER",
        "response | messages | {'type':'message','role':'assistant'}       | is not set",
        "stream   | responses | {'type':'response.output_text.delta'}      | is not set",
        "stream   | chat | {'id':'c','choices':[],'more':{}}               | more",
        "stream   | messages | {'type':'message_delta','delta':{}}         | is not set",
        "failure  | gemini | {'error':{'code':1,'message':'m','status':'WRONG'}} | WRONG",
        "failure  | messages | {'type':'error','error':{'type':'odd'}}     | Unknown"
      },
      quoteCharacter = '"')
  void whatIsWrongIsFound(String kind, String protocol, String json, String said) throws Exception {
    var found = new ArrayList<String>();
    check(kind, protocol, GOOGLE.readTree(json.replace('\'', '"')), found);
    assertThat(String.join("; ", found)).contains(said);
  }

  private static List<String> events(String stream) throws IOException {
    var events = new ArrayList<String>();
    if (stream.stripLeading().startsWith("[")) {
      for (JsonNode element : GOOGLE.readTree(stream)) {
        events.add(element.toString());
      }
      return events;
    }
    for (String frame : stream.split("\r\n\r\n|\n\n|\r\r", -1)) {
      var data = new StringBuilder();
      for (String line : frame.split("\r\n|\n|\r", -1)) {
        if (line.startsWith("data:")) {
          data.append(line.substring("data:".length()).strip());
        }
      }
      if (!data.isEmpty() && !data.toString().equals("[DONE]")) {
        events.add(data.toString());
      }
    }
    return events;
  }

  private static void check(String kind, String protocol, JsonNode json, List<String> found) {
    switch (kind + " " + protocol) {
      case "request chat" ->
          openAi(named(json, "gpt-5"), ChatCompletionCreateParams.Body.class, found);
      case "request responses" ->
          openAi(sentBack(named(json, "gpt-5")), ResponseCreateParams.Body.class, found);
      case "request messages" ->
          anthropic(named(json, "claude-sonnet-4-5"), MessageCreateParams.Body.class, found);
      case "request gemini" -> asked(json, found);
      case "response chat" -> openAi(json, ChatCompletion.class, found);
      case "response responses" -> openAi(named(json, "gpt-5"), Response.class, found);
      case "response messages" -> anthropic(named(json, "claude-sonnet-4-5"), Message.class, found);
      case "response gemini" -> google(json, GenerateContentResponse.class, "", found);
      case "stream chat" -> {
        if (json.has("error")) {
          failed("chat", json, found);
        } else {
          openAi(json, ChatCompletionChunk.class, found);
        }
      }
      case "stream responses" -> {
        if (json.get("response") instanceof ObjectNode response) {
          named(response, "gpt-5");
        }
        openAi(json, ResponseStreamEvent.class, found);
      }
      case "stream messages" -> {
        if (json.path("type").asText().equals("error")) {
          failed("messages", json, found);
        } else if (!json.path("type").asText().equals("ping")) {
          if (json.get("message") instanceof ObjectNode message) {
            named(message, "claude-sonnet-4-5");
          }
          anthropic(json, RawMessageStreamEvent.class, found);
        }
      }
      case "stream gemini" -> {
        if (json.has("error")) {
          failed("gemini", json, found);
        } else {
          google(json, GenerateContentResponse.class, "", found);
        }
      }
      default -> failed(protocol, json, found);
    }
  }

  private static void failed(String protocol, JsonNode json, List<String> found) {
    switch (protocol) {
      case "messages" -> anthropic(json, com.anthropic.models.ErrorResponse.class, found);
      case "gemini" -> {
        JsonNode error = json.path("error");
        if (!error.path("code").isInt() || !error.path("message").isTextual()) {
          found.add("an error without code or message");
        }
        String status = error.path("status").asText();
        if (Stream.of(Status.Code.values()).noneMatch(code -> code.name().equals(status))) {
          found.add("status " + status);
        }
      }
      default -> openAi(json.path("error"), ErrorObject.class, found);
    }
  }

  /** The model's name is of a list that grows by the month. */
  private static JsonNode named(JsonNode json, String model) {
    if (json instanceof ObjectNode object && object.has("model")) {
      object.put("model", model);
    }
    return json;
  }

  /** OpenAI takes back what a model said without its ids and states, as Codex sends it. */
  private static JsonNode sentBack(JsonNode json) {
    for (JsonNode each : json.path("input")) {
      if (each instanceof ObjectNode item) {
        boolean said = item.path("role").asText().equals("assistant");
        if (said && item.path("content").isArray()) {
          item.put("status", item.path("status").asText("completed"));
          item.path("content")
              .forEach(
                  part -> {
                    if (part.path("type").asText().equals("output_text")) {
                      ((ObjectNode) part).withArray("annotations");
                    }
                  });
        }
        if (item.has("role")) {
          item.put("type", "message");
        }
        said = said && item.path("content").isArray();
        if (!item.has("id") && (said || item.path("type").asText().equals("reasoning"))) {
          item.put("id", "id");
        }
      }
    }
    return json;
  }

  private static void openAi(JsonNode json, Class<?> type, List<String> found) {
    made(com.openai.core.ObjectMappers.jsonMapper(), json, type, found);
  }

  private static void anthropic(JsonNode json, Class<?> type, List<String> found) {
    made(com.anthropic.core.ObjectMappers.jsonMapper(), json, type, found);
  }

  private static void made(ObjectMapper mapper, JsonNode json, Class<?> type, List<String> found) {
    try {
      Object value = mapper.treeToValue(json, type);
      unknown(value, type.getSimpleName(), found);
      type.getMethod("validate").invoke(value);
    } catch (InvocationTargetException e) {
      found.add(
          json.path("type").asText() + " " + Objects.requireNonNull(e.getCause()).getMessage());
    } catch (IOException | ReflectiveOperationException e) {
      found.add(String.valueOf(e.getMessage()));
    }
  }

  // ---- Google

  private static void asked(JsonNode json, List<String> found) {
    for (var member : json.properties()) {
      JsonNode value = member.getValue();
      switch (member.getKey()) {
        case "contents" -> value.forEach(one -> google(one, Content.class, "contents", found));
        case "systemInstruction" -> google(value, Content.class, "systemInstruction", found);
        case "tools" -> value.forEach(one -> google(one, Tool.class, "tools", found));
        case "toolConfig" -> google(value, ToolConfig.class, "toolConfig", found);
        case "safetySettings" ->
            value.forEach(one -> google(one, SafetySetting.class, "safetySettings", found));
        case "generationConfig" -> google(value, GenerationConfig.class, "generationConfig", found);
        case "cachedContent", "serviceTier" -> {}
        default -> found.add("member " + member.getKey());
      }
    }
  }

  private static void google(JsonNode json, Class<?> type, String at, List<String> found) {
    try {
      unknown(GOOGLE.treeToValue(json, type), at, found);
    } catch (IOException e) {
      found.add(at + " " + String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }
  }

  // ---- what no maker knows

  /** Looks through what was made for members and words that its type does not have. */
  private static void unknown(@Nullable Object value, String at, List<String> found) {
    switch (value) {
      case null -> {}
      case Optional<?> held -> held.ifPresent(one -> unknown(one, at, found));
      case Collection<?> all -> all.forEach(one -> unknown(one, at, found));
      case com.openai.core.JsonField<?> field ->
          field.asKnown().ifPresent(one -> unknown(one, at, found));
      case com.anthropic.core.JsonField<?> field ->
          field.asKnown().ifPresent(one -> unknown(one, at, found));
      default -> {
        Class<?> type = value.getClass();
        if (type.getName().matches("com\\.(openai|anthropic|google\\.genai)\\..*")
            && !type.isEnum()) {
          word(value, type, at, found);
          members(value, type, at, found);
        }
      }
    }
  }

  private static final Map<Class<?>, List<Field>> FIELDS = new HashMap<>();

  private static List<Field> fields(Class<?> type) {
    return FIELDS.computeIfAbsent(
        type,
        _ -> {
          var fields = new ArrayList<Field>();
          for (Field field : type.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers())
                && !field.getType().isPrimitive()
                && !field.getType().getName().startsWith("kotlin.")
                && !field.getName().equals("_json")) {
              field.setAccessible(true);
              fields.add(field);
            }
          }
          return fields;
        });
  }

  private static void members(Object value, Class<?> type, String at, List<String> found) {
    List<Field> fields = fields(type);
    for (Field field : fields) {
      Object held;
      try {
        held = field.get(value);
      } catch (IllegalAccessException e) {
        throw new IllegalStateException(e);
      }
      if (field.getName().equals("additionalProperties") && held instanceof Map<?, ?> others) {
        if (fields.size() > 1 && !FREE.contains(type.getSimpleName())) {
          others.keySet().forEach(name -> found.add(at + "." + name));
        }
      } else {
        unknown(held, at + "." + field.getName(), found);
      }
    }
  }

  /** A JSON Schema has whatever members it likes. */
  private static final Set<String> FREE = Set.of("InputSchema");

  /** Google's closed lists take any word and keep it. */
  private static void word(Object value, Class<?> type, String at, List<String> found) {
    if (type.getName().startsWith("com.google.")) {
      try {
        Object known = type.getMethod("knownEnum").invoke(value);
        if (!known.toString().equalsIgnoreCase(value.toString())) {
          found.add(at + " " + value);
        }
      } catch (NoSuchMethodException e) {
        // No list.
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
