package dev.sluice.protocol.gemini;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Format;
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
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.Refusal;
import dev.sluice.wire.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A client's generateContent request to the model.
 *
 * @see <a href="https://ai.google.dev/api/generate-content">Gemini API, generating content</a>
 */
final class Requests {
  private static final Set<String> ROOT =
      Set.of(
          "model",
          "contents",
          "systemInstruction",
          "tools",
          "toolConfig",
          "generationConfig",
          "serviceTier",
          "store",
          "labels");

  private final Carrier carrier;
  private final Json.Obj root;
  private final Names unknown = new Names();

  /** The calls that no result has answered yet, by their ids and, for each name, in order. */
  private final Map<String, Asked> byId = new HashMap<>();

  private final Map<String, LinkedHashSet<Asked>> byName = new HashMap<>();

  /** A call that no result has answered yet. */
  private record Asked(String id, String name) {}

  private Requests(Carrier carrier, Json.Obj root) {
    this.carrier = carrier;
    this.root = root;
  }

  static Request read(byte[] body, Carrier carrier) throws Refusal {
    return new Requests(carrier, Names.camel(Fields.tree(body))).read();
  }

  private Request read() throws Refusal {
    var turns = new ArrayList<Turn>();
    Json system = root.get("systemInstruction");
    if (system != null) {
      turns.add(content(system, "systemInstruction", Role.SYSTEM, 0));
    }
    List<Json> contents =
        root.get("contents") instanceof Json.Arr(List<Json> items)
            ? items
            : List.of(root.members().getOrDefault("contents", Json.nil()));
    var said = new ArrayList<Turn>();
    for (int i = 0; i < contents.size(); i++) {
      Turn turn = content(contents.get(i), "contents[" + i + "]", null, i);
      if (!said.isEmpty() && (turn.role() != Role.ASSISTANT || turn.extra() != null)) {
        turns.add(joined(said));
        said.clear();
      }
      if (turn.role() == Role.ASSISTANT) {
        said.add(turn);
      } else {
        turns.add(turn);
      }
    }
    if (!said.isEmpty()) {
      turns.add(joined(said));
    }
    unknown.keep("", root, ROOT);
    var config = new Taken(root.obj("generationConfig"));
    Sampling sampling = sampling(config);
    Output output = output(config);
    Reasoning reasoning = reasoning(config);
    config.rest("generationConfig.", unknown);
    ToolChoice choice = choice(Names.obj(root, "toolConfig"));
    Terms terms = terms();
    return new Request(
        Origin.GEMINI,
        turns,
        tools(),
        choice,
        null,
        sampling,
        output,
        reasoning,
        terms,
        unknown.extra());
  }

  /** What the model says in several contents in a row is one turn. */
  private static Turn joined(List<Turn> said) {
    Turn first = said.getFirst();
    List<Block> blocks = said.stream().flatMap(turn -> turn.blocks().stream()).toList();
    return new Turn(Role.ASSISTANT, blocks, first.path(), first.extra());
  }

  // ---- contents

  private Turn content(Json json, String path, @Nullable Role fixed, int number) throws Refusal {
    if (json instanceof Json.Str(String text)) {
      return new Turn(fixed == null ? Role.USER : fixed, List.of(new Block.Text(text)), path, null);
    }
    if (!(json instanceof Json.Obj object)) {
      throw new Refusal(Failure.invalid(path, "A content must be an object with parts."));
    }
    Json.Obj content = Names.camel(object);
    Role role = fixed == null ? role(content.text("role", "user"), path) : fixed;
    List<Json> parts =
        content.get("parts") instanceof Json.Obj only ? List.of(only) : content.items("parts");
    var blocks = new Said(number);
    for (int i = 0; i < parts.size(); i++) {
      String at = path + ".parts[" + i + "]";
      switch (parts.get(i)) {
        case Json.Obj part -> blocks.part(Names.camel(part));
        case Json.Str(String text) -> blocks.add(new Block.Text(text));
        default -> throw new Refusal(Failure.invalid(at, "A part must be an object."));
      }
    }
    Names rest = new Names().keep("", content, Set.of("role", "parts"));
    return new Turn(role, blocks.list, path, rest.extra());
  }

  private static Role role(String role, String path) throws Refusal {
    return switch (role) {
      case "user", "function", "tool", "" -> Role.USER;
      case "model" -> Role.ASSISTANT;
      case "system" -> Role.SYSTEM;
      default ->
          throw new Refusal(
              Failure.invalid(
                  path + ".role", "Please use a valid role: user, model. '" + role + "' is none."));
    };
  }

  /** The blocks of one content. */
  private final class Said {
    private final int number;
    private final List<Block> list = new ArrayList<>();

    /** Where the blocks begin that no token speaks for yet. */
    private int since;

    private int ids;

    Said(int number) {
      this.number = number;
    }

    void add(Block block) {
      list.add(block);
    }

