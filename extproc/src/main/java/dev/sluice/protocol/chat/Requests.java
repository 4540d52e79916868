package dev.sluice.protocol.chat;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.CacheMark;
import dev.sluice.conversation.Extra;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Format;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Output;
import dev.sluice.conversation.Reasoning;
import dev.sluice.conversation.Request;
import dev.sluice.conversation.Sampling;
import dev.sluice.conversation.Signature;
import dev.sluice.conversation.Terms;
import dev.sluice.conversation.Tool;
import dev.sluice.conversation.ToolChoice;
import dev.sluice.conversation.Turn;
import dev.sluice.conversation.Turn.Role;
import dev.sluice.protocol.Begun;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.FileType;
import dev.sluice.protocol.Freeform;
import dev.sluice.protocol.OpenAi;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.StrictSchema;
import dev.sluice.protocol.Tier;
import dev.sluice.protocol.Written;
import dev.sluice.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Chat Completions requests to the model and back.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/chat/create">OpenAI, create a chat
 *     completion</a>
 */
final class Requests {
  private static final Set<String> KNOWN =
      Set.of(
          "model",
          "messages",
          "tools",
          "tool_choice",
          "parallel_tool_calls",
          "max_tokens",
          "max_completion_tokens",
          "temperature",
          "top_p",
          "stop",
          "seed",
          "presence_penalty",
          "frequency_penalty",
          "n",
          "logprobs",
          "top_logprobs",
          "stream",
          "stream_options",
          "response_format",
          "verbosity",
          "modalities",
          "audio",
          "reasoning_effort",
          "user",
          "safety_identifier",
          "prompt_cache_key",
          "prompt_cache_retention",
          "store",
          "service_tier",
          "metadata");

  private static final String CACHING = "prompt_cache_options";

  /** Where another maker's was asked for. */
  private static final String VOICE = "alloy";

  private final Carrier carrier;

  Requests(Carrier carrier) {
    this.carrier = carrier;
  }

  // ---- reading

  Request read(byte[] body) throws Refusal {
    Json.Obj root = Fields.tree(body);
    var turns = new ArrayList<Turn>();
    List<Json> messages = root.items("messages");
    for (int i = 0; i < messages.size(); i++) {
      String path = "messages[" + i + "]";
      if (!(messages.get(i) instanceof Json.Obj message)) {
        throw new Refusal(Failure.invalid(path, "A message must be an object."));
      }
      turns.add(turn(message, path));
    }
    var unread = new ArrayList<String>();
    Reasoning reasoning =
        Reasoning.Effort.of(root.text("reasoning_effort", ""))
            .map(effort -> new Reasoning(effort, null, null, null))
            .orElse(null);
    if (reasoning == null) {
      unread.add("reasoning_effort");
    }
    ToolChoice choice = choice(root.get("tool_choice"));
    if (choice == null) {
      unread.add("tool_choice");
    }
    Output output = output(root, unread);
    Terms terms = terms(root, unread);
    Long max = root.integer("max_completion_tokens");
    return new Request(
        Origin.CHAT,
        turns,
        tools(root),
        choice,
        Fields.bool(root.get("parallel_tool_calls")),
        new Sampling(
            max != null ? max : root.integer("max_tokens"),
            Fields.lexeme(root.get("temperature")),
            Fields.lexeme(root.get("top_p")),
            null,
            stop(root.get("stop")),
            Fields.lexeme(root.get("seed")),
            Fields.lexeme(root.get("presence_penalty")),
            Fields.lexeme(root.get("frequency_penalty")),
            root.integer("n"),
            Fields.bool(root.get("logprobs")),
            root.integer("top_logprobs")),
        output,
        reasoning,
        terms,
        Fields.unknown(Origin.CHAT, root, KNOWN, unread));
  }

  private static Output output(Json.Obj root, List<String> unread) {
    Json.Obj asked = root.obj("response_format");
    Format format = asked == null ? null : format(asked);
    if (format == null) {
      unread.add("response_format");
    }
    Json.Obj audio = root.obj("audio");
    Output.Voice voice =
        audio != null && audio.text("voice") instanceof String name
            ? new Output.Voice(name, audio.text("format"))
            : null;
    if (voice == null) {
      unread.add("audio");
    }
    return new Output(
        format, root.text("verbosity"), Fields.texts(root.items("modalities")), voice);
  }

  private static @Nullable Format format(Json.Obj format) {
    Json.Obj inside = format.obj("json_schema");
    Json schema = inside == null ? null : inside.get("schema");
    return switch (format.text("type", "")) {
      case "text" -> new Format.Free();
      case "json_object" -> new Format.AnyJson();
      case "json_schema" ->
          inside == null || schema == null
              ? null
              : new Format.Schema(
                  inside.text("name"),
                  inside.text("description"),
                  schema.text(),
                  Fields.bool(inside.get("strict")));
      default -> null;
    };
  }

  private static Terms terms(Json.Obj root, List<String> unread) {
    Map<String, String> labels = Fields.labels(root.obj("metadata"));
    if (labels == null) {
      unread.add("metadata");
    }
    return new Terms(
        root.text("user"),
        root.text("safety_identifier"),
        root.text("prompt_cache_key"),
        root.text("prompt_cache_retention"),
        Fields.bool(root.get("store")),
        root.text("service_tier"),
        labels == null ? Map.of() : labels);
  }

  private Turn turn(Json.Obj message, String path) throws Refusal {
    String role = message.text("role", "");
    var blocks = new ArrayList<Block>();
    switch (role) {
      case "system", "developer", "user" -> {
        content(message.get("content"), path, blocks);
        return new Turn(
            switch (role) {
              case "system" -> Role.SYSTEM;
              case "developer" -> Role.DEVELOPER;
              default -> Role.USER;
            },
            blocks,
            path,
            Fields.unknown(Origin.CHAT, message, Set.of("role", "content")));
      }
      case "assistant" -> {
        return assistant(message, path);
      }
      case "tool" -> {
        String id = message.text("tool_call_id");
        if (id == null) {
          throw new Refusal(
              Failure.invalid(
                  path + ".tool_call_id",
                  "Missing required parameter: '" + path + ".tool_call_id'."));
        }
        content(message.get("content"), path, blocks);
        return new Turn(
            Role.USER,
            List.of(
                new Block.ToolResult(
                    carrier.open(id).text(),
                    null,
                    blocks,
                    false,
                    cache(message),
                    Fields.unknown(
                        Origin.CHAT,
                        message,
                        Set.of("role", "content", "tool_call_id", "cache_control")))),
            path,
            null);
      }
      default ->
          throw new Refusal(
              Failure.invalid(
                  path + ".role",
                  "'" + role + "' is none of system, developer, user, assistant, tool."));
    }
  }

  /** Thoughts that a call's id carries are whole; the text beside them says the same in part. */
  private Turn assistant(Json.Obj message, String path) throws Refusal {
    var said = new ArrayList<Block>();
    content(message.get("content"), path, said);
    String refusal = message.text("refusal");
    if (refusal != null) {
      said.add(new Block.Refusal(refusal, null));
    }
    var calls = new ArrayList<Block>();
    boolean carried = false;
    List<Json> items = message.items("tool_calls");
    var first = new ArrayList<Block>();
    for (int i = 0; i < items.size(); i++) {
      String at = path + ".tool_calls[" + i + "]";
      if (!(items.get(i) instanceof Json.Obj call)) {
        throw new Refusal(Failure.invalid(at, "A tool call must be an object."));
      }
      Carrier.Found id = carrier.open(required(call, "id", at));
      Carrier.Load load = id.load();
      if (load != null && !load.thoughts().isEmpty()) {
        carried = true;
        (i == 0 ? first : calls).addAll(load.thoughts());
      }
      calls.add(call(call, id.text(), load == null ? null : load.own(), at));
    }
    String thought = Responses.thought(message);
    var blocks = new ArrayList<Block>();
    if (!carried && thought != null && !thought.isEmpty()) {
      blocks.add(new Block.Thinking(thought, null, null));
    }
    blocks.addAll(first);
    blocks.addAll(said);
    blocks.addAll(calls);
    return new Turn(
        Role.ASSISTANT,
        blocks,
        path,
        Fields.unknown(
            Origin.CHAT,
            message,
            Set.of("role", "content", Responses.thoughtName(message), "refusal", "tool_calls")));
  }

  private static void content(@Nullable Json content, String path, List<Block> into)
      throws Refusal {
    switch (content) {
      case Json.Str(String text) -> into.add(new Block.Text(text));
      case Json.Arr(List<Json> parts) -> {
        for (int i = 0; i < parts.size(); i++) {
          String at = path + ".content[" + i + "]";
          if (!(parts.get(i) instanceof Json.Obj part)) {
            throw new Refusal(Failure.invalid(at, "A content part must be an object."));
          }
          into.add(part(part, at));
        }
      }
      case null -> {}
      default ->
          throw new Refusal(
              Failure.invalid(path + ".content", "The content must be a string or an array."));
    }
  }