    void part(Json.Obj part) {
      Json.Obj result = Names.obj(part, "functionResponse");
      if (result != null) {
        add(result(part, result));
        return;
      }
      Carrier.Found token = token(part.text("thoughtSignature"));
      Carrier.Load load = token.load();
      Signature signature =
          token.marked()
              ? load == null ? null : load.own()
              : token.text().isEmpty() ? null : new Signature(token.text(), Origin.GEMINI);
      if (load != null && !load.thoughts().isEmpty()) {
        replace(load.thoughts());
      }
      if (token.marked() && part.text("text", "?").isEmpty()) {
        own(signature);
      } else {
        Block block = Parts.block(part, signature, nextId());
        if (block instanceof Block.ToolCall call) {
          ids++;
          var asked = new Asked(call.id(), call.name());
          byId.putIfAbsent(asked.id(), asked);
          byName.computeIfAbsent(asked.name(), _ -> new LinkedHashSet<>()).add(asked);
        }
        add(block);
      }
      if (token.marked()) {
        since = list.size();
      }
    }

    private String nextId() {
      return "call_" + number + "_" + ids;
    }

    /** The thoughts that a token carries stand for those that the client sent beside it. */
    private void replace(List<Block> thoughts) {
      int at = -1;
      for (int i = list.size() - 1; i >= since; i--) {
        if (list.get(i) instanceof Block.Thinking(String _, Signature by, var _) && by == null) {
          list.remove(i);
          at = i;
        }
      }
      list.addAll(at < 0 ? since : at, thoughts);
    }

    /** The signature of the text before an empty part. */
    private void own(@Nullable Signature signature) {
      if (signature == null) {
        return;
      }
      if (!list.isEmpty()
          && list.getLast() instanceof Block.Text(var text, var cited, var by, var cache, var extra)
          && by == null) {
        list.removeLast();
        list.add(new Block.Text(text, cited, signature, cache, extra));
      } else {
        list.add(new Block.Text("", List.of(), signature, null, null));
      }
    }

    private Block result(Json.Obj part, Json.Obj result) {
      String name = result.text("name", "");
      var content = new ArrayList<Block>();
      boolean error = said(result.get("response"), content);
      for (Json json : result.items("parts")) {
        if (json instanceof Json.Obj one) {
          Json.Obj inner = Names.camel(one);
          Block.Media media = Parts.media(inner);
          content.add(media == null ? new Block.Opaque(Origin.GEMINI, inner.text()) : media);
        }
      }
      return new Block.ToolResult(
          answered(result.text("id", ""), name),
          name.isEmpty() ? null : name,
          content,
          error,
          null,
          new Names()
              .keep("", part, Set.of("functionResponse"))
              .keep("functionResponse.", result, Set.of("id", "name", "response", "parts"))
              .extra());
    }

    /** The call that a result answers: that with its id, else the first of its name. */
    private String answered(String id, String name) {
      Asked called = id.isEmpty() ? null : byId.get(id);
      LinkedHashSet<Asked> alike = byName.get(name);
      if (called == null && alike != null && !alike.isEmpty()) {
        called = alike.getFirst();
      }
      if (called != null) {
        byId.remove(called.id());
        byName.getOrDefault(called.name(), new LinkedHashSet<>()).remove(called);
        return called.id();
      }
      if (!id.isEmpty()) {
        return id;
      }
      String made = nextId();
      ids++;
      return made;
    }
  }

  /** Adds what a tool said; whether it failed. */
  private static boolean said(@Nullable Json response, List<Block> into) {
    if (!(response instanceof Json.Obj object)) {
      if (response != null) {
        into.add(new Block.Text(response.text()));
      }
      return false;
    }
    if (object.members().size() == 1) {
      for (String key : List.of("output", "error")) {
        String text = object.text(key);
        if (text != null) {
          if (!text.isEmpty()) {
            into.add(new Block.Text(text));
          }
          return key.equals("error");
        }
      }
    }
    if (!object.members().isEmpty()) {
      into.add(new Block.Text(object.text()));
    }
    return false;
  }

  private Carrier.Found token(@Nullable String signature) {
    if (signature == null || !signature.startsWith(Tokens.BEGIN)) {
      return new Carrier.Found(signature == null ? "" : signature, false, null);
    }
    return Tokens.open(carrier, signature);
  }

  // ---- tools

  private List<Tool> tools() {
    var tools = new ArrayList<Tool>();
    for (Json json : root.items("tools")) {
      if (json instanceof Json.Obj object) {
        Json.Obj entry = Names.camel(object);
        for (Json declared : entry.items("functionDeclarations")) {
          if (declared instanceof Json.Obj function) {
            tools.add(function(Names.camel(function)));
          }
        }
        entry
            .without(Set.of("functionDeclarations"))
            .members()
            .forEach(
                (name, value) ->
                    tools.add(
                        new Tool.Native(
                            Origin.GEMINI, Json.object(t -> t.put(name, value)).text())));
      }
    }
    return tools;
  }

  private static Tool function(Json.Obj function) {
    Json json = function.get("parametersJsonSchema");
    Json.Obj openApi = function.obj("parameters");
    Json schema = json != null ? json : openApi == null ? null : Schemas.json(openApi);
    return new Tool.Function(
        function.text("name", ""),
        function.text("description"),
        schema == null ? null : schema.text(),
        null,
        null,
        new Names()
            .keep("", function, Set.of("name", "description", "parameters", "parametersJsonSchema"))
            .extra());
  }