  private static Block part(Json.Obj part, String path) throws Refusal {
    CacheMark cache = cache(part);
    Set<String> outer = Set.of("type", "cache_control");
    switch (part.text("type", "")) {
      case "text" -> {
        return new Block.Text(
            required(part, "text", path),
            cache,
            Fields.unknown(Origin.CHAT, part, Set.of("type", "text", "cache_control")));
      }
      case "image_url" -> {
        Json.Obj image = part.obj("image_url");
        if (image == null) {
          throw new Refusal(Failure.invalid(path + ".image_url", "An image needs its URL."));
        }
        return new Block.Media(
            Block.Kind.IMAGE,
            Block.Source.of(required(image, "url", path + ".image_url")),
            null,
            image.text("detail"),
            cache,
            Fields.unknown(Origin.CHAT, part, outer, "image_url", Set.of("url", "detail")));
      }
      case "input_audio" -> {
        Json.Obj audio = part.obj("input_audio");
        if (audio != null && audio.text("data") instanceof String data) {
          return new Block.Media(
              Block.Kind.AUDIO,
              new Block.Source.Inline("audio/" + audio.text("format", "wav"), data),
              null,
              null,
              cache,
              Fields.unknown(Origin.CHAT, part, outer, "input_audio", Set.of("data", "format")));
        }
        return new Block.Opaque(Origin.CHAT, part.text());
      }
      case "file" -> {
        Json.Obj file = part.obj("file");
        Block.Source source = file == null ? null : source(file);
        if (file != null && source != null) {
          return new Block.Media(
              Block.Kind.DOCUMENT,
              source,
              file.text("filename"),
              null,
              cache,
              Fields.unknown(
                  Origin.CHAT, part, outer, "file", Set.of("file_data", "file_id", "filename")));
        }
        return new Block.Opaque(Origin.CHAT, part.text());
      }
      case "refusal" -> {
        return new Block.Refusal(required(part, "refusal", path), null);
      }
      default -> {
        return new Block.Opaque(Origin.CHAT, part.text());
      }
    }
  }

  /** Several compatible providers take Anthropic's cache marks on content parts. */
  private static @Nullable CacheMark cache(Json.Obj part) {
    Json.Obj mark = part.obj("cache_control");
    return mark == null ? null : new CacheMark(mark.text("ttl"));
  }

  /** A file's bytes stand in a {@code data:} address or, as many clients write them, bare. */
  private static Block.@Nullable Source source(Json.Obj file) {
    String data = file.text("file_data");
    String id = file.text("file_id");
    if (data == null) {
      return id == null ? null : new Block.Source.File(id, Origin.CHAT);
    }
    Block.Source source = Block.Source.of(data);
    return source instanceof Block.Source.Inline || data.startsWith("http")
        ? source
        : new Block.Source.Inline("application/pdf", data);
  }

  private static Block call(Json.Obj call, String id, @Nullable Signature signature, String path)
      throws Refusal {
    Json.Obj custom = call.obj("custom");
    if (custom != null) {
      return new Block.ToolCall(
          id,
          required(custom, "name", path + ".custom"),
          custom.text("input", ""),
          true,
          signature,
          null,
          Fields.unknown(
              Origin.CHAT, call, Set.of("id", "type"), "custom", Set.of("name", "input")));
    }
    Json.Obj function = call.obj("function");
    if (function == null) {
      throw new Refusal(
          Failure.invalid(
              path + ".function", "Missing required parameter: '" + path + ".function'."));
    }
    return new Block.ToolCall(
        id,
        required(function, "name", path + ".function"),
        function.text("arguments", "{}"),
        false,
        signature,
        null,
        Fields.unknown(
            Origin.CHAT,
            call,
            Set.of("id", "type", "index"),
            "function",
            Set.of("name", "arguments")));
  }

  private static List<Tool> tools(Json.Obj root) {
    var tools = new ArrayList<Tool>();
    for (Json json : root.items("tools")) {
      tools.add(tool(json));
    }
    return tools;
  }

  private static Tool tool(Json json) {
    if (json instanceof Json.Obj tool) {
      if (tool.obj("function") instanceof Json.Obj function
          && function.text("name") instanceof String name) {
        Json parameters = function.get("parameters");
        return new Tool.Function(
            name,
            function.text("description"),
            parameters == null ? null : parameters.text(),
            Fields.bool(function.get("strict")),
            cache(tool),
            Fields.unknown(
                Origin.CHAT,
                tool,
                Set.of("type", "cache_control"),
                "function",
                Set.of("name", "description", "parameters", "strict")));
      }
      if (tool.obj("custom") instanceof Json.Obj custom
          && custom.text("name") instanceof String name) {
        return new Tool.Custom(
            name,
            custom.text("description"),
            grammar(custom.obj("format")),
            Fields.unknown(
                Origin.CHAT,
                tool,
                Set.of("type"),
                "custom",
                Set.of("name", "description", "format")));
      }
    }
    return new Tool.Native(Origin.CHAT, json.text());
  }

  /** Chat Completions nests the grammar once more than Responses does. */
  private static @Nullable String grammar(Json.@Nullable Obj format) {
    if (format == null) {
      return null;
    }
    Json.Obj inside = format.obj("grammar");
    return inside == null
        ? format.text()
        : Json.object(f -> f.put("type", format.text("type", "grammar")).all(inside)).text();
  }

  private static @Nullable ToolChoice choice(@Nullable Json json) {
    return switch (json) {
      case Json.Str(String word) ->
          switch (word) {
            case "none" -> new ToolChoice.None();
            case "required" -> new ToolChoice.Any();
            case "auto" -> new ToolChoice.Auto();
            default -> null;
          };
      case Json.Obj object -> {
        String name = name(object);
        Json.Obj allowed = object.obj("allowed_tools");
        if (name != null) {
          yield new ToolChoice.Named(name);
        }
        if (allowed == null) {
          yield null;
        }
        var names = new ArrayList<String>();
        for (Json item : allowed.items("tools")) {
          if (item instanceof Json.Obj tool && name(tool) instanceof String each) {
            names.add(each);
          }
        }
        yield new ToolChoice.Allowed(names, allowed.text("mode", "auto").equals("required"));
      }
      case null, default -> null;
    };
  }

  private static @Nullable String name(Json.Obj tool) {
    Json.Obj inside = tool.obj("function");
    inside = inside == null ? tool.obj("custom") : inside;
    return inside == null ? null : inside.text("name");
  }

  private static List<String> stop(@Nullable Json json) {
    return switch (json) {
      case Json.Str(String one) -> List.of(one);
      case Json.Arr(List<Json> many) -> Fields.texts(many);
      case null, default -> List.of();
    };
  }

  private static String required(Json.Obj object, String name, String path) throws Refusal {
    String text = object.text(name);
    if (text == null) {
      String at = path + "." + name;
      throw new Refusal(Failure.invalid(at, "Missing required parameter: '" + at + "'."));
    }
    return text;
  }

  // ---- writing

  static Written write(Request request, Protocol.Target target) {
    return new Writing(request, target).write();
  }

  /** One request on its way to one provider. */
  private static final class Writing {
    private final Request request;
    private final Protocol.Target target;
    private final OpenAi model;

    /** Whether the request came in this protocol, so that nothing needs to be made fit. */
    private final boolean own;

    /** Whoever offers Claude in Chat Completions takes Anthropic's cache marks there. */
    private final boolean marks;

    private final List<Loss> losses = new ArrayList<>();

    Writing(Request request, Protocol.Target target) {
      this.request = request;
      this.target = target;
      this.model = OpenAi.of(target.model());
      this.own = request.origin() == Origin.CHAT;
      this.marks = target.model().contains("claude");
    }

    Written write() {
      var messages = new ArrayList<Json>();
      for (Turn turn : request.turns()) {
        messages(turn, messages);
      }
      goOn(messages);
      Json.Obj root =
          Json.object(
              body -> {
                body.put("model", target.model()).put("messages", messages);
                tools(body);
                sampling(body);
                output(body);
                reasoning(request.reasoning(), body);
                terms(request.terms(), body);
                if (target.stream()) {
                  body.put("stream", true)
                      .put("stream_options", Json.object(o -> o.put("include_usage", true)));
                }
                Fields.restore(shared(body), Origin.CHAT, "", body, losses);
              });
      return new Written(root.bytes(), losses);
    }

    private void lose(String path, String reason) {
      losses.add(new Loss(path, reason));
    }

    /** What only OpenAI's own two protocols have is the same in both. */
    private @Nullable Extra shared(Json.Builder body) {
      Extra extra = request.extra();
      if (extra == null
          || extra.origin() != Origin.RESPONSES
          || !model.marks()
          || !(Fields.value(extra.raw()) instanceof Json.Obj more)) {
        return extra;
      }
      body.put(CACHING, more.get(CACHING));
      return new Extra(Origin.RESPONSES, more.without(Set.of(CACHING)).text());
    }

    /** OpenAI continues no answer, and would begin anew without a word. */
    private void goOn(List<Json> messages) {
      if (Begun.by(request)
          && messages.getLast() instanceof Json.Obj last
          && last.text("role", "").equals("assistant")
          && last.items("tool_calls").isEmpty()) {
        losses.add(Begun.loss(request));
        messages.add(Json.object(m -> m.put("role", "user").put("content", Begun.GO_ON)));
      }
    }