  private @Nullable ToolChoice choice(Json.@Nullable Obj config) {
    Json.Obj calling = config == null ? null : Names.obj(config, "functionCallingConfig");
    unknown.keep("toolConfig.", config, Set.of("functionCallingConfig"));
    if (calling == null) {
      return null;
    }
    List<String> names = Fields.texts(calling.items("allowedFunctionNames"));
    String mode = calling.text("mode", "").toUpperCase(Locale.ROOT);
    boolean validated = mode.equals("VALIDATED");
    if ((validated && names.isEmpty())
        || !Set.of("mode", "allowedFunctionNames").containsAll(calling.members().keySet())) {
      unknown.keep("toolConfig.functionCallingConfig", calling);
    }
    return switch (mode) {
      case "ANY" ->
          names.isEmpty()
              ? new ToolChoice.Any()
              : names.size() == 1
                  ? new ToolChoice.Named(names.getFirst())
                  : new ToolChoice.Allowed(names, true);
      case "NONE" -> new ToolChoice.None();
      case "AUTO", "VALIDATED" ->
          names.isEmpty() ? new ToolChoice.Auto() : new ToolChoice.Allowed(names, false);
      default -> null;
    };
  }

  // ---- configuration

  private static Sampling sampling(Taken config) {
    return new Sampling(
        config.integer("maxOutputTokens"),
        config.lexeme("temperature"),
        config.lexeme("topP"),
        config.integer("topK"),
        Fields.texts(config.items("stopSequences")),
        config.lexeme("seed"),
        config.lexeme("presencePenalty"),
        config.lexeme("frequencyPenalty"),
        config.integer("candidateCount"),
        config.bool("responseLogprobs"),
        config.integer("logprobs"));
  }

  private static Output output(Taken config) {
    var modalities = new ArrayList<String>();
    for (String each : Fields.texts(config.items("responseModalities"))) {
      modalities.add(each.toLowerCase(Locale.ROOT));
    }
    return new Output(format(config), null, modalities, voice(config));
  }

  private static @Nullable Format format(Taken config) {
    Json json = config.get("responseJsonSchema");
    Json openApi = config.get("responseSchema");
    return switch (config.get("responseMimeType")) {
      case Json.Str(String type) when type.equals("text/plain") -> {
        config.take("responseMimeType");
        yield new Format.Free();
      }
      case Json.Str(String type) when type.equals("application/json") -> {
        config.take("responseMimeType", "responseJsonSchema", "responseSchema");
        Json schema =
            json != null ? json : openApi instanceof Json.Obj object ? Schemas.json(object) : null;
        yield schema == null
            ? new Format.AnyJson()
            : new Format.Schema(null, null, schema.text(), null);
      }
      case null, default -> null;
    };
  }

  private static Output.@Nullable Voice voice(Taken config) {
    if (config.get("speechConfig") instanceof Json.Obj speech) {
      Json.Obj voice = Names.obj(Names.camel(speech), "voiceConfig");
      Json.Obj prebuilt = voice == null ? null : Names.obj(voice, "prebuiltVoiceConfig");
      String name = prebuilt == null ? null : prebuilt.text("voiceName");
      if (name != null
          && voice != null
          && prebuilt != null
          && speech.members().size() + voice.members().size() + prebuilt.members().size() == 3) {
        config.take("speechConfig");
        return new Output.Voice(name, null);
      }
    }
    return null;
  }

  /** A budget of 0 is none at all, and -1 leaves it to the model, as silence does. */
  private static @Nullable Reasoning reasoning(Taken config) {
    Json.Obj thinking = config.obj("thinkingConfig");
    if (thinking == null) {
      return null;
    }
    var taken = new Taken(thinking);
    String level = taken.text("thinkingLevel");
    Long budget = taken.integer("thinkingBudget");
    Boolean shown = taken.bool("includeThoughts");
    Reasoning.Effort effort =
        level == null ? null : Reasoning.Effort.of(level.toLowerCase(Locale.ROOT)).orElse(null);
    boolean off = effort == null && budget != null && budget == 0;
    return new Reasoning(
        off ? Reasoning.Effort.NONE : effort,
        off || budget == null || budget < 0 ? null : budget,
        shown,
        taken.rest("", new Names()).extra());
  }

  private Terms terms() {
    String tier = root.text("serviceTier");
    Map<String, String> labels = Fields.labels(root.obj("labels"));
    if (labels == null) {
      unknown.keep("labels", root.members().getOrDefault("labels", Json.nil()));
    }
    return new Terms(
        null,
        null,
        null,
        null,
        Fields.bool(root.get("store")),
        tier == null
            ? null
            : switch (tier.toLowerCase(Locale.ROOT)) {
              case "standard" -> "default";
              case "unspecified" -> "auto";
              case String other -> other;
            },
        labels == null ? new LinkedHashMap<>() : labels);
  }
}