    private void sampling(Json.Builder body) {
      Sampling sampling = request.sampling();
      body.put(
          model.countsThinking() ? "max_completion_tokens" : "max_tokens", sampling.maxTokens());
      if (own || model.draws(request.reasoning())) {
        body.put("temperature", Fields.number(sampling.temperature()))
            .put("top_p", Fields.number(sampling.topP()))
            .put("logprobs", sampling.logprobs())
            .put("top_logprobs", sampling.topLogprobs());
      } else {
        losses.addAll(OpenAi.undrawn(sampling));
      }
      if (own || !model.reasons()) {
        body.put("presence_penalty", Fields.number(sampling.presencePenalty()))
            .put("frequency_penalty", Fields.number(sampling.frequencyPenalty()));
      } else {
        losses.addAll(OpenAi.unpenalized(sampling));
      }
      body.put("seed", Fields.number(sampling.seed()));
      if (sampling.topK() != null) {
        lose("top_k", "Chat Completions has no top_k");
      }
      Long candidates = sampling.candidates();
      if (candidates != null && candidates > 1) {
        lose("n", "only one answer is carried from one protocol to another");
      }
      stop(sampling.stop(), body);
    }

    private void stop(List<String> stop, Json.Builder body) {
      List<String> taken = stop;
      if (!stop.isEmpty() && !own && !model.stops()) {
        lose("stop", "this model takes no stop sequences");
        taken = List.of();
      } else if (stop.size() > OpenAi.MOST_STOPS && !own && model.maker()) {
        lose("stop", "OpenAI takes four stop sequences at most");
        taken = stop.subList(0, OpenAi.MOST_STOPS);
      }
      if (!taken.isEmpty()) {
        body.put("stop", taken.stream().map(Json::of).toList());
      }
    }

    private void output(Json.Builder body) {
      Output output = request.output();
      Format wanted = output.format();
      if (wanted != null) {
        body.put("response_format", Json.object(f -> format(wanted, f)));
      }
      body.put("verbosity", output.verbosity());
      List<String> modalities = output.modalities();
      if (!modalities.isEmpty()) {
        // OpenAI speaks beside its text alone.
        boolean alone = !own && modalities.equals(List.of("audio"));
        body.put(
            "modalities",
            (alone ? List.of("text", "audio") : modalities).stream().map(Json::of).toList());
      }
      Output.Voice voice = output.voice();
      if (voice != null) {
        if (!own) {
          lose("audio", "OpenAI knows other voices; " + VOICE + " was asked for");
        }
        // Gemini names no format and speaks in bare samples.
        String format = voice.format() == null ? "pcm16" : voice.format();
        body.put(
            "audio",
            Json.object(a -> a.put("voice", own ? voice.name() : VOICE).put("format", format)));
      }
    }

    private void format(Format format, Json.Builder into) {
      switch (format) {
        case Format.Free() -> into.put("type", "text");
        case Format.AnyJson() -> into.put("type", "json_object");
        case Format.Schema schema ->
            into.put("type", "json_schema")
                .put("json_schema", StrictSchema.answer(schema, request.origin(), losses));
      }
    }

    private void reasoning(@Nullable Reasoning reasoning, Json.Builder body) {
      if (reasoning == null) {
        return;
      }
      if (reasoning.effort() != null || reasoning.budget() != null) {
        body.put("reasoning_effort", reasoning.word().openAi());
      }
      Fields.restore(reasoning.extra(), Origin.CHAT, "reasoning", new Json.Builder(), losses);
    }

    private void terms(Terms terms, Json.Builder body) {
      String tier = terms.tier() == null ? null : Tier.openAi(terms.tier());
      if (tier == null && terms.tier() != null) {
        lose("service_tier", "Chat Completions has no tier of that name");
      }
      body.put("user", terms.user())
          .put("safety_identifier", terms.safetyIdentifier())
          .put("prompt_cache_key", terms.cacheKey())
          .put("prompt_cache_retention", terms.cacheRetention())
          .put("store", terms.store())
          .put("service_tier", tier);
      if (own || Boolean.TRUE.equals(terms.store())) {
        body.put(
            "metadata",
            terms.metadata().isEmpty() ? null : Json.object(m -> terms.metadata().forEach(m::put)));
      } else {
        terms
            .metadata()
            .keySet()
            .forEach(
                name ->
                    lose(
                        "metadata." + name,
                        "Chat Completions labels only what it is asked to store"));
      }
    }

    private void messages(Turn turn, List<Json> into) {
      switch (turn.role()) {
        case SYSTEM, DEVELOPER ->
            into.add(
                Json.object(
                    message -> {
                      message
                          .put(
                              "role",
                              turn.role() == Role.SYSTEM || !model.maker() ? "system" : "developer")
                          .put("content", content(placed(turn)));
                      Fields.restore(turn.extra(), Origin.CHAT, turn.path(), message, losses);
                    }));
        case ASSISTANT -> into.add(assistant(turn));
        case USER -> user(turn, into);
      }
    }

    /** A block and where it stood. */
    private record Placed(Block block, String path) {}

    private static List<Placed> placed(Turn turn) {
      var placed = new ArrayList<Placed>();
      for (int i = 0; i < turn.blocks().size(); i++) {
        placed.add(new Placed(turn.blocks().get(i), turn.at(i)));
      }
      return placed;
    }

    private void user(Turn turn, List<Json> into) {
      var media = new ArrayList<Placed>();
      var said = new ArrayList<Placed>();
      boolean results = false;
      for (Placed each : placed(turn)) {
        if (each.block() instanceof Block.ToolResult result) {
          results = true;
          into.add(result(result, each.path(), media));
        } else {
          said.add(each);
        }
      }
      media.addAll(said);
      Json content = content(media);
      if (!results || !content.equals(Json.of(""))) {
        into.add(
            Json.object(
                message -> {
                  message.put("role", "user").put("content", content);
                  Fields.restore(turn.extra(), Origin.CHAT, turn.path(), message, losses);
                }));
      } else {
        Fields.restore(turn.extra(), Origin.CHAT, turn.path(), new Json.Builder(), losses);
      }
    }

    /** A tool message takes text alone, so media go into the user's message after it. */
    private Json result(Block.ToolResult result, String path, List<Placed> media) {
      var said = new ArrayList<Placed>();
      for (int i = 0; i < result.content().size(); i++) {
        Block block = result.content().get(i);
        (block instanceof Block.Media ? media : said)
            .add(new Placed(block, path + ".content[" + i + "]"));
      }
      if (result.error()) {
        lose(path + ".is_error", "a tool message has no mark for an error");
      }
      return Json.object(
          message -> {
            message
                .put("role", "tool")
                .put("tool_call_id", result.callId())
                .put("content", content(said))
                .put("cache_control", mark(result.cache(), path));
            Fields.restore(result.extra(), Origin.CHAT, path, message, losses);
          });
    }

    private Json assistant(Turn turn) {
      var thoughts = new StringBuilder();
      var said = new ArrayList<Placed>();
      var calls = new ArrayList<Json>();
      String declined = null;
      for (Placed each : placed(turn)) {
        String path = each.path();
        switch (each.block()) {
          case Block.Thinking thinking -> {
            if (model.maker()) {
              lose(path, "OpenAI's models take no thinking back in Chat Completions");
            } else {
              thoughts.append(thinking.text());
              if (thinking.signature() != null) {
                lose(path + ".signature", "Chat Completions has no place for it");
              }
              Fields.restore(thinking.extra(), Origin.CHAT, path, new Json.Builder(), losses);
            }
          }
          case Block.Redacted _ -> lose(path, "only its issuer can read it");
          case Block.ToolCall call -> calls.add(call(call, path));
          case Block.Refusal refusal ->
              declined = declined == null ? refusal.text() : declined + refusal.text();
          case Block.Media _ when model.maker() ->
              lose(path, "OpenAI's models take no media back from the model's side");
          case Block _ -> said.add(each);
        }
      }
      String refusal = declined;
      return Json.object(
          message -> {
            message
                .put("role", "assistant")
                .put("content", said.isEmpty() ? Json.nil() : content(said))
                .put("reasoning_content", thoughts.isEmpty() ? null : thoughts.toString())
                .put("refusal", refusal);
            if (!calls.isEmpty()) {
              message.put("tool_calls", calls);
            }
            Fields.restore(turn.extra(), Origin.CHAT, turn.path(), message, losses);
          });
    }

    private Json call(Block.ToolCall call, String path) {
      if (call.cache() != null) {
        lose(path + ".cache_control", "Chat Completions marks no calls");
      }
      if (call.signature() != null) {
        lose(path + ".signature", "Chat Completions has no place for it");
      }
      boolean custom = call.freeform() && (own || model.maker());
      String kind = custom ? "custom" : "function";
      return Json.object(
          c -> {
            c.put("id", call.id()).put("type", kind);
            var inside = new Json.Builder();
            inside
                .put("name", call.name())
                .put(
                    custom ? "input" : "arguments",
                    custom ? call.arguments() : Freeform.arguments(call));
            Fields.restore(call.extra(), Origin.CHAT, path, c, kind, inside, losses);
            c.put(kind, inside.build());
          });
    }

    private Json content(List<Placed> blocks) {
      if (blocks.size() == 1
          && blocks.getFirst() instanceof Placed(Block.Text text, String path)
          && text.extra() == null
          && (text.cache() == null || (!marks && !model.marks()))) {
        text(text, path);
        mark(text.cache(), path);
        return Json.of(text.text());
      }
      var parts = new ArrayList<Json>();
      for (Placed each : blocks) {
        Json part = part(each.block(), each.path());
        if (part != null) {
          parts.add(part);
        }
      }
      return parts.isEmpty() ? Json.of("") : new Json.Arr(parts);
    }

    /** Lists what a text has that no request takes. */
    private void text(Block.Text text, String path) {
      if (!text.citations().isEmpty()) {
        lose(path + ".citations", "a request of Chat Completions has no place for them");
      }
      if (text.signature() != null) {
        lose(path + ".signature", "Chat Completions has no place for it");
      }
    }

    /** Where a part's cache ends, said as the model behind takes it. */
    private void point(@Nullable CacheMark cache, String path, Json.Builder part) {
      Json point = model.point(cache, path, losses);
      part.put("prompt_cache_breakpoint", point)
          .put("cache_control", point == null ? mark(cache, path) : null);
    }

    private @Nullable Json part(Block block, String path) {
      return switch (block) {
        case Block.Text text -> {
          text(text, path);
          yield Json.object(
              part -> {
                part.put("type", "text").put("text", text.text());
                point(text.cache(), path, part);
                Fields.restore(text.extra(), Origin.CHAT, path, part, losses);
              });
        }
        case Block.Media media -> media(media, path);
        case Block.Opaque(Origin origin, String raw) -> {
          if (origin == Origin.CHAT) {
            yield Fields.value(raw);
          }
          lose(path, "Chat Completions has no such block");
          yield null;
        }
        case Block.Refusal(String text, var _) ->
            Json.object(part -> part.put("type", "refusal").put("refusal", text));
        case Block.Thinking _, Block.Redacted _, Block.ToolCall _, Block.ToolResult _ -> {
          lose(path, "Chat Completions has no place for it in this turn");
          yield null;
        }
      };
    }

    private @Nullable Json media(Block.Media media, String path) {
      Responses.unsigned(media, path, losses);
      return switch (media.kind()) {
        case IMAGE ->
            switch (media.source()) {
              case Block.Source.Url(String url) -> image(media, url, path);
              case Block.Source.Inline inline -> image(media, inline.url(), path);
              case Block.Source.File _ -> lost(path, "Chat Completions takes no image by its id");
            };
        case AUDIO ->
            media.source() instanceof Block.Source.Inline(String type, String base64)
                ? part(
                    media,
                    "input_audio",
                    path,
                    audio -> audio.put("data", base64).put("format", audioFormat(type)))
                : lost(path, "Chat Completions takes sound only in the request itself");
        case DOCUMENT -> document(media, path);
        case VIDEO -> lost(path, "Chat Completions takes no video");
      };
    }

    private Json image(Block.Media media, String url, String path) {
      return part(
          media, "image_url", path, image -> image.put("url", url).put("detail", media.detail()));
    }

    private @Nullable Json document(Block.Media media, String path) {
      switch (media.source()) {
        case Block.Source.Url _ -> {
          return lost(path, "Chat Completions takes no document by its address");
        }
        case Block.Source.File file -> {
          return file.knownTo(Origin.CHAT)
              ? part(
                  media,
                  "file",
                  path,
                  f -> f.put("file_id", file.id()).put("filename", media.name()))
              : lost(path, "only its own provider has this file");
        }
        case Block.Source.Inline inline when inline.mediaType().startsWith("text/") -> {
          String title = media.name();
          return Json.object(
              part -> {
                part.put("type", "text")
                    .put("text", (title == null ? "" : title + "\n\n") + inline.text());
                point(media.cache(), path, part);
                Fields.restore(media.extra(), Origin.CHAT, path, part, losses);
              });
        }
        case Block.Source.Inline inline -> {
          return part(
              media,
              "file",
              path,
              f ->
                  f.put("filename", own ? media.name() : FileType.name(media.name(), inline))
                      .put("file_data", inline.url()));
        }
      }
    }

    private Json part(Block.Media media, String kind, String path, Consumer<Json.Builder> fill) {
      return Json.object(
          part -> {
            part.put("type", kind);
            point(media.cache(), path, part);
            var inside = new Json.Builder();
            fill.accept(inside);
            Fields.restore(media.extra(), Origin.CHAT, path, part, kind, inside, losses);
            part.put(kind, inside.build());
          });
    }

    private @Nullable Json lost(String path, String reason) {
      lose(path, reason);
      return null;
    }

    private static String audioFormat(String mediaType) {
      String sub = mediaType.substring(mediaType.indexOf('/') + 1).toLowerCase(Locale.ROOT);
      return switch (sub) {
        case "mpeg", "mp3" -> "mp3";
        case "x-wav", "wave", "wav" -> "wav";
        default -> sub;
      };
    }

    private @Nullable Json mark(@Nullable CacheMark cache, String path) {
      if (cache == null) {
        return null;
      }
      if (marks) {
        return Json.object(c -> c.put("type", "ephemeral").put("ttl", cache.ttl()));
      }
      lose(path + ".cache_control", "Chat Completions caches by itself");
      return null;
    }

    private void tools(Json.Builder body) {
      var tools = new ArrayList<Json>();
      ToolChoice choice = request.choice();
      // Compatible servers know no list of those that may be called, but take fewer tools.
      boolean few = !own && !model.maker() && choice instanceof ToolChoice.Allowed;
      for (int i = 0; i < request.tools().size(); i++) {
        Tool each = request.tools().get(i);
        Json tool =
            few && choice instanceof ToolChoice.Allowed some && !some.has(each)
                ? null
                : tool(each, "tools[" + i + "]");
        if (tool != null) {
          tools.add(tool);
        }
      }
      if (few && choice instanceof ToolChoice.Allowed some) {
        choice = some.must() ? new ToolChoice.Any() : new ToolChoice.Auto();
      }
      if (!tools.isEmpty()) {
        body.put("tools", tools)
            .put("tool_choice", choice(choice))
            .put("parallel_tool_calls", request.parallelCalls());
      }
    }

    private @Nullable Json tool(Tool tool, String path) {
      switch (tool) {
        case Tool.Function function -> {
          String schema = function.schema();
          Json given = schema == null ? null : Fields.value(schema);
          return tool(
              "function",
              function.cache(),
              function.extra(),
              path,
              f ->
                  f.put("name", function.name())
                      .put("description", function.description())
                      .put(
                          "parameters",
                          (given == null || own) ? given : StrictSchema.arguments(given))
                      .put(
                          "strict", StrictSchema.strict(function, request.origin(), path, losses)));
        }
        case Tool.Custom custom when !own && !model.maker() -> {
          String why = "this model's server takes functions alone";
          return tool(Freeform.function(custom, Origin.CHAT, path, why, losses), path);
        }
        case Tool.Custom custom -> {
          String format = custom.format();
          return tool(
              "custom",
              null,
              custom.extra(),
              path,
              c ->
                  c.put("name", custom.name())
                      .put("description", custom.description())
                      .put("format", format == null ? null : grammar(Fields.value(format))));
        }
        case Tool.Native(Origin origin, String raw) -> {
          if (origin == Origin.CHAT) {
            return Fields.value(raw);
          }
          return lost(path, "a tool that only its own provider runs");
        }
      }
    }

    private Json tool(
        String kind,
        @Nullable CacheMark cache,
        @Nullable Extra extra,
        String path,
        Consumer<Json.Builder> fill) {
      return Json.object(
          tool -> {
            tool.put("type", kind).put("cache_control", mark(cache, path));
            var inside = new Json.Builder();
            fill.accept(inside);
            Fields.restore(extra, Origin.CHAT, path, tool, kind, inside, losses);
            tool.put(kind, inside.build());
          });
    }

    private static Json grammar(Json format) {
      if (format instanceof Json.Obj flat && flat.text("type", "").equals("grammar")) {
        return Json.object(
            f -> f.put("type", "grammar").put("grammar", flat.without(Set.of("type"))));
      }
      return format;
    }

    private @Nullable Json choice(@Nullable ToolChoice choice) {
      return switch (choice) {
        case ToolChoice.Auto() -> Json.of("auto");
        case ToolChoice.None() -> Json.of("none");
        case ToolChoice.Any() -> Json.of("required");
        case ToolChoice.Named(String name) -> named(name);
        case ToolChoice.Allowed(List<String> names, boolean must) ->
            Json.object(
                c ->
                    c.put("type", "allowed_tools")
                        .put(
                            "allowed_tools",
                            Json.object(
                                a ->
                                    a.put("mode", must ? "required" : "auto")
                                        .put(
                                            "tools",
                                            names.stream().map(name -> named(name)).toList()))));
        case null -> null;
      };
    }

    private Json named(String name) {
      boolean custom = (own || model.maker()) && Freeform.takes(name, request.tools());
      String kind = custom ? "custom" : "function";
      return Json.object(c -> c.put("type", kind).put(kind, Json.object(f -> f.put("name", name))));
    }
  }
}
