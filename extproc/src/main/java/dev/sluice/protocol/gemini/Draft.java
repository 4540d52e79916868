package dev.sluice.protocol.gemini;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.CacheMark;
import dev.sluice.conversation.Format;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Output;
import dev.sluice.conversation.Reasoning;
import dev.sluice.conversation.Reasoning.Effort;
import dev.sluice.conversation.Request;
import dev.sluice.conversation.Sampling;
import dev.sluice.conversation.Signature;
import dev.sluice.conversation.Terms;
import dev.sluice.conversation.Tool;
import dev.sluice.conversation.ToolChoice;
import dev.sluice.conversation.Turn;
import dev.sluice.conversation.Turn.Role;
import dev.sluice.protocol.Begun;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.Freeform;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Written;
import dev.sluice.wire.Json;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The model's request as generateContent takes it.
 *
 * @see <a href="https://ai.google.dev/api/generate-content">Gemini API, generating content</a>
 * @see <a href="https://ai.google.dev/gemini-api/docs/thought-signatures">Gemini API, thought
 *     signatures</a>
 */
final class Draft {
  /**
   * Stands where a call has no signature of Gemini's, which Gemini 3 would refuse; the reference
   * names it for calls that another model made.
   */
  static final String UNSIGNED = "skip_thought_signature_validator";

  private static final int MOST_STOPS = 5;
  private static final Set<Effort> LEVELS =
      Set.of(Effort.MINIMAL, Effort.LOW, Effort.MEDIUM, Effort.HIGH);
  private static final Pattern MADE = Pattern.compile("call_\\d+_\\d+");

  private final Request request;
  private final Protocol.Target target;
  private final Family family;

  /** Whether the request came in this protocol, so that nothing needs to be made fit. */
  private final boolean own;

  private final List<Loss> losses = new ArrayList<>();
  private final Map<String, String> names = new HashMap<>();
  private final List<Json> system = new ArrayList<>();
  private final Json.Builder systemRest = new Json.Builder();
  private final List<Json> contents = new ArrayList<>();
  private final List<Json> parts = new ArrayList<>();
  private String role = "";
  private Json.Builder rest = new Json.Builder();

  private Draft(Request request, Protocol.Target target) {
    this.request = request;
    this.target = target;
    this.family = Family.of(target.model());
    this.own = request.origin() == Origin.GEMINI;
  }

  static Written write(Request request, Protocol.Target target) {
    return new Draft(request, target).write();
  }

  private Written write() {
    request.turns().forEach(this::turn);
    flush();
    goOn();
    if (contents.isEmpty() && !system.isEmpty()) {
      contents.add(content("user", List.copyOf(system), Json.empty()));
      system.clear();
    }
    var root = new Json.Builder();
    if (!system.isEmpty()) {
      root.put(
          "systemInstruction", Json.object(s -> s.put("parts", system).all(systemRest.build())));
    }
    root.put("contents", contents);
    tools(root);
    var config = new Json.Builder();
    sampling(config);
    output(config);
    reasoning(config);
    var toolConfig = new Json.Builder();
    toolConfig.put("functionCallingConfig", choice());
    if (Boolean.FALSE.equals(request.parallelCalls())) {
      lose("parallel_tool_calls", "Gemini calls as many tools at once as it likes");
    }
    var outer = new Json.Builder();
    Names.restore(
        request.extra(),
        "",
        outer,
        Map.of("generationConfig", config, "toolConfig", toolConfig),
        losses);
    put(root, "toolConfig", toolConfig);
    put(root, "generationConfig", config);
    terms(root);
    root.all(outer.build());
    return new Written(root.build().bytes(), losses);
  }

  private static void put(Json.Builder into, String name, Json.Builder object) {
    Json.Obj built = object.build();
    if (!built.members().isEmpty()) {
      into.put(name, built);
    }
  }

  private void lose(String field, String reason) {
    losses.add(new Loss(field, reason));
  }

  private void lose(String field, @Nullable Object said, String reason) {
    if (said != null) {
      lose(field, reason);
    }
  }

  // ---- contents

  private void turn(Turn turn) {
    String path = turn.path();
    switch (turn.role()) {
      case SYSTEM, DEVELOPER -> {
        if (!contents.isEmpty() || !parts.isEmpty()) {
          lose(path, "Gemini has instructions in front alone; it was moved there");
        }
        blocks(turn, system);
        Names.restore(turn.extra(), path, systemRest, Map.of(), losses);
      }
      case USER -> add("user", turn);
      case ASSISTANT -> add("model", turn);
    }
  }

  /** Contents of one role in a row become one, since roles must take turns. */
  private void add(String speaker, Turn turn) {
    if (own || !speaker.equals(role)) {
      flush();
      role = speaker;
    }
    blocks(turn, parts);
    Names.restore(turn.extra(), turn.path(), rest, Map.of(), losses);
  }

  private void flush() {
    if (!parts.isEmpty() || (own && !role.isEmpty())) {
      List<Json> said = role.equals("user") && !own ? resultsLast(parts) : List.copyOf(parts);
      contents.add(content(role, role.equals("model") ? signed(said) : said, rest.build()));
    }
    parts.clear();
    rest = new Json.Builder();
  }

  private static Json content(String role, List<Json> parts, Json.Obj rest) {
    return Json.object(c -> c.put("role", role).put("parts", parts).all(rest));
  }

  /**
   * The results of all calls must follow the calls at once; newer models take nothing after them in
   * the same turn, and all take what stands before them.
   */
  private static List<Json> resultsLast(List<Json> parts) {
    var ordered = new ArrayList<Json>();
    for (Json part : parts) {
      if (!is(part, "functionResponse")) {
        ordered.add(part);
      }
    }
    for (Json part : parts) {
      if (is(part, "functionResponse")) {
        ordered.add(part);
      }
    }
    return ordered;
  }

  /** Newer models refuse to go on from the beginning of an answer. */
  private void goOn() {
    if (own
        || family.continues()
        || contents.isEmpty()
        || !(contents.getLast() instanceof Json.Obj last)
        || !last.text("role", "").equals("model")
        || last.items("parts").stream().anyMatch(part -> is(part, "functionCall"))) {
      return;
    }
    losses.add(Begun.loss(request));
    contents.add(content("user", List.of(Parts.text(Begun.GO_ON)), Json.empty()));
  }

  private static boolean is(Json part, String kind) {
    return part instanceof Json.Obj object && object.obj(kind) != null;
  }

  /** The first call of a step must be signed for Gemini 3; those beside it need not. */
  private List<Json> signed(List<Json> said) {
    if (!family.three()) {
      return said;
    }
    var signed = new ArrayList<>(said);
    for (int i = 0; i < signed.size(); i++) {
      if (is(signed.get(i), "functionCall") && signed.get(i) instanceof Json.Obj call) {
        if (call.get("thoughtSignature") == null) {
          signed.set(i, Json.object(c -> c.all(call).put("thoughtSignature", UNSIGNED)));
        }
        break;
      }
    }
    return signed;
  }

  private void blocks(Turn turn, List<Json> into) {
    for (int i = 0; i < turn.blocks().size(); i++) {
      block(turn.blocks().get(i), turn.role(), turn.at(i), into);
    }
  }

  private void block(Block block, Role speaker, String path, List<Json> into) {
    boolean instructs = speaker == Role.SYSTEM || speaker == Role.DEVELOPER;
    switch (block) {
      case Block.Text text -> text(text, path, into);
      case Block.Thinking(String text, var by, var extra) -> {
        String signature = signature(by, path);
        if (!text.isEmpty() || signature != null || own) {
          into.add(Parts.text(text, true, signature, extra, path, losses));
        } else {
          Fields.restore(extra, Origin.GEMINI, path, new Json.Builder(), losses);
        }
      }
      case Block.Redacted _ -> lose(path, "only its issuer can read it");
      case Block.ToolCall call -> {
        names.put(call.id(), call.name());
        cache(call.cache(), path);
        into.add(
            Parts.call(
                id(call.id()),
                call.name(),
                Parts.arguments(Freeform.arguments(call), path, losses),
                signature(call.signature(), path),
                call.extra(),
                path,
                losses));
      }
      case Block.ToolResult result -> result(result, path, into);
      case Block.Media media -> {
        cache(media.cache(), path);
        if (instructs && !own) {
          lose(path, "Gemini's instructions are text");
        } else {
          Json part = Parts.media(media, family, own, path, losses);
          if (part != null) {
            into.add(part);
          }
        }
      }
      case Block.Refusal(String text, var extra) -> {
        if (!text.isEmpty()) {
          into.add(Parts.text(text, false, null, extra, path, losses));
        }
      }
      case Block.Opaque(Origin origin, String raw) -> {
        if (origin == Origin.GEMINI) {
          into.add(Fields.value(raw));
        } else {
          lose(path, "Gemini has no such part");
        }
      }
    }
  }

  private void text(Block.Text text, String path, List<Json> into) {
    cache(text.cache(), path);
    if (!text.citations().isEmpty()) {
      lose(path + ".citations", "a request of Gemini has no place for them");
    }
    String signature = signature(text.signature(), path);
    if (!text.text().isEmpty() || signature != null || own) {
      into.add(Parts.text(text.text(), false, signature, text.extra(), path, losses));
    }
  }

  private @Nullable String signature(@Nullable Signature signature, String path) {
    if (signature == null) {
      return null;
    }
    if (signature.speaksTo(Origin.GEMINI, target.issuer())) {
      return signature.text();
    }
    lose(path + ".signature", "only its issuer can read it");
    return null;
  }

  private void cache(@Nullable CacheMark cache, String path) {
    lose(path + ".cache_control", cache, "Gemini caches by itself");
  }

  /** Gemini does without ids, and those that were made here for want of any are not sent. */
  private static String id(String id) {
    return MADE.matcher(id).matches() ? "" : id;
  }

  // ---- tool results

  private void result(Block.ToolResult result, String path, List<Json> into) {
    cache(result.cache(), path);
    String called = names.get(result.callId());
    String name = called != null ? called : result.name();
    var texts = new ArrayList<String>();
    var inside = new ArrayList<Json>();
    var beside = new ArrayList<Json>();
    for (int i = 0; i < result.content().size(); i++) {
      String at = path + ".content[" + i + "]";
      switch (result.content().get(i)) {
        case Block.Text(String text, var cited, var _, var cache, var extra) -> {
          texts.add(text);
          cache(cache, at);
          if (!cited.isEmpty()) {
            lose(at + ".citations", "a result of Gemini's has no place for them");
          }
          Names.restore(extra, at, new Json.Builder(), Map.of(), losses);
        }
        case Block.Media media -> {
          cache(media.cache(), at);
          Json part = Parts.media(media, family, own, at, losses);
          if (part != null) {
            boolean holds = own || (family.three() && is(part, "inlineData"));
            (holds ? inside : beside).add(part);
          }
        }
        case Block.Opaque(Origin origin, String raw) when origin == Origin.GEMINI ->
            inside.add(Fields.value(raw));
        default -> lose(at, "Gemini's tool results hold text and media");
      }
    }
    String id = id(result.callId());
    var response = new Json.Builder();
    response
        .put("id", id.isEmpty() ? null : id)
        .put("name", name == null ? result.callId() : name)
        .put("response", response(String.join("\n", texts), result.error()));
    if (!inside.isEmpty()) {
      response.put("parts", inside);
    }
    var part = new Json.Builder();
    Names.restore(result.extra(), path, part, Map.of("functionResponse", response), losses);
    into.add(Json.object(p -> p.put("functionResponse", response.build()).all(part.build())));
    into.addAll(beside);
  }

  /** An object: the tool's own where it said one on one line, else its text under a name. */
  private static Json response(String text, boolean error) {
    if (error) {
      return Json.object(r -> r.put("error", text));
    }
    Json.Obj object = text.indexOf('\n') < 0 ? Parts.object(text) : null;
    return object != null ? object : Json.object(r -> r.put("output", text));
  }

  // ---- tools

  private void tools(Json.Builder root) {
    var functions = new ArrayList<Json>();
    var others = new ArrayList<Json>();
    for (int i = 0; i < request.tools().size(); i++) {
      String path = "tools[" + i + "]";
      switch (request.tools().get(i)) {
        case Tool.Function function -> functions.add(function(function, path));
        case Tool.Custom custom -> {
          if (Freeform.grammar(custom)) {
            lose(path + ".format", "Gemini holds no tool's text to a grammar");
          }
          Names.restore(custom.extra(), path, new Json.Builder(), Map.of(), losses);
          functions.add(function(Freeform.function(custom), path));
        }
        case Tool.Native(Origin origin, String raw) -> {
          if (origin == Origin.GEMINI) {
            others.add(Fields.value(raw));
          } else {
            lose(path, "a tool that only its own provider runs");
          }
        }
      }
    }
    var tools = new ArrayList<Json>();
    if (!functions.isEmpty()) {
      tools.add(Json.object(t -> t.put("functionDeclarations", functions)));
    }
    tools.addAll(others);
    if (!tools.isEmpty()) {
      root.put("tools", tools);
    }
  }

  private Json function(Tool.Function function, String path) {
    cache(function.cache(), path);
    if (Boolean.TRUE.equals(function.strict())) {
      lose(path + ".strict", "Gemini follows a tool's schema as well as it can");
    }
    String schema = function.schema();
    return Json.object(
        f -> {
          f.put("name", function.name()).put("description", function.description());
          if (schema != null) {
            Json json = Fields.value(schema);
            f.put("parametersJsonSchema", own ? json : Schemas.arguments(json));
          }
          Names.restore(function.extra(), path, f, Map.of(), losses);
        });
  }

  private @Nullable Json choice() {
    return switch (request.choice()) {
      case null -> null;
      case ToolChoice.Auto() -> mode("AUTO", List.of());
      case ToolChoice.None() -> mode("NONE", List.of());
      case ToolChoice.Any() -> mode("ANY", List.of());
      case ToolChoice.Named(String name) -> mode("ANY", List.of(name));
      case ToolChoice.Allowed(var allowed, boolean must) ->
          mode(must ? "ANY" : "VALIDATED", allowed);
    };
  }

  private static Json mode(String mode, List<String> names) {
    return Json.object(
        c -> {
          c.put("mode", mode);
          if (!names.isEmpty()) {
            c.put("allowedFunctionNames", names.stream().map(Json::of).toList());
          }
        });
  }

  // ---- configuration

  private void sampling(Json.Builder config) {
    Sampling sampling = request.sampling();
    if (own || family.draws()) {
      config
          .put("temperature", Fields.number(sampling.temperature()))
          .put("topP", Fields.number(sampling.topP()))
          .put("topK", sampling.topK());
    } else {
      lose("temperature", sampling.temperature(), "this model takes none");
      lose("top_p", sampling.topP(), "this model takes none");
      lose("top_k", sampling.topK(), "this model takes none");
    }
    config.put("maxOutputTokens", sampling.maxTokens());
    List<String> stops =
        own ? sampling.stop() : sampling.stop().stream().filter(each -> !each.isEmpty()).toList();
    if (stops.size() > MOST_STOPS && !own) {
      lose("stop", "Gemini takes five stop sequences at most");
      stops = stops.subList(0, MOST_STOPS);
    }
    if (!stops.isEmpty()) {
      config.put("stopSequences", stops.stream().map(Json::of).toList());
    }
    String seed = sampling.seed();
    if (seed != null && !own && !fitsInt(seed)) {
      lose("seed", "Gemini takes whole numbers of 32 bits");
    } else {
      config.put("seed", Fields.number(seed));
    }
    Long candidates = sampling.candidates();
    if (own) {
      config.put("candidateCount", candidates);
    } else if (candidates != null && candidates > 1) {
      lose("n", "only one answer is carried from one protocol to another");
    }
    config
        .put("presencePenalty", Fields.number(sampling.presencePenalty()))
        .put("frequencyPenalty", Fields.number(sampling.frequencyPenalty()))
        .put("responseLogprobs", sampling.logprobs())
        .put("logprobs", sampling.topLogprobs());
  }

  private static boolean fitsInt(String lexeme) {
    Long whole = new Json.Num(lexeme).integer();
    return whole != null && whole == whole.intValue();
  }

  private void output(Json.Builder config) {
    Output output = request.output();
    switch (output.format()) {
      case null -> {}
      case Format.Free() -> config.put("responseMimeType", "text/plain");
      case Format.AnyJson() -> config.put("responseMimeType", "application/json");
      case Format.Schema(var _, var description, String schema, var _) -> {
        Json json = Fields.value(schema);
        Json held = own ? json : Schemas.answer(json, "response_format.schema", losses);
        config
            .put("responseMimeType", "application/json")
            .put(
                "responseJsonSchema",
                description != null && held instanceof Json.Obj o && o.get("description") == null
                    ? Json.object(s -> s.all(o).put("description", description))
                    : held);
      }
    }
    lose("verbosity", output.verbosity(), "Gemini has none");
    if (!output.modalities().isEmpty()) {
      config.put(
          "responseModalities",
          output.modalities().stream()
              .map(each -> Json.of(each.toUpperCase(Locale.ROOT)))
              .toList());
    }
    Output.Voice voice = output.voice();
    if (voice == null) {
      return;
    }
    if (own) {
      config.put(
          "speechConfig",
          Json.object(
              s ->
                  s.put(
                      "voiceConfig",
                      Json.object(
                          v ->
                              v.put(
                                  "prebuiltVoiceConfig",
                                  Json.object(p -> p.put("voiceName", voice.name())))))));
    } else {
      lose("audio", "Gemini knows other voices");
    }
  }

  private void reasoning(Json.Builder config) {
    Reasoning reasoning = request.reasoning();
    if (reasoning == null) {
      return;
    }
    var thinking = new Json.Builder();
    Boolean shown = reasoning.shown();
    // To some clients thoughts are shown where nothing is said, here they are not.
    thinking.put(
        "includeThoughts", (shown == null && !own && request.showsThinking()) ? Boolean.TRUE : shown);
    if (own && (reasoning.budget() == null || reasoning.effort() == null)) {
      asSaid(reasoning, thinking);
    } else if (family.levels()) {
      level(reasoning, thinking);
    } else if (family.budgets()) {
      budget(reasoning, thinking);
    } else {
      lose("reasoning", "this model does not think");
      return;
    }
    Names.restore(reasoning.extra(), "reasoning", thinking, Map.of(), losses);
    put(config, "thinkingConfig", thinking);
  }

  /** A Gemini client knows what it says; only what the model refuses is said in another way. */
  private void asSaid(Reasoning reasoning, Json.Builder thinking) {
    Effort effort = reasoning.effort();
    Long budget = reasoning.budget();
    if (effort != null && family.levels()) {
      if (LEVELS.contains(effort)) {
        thinking.put("thinkingLevel", effort.word().toUpperCase(Locale.ROOT));
      } else {
        level(reasoning, thinking);
      }
    } else if (effort != null) {
      budget(reasoning, thinking);
    } else if (budget != null) {
      thinking.put("thinkingBudget", budget);
    } else if (family.budgets() && (reasoning.shown() == null || family.lite())) {
      thinking.put("thinkingBudget", -1L);
    }
  }

  private void level(Reasoning reasoning, Json.Builder thinking) {
    if (reasoning.effort() == null && reasoning.budget() == null) {
      return;
    }
    Effort asked = reasoning.word();
    Effort level = family.level(asked);
    if (level != asked && (reasoning.effort() != null || asked == Effort.NONE)) {
      lose("reasoning", "this model's nearest level is " + level.word());
    }
    thinking.put("thinkingLevel", level.word().toUpperCase(Locale.ROOT));
  }

  private void budget(Reasoning reasoning, Json.Builder thinking) {
    if (reasoning.effort() == null && reasoning.budget() == null) {
      if (family.lite()) {
        thinking.put("thinkingBudget", -1L);
      }
      return;
    }
    long asked = Math.max(0, reasoning.tokens());
    long budget = family.budget(asked);
    if (budget != asked) {
      lose("reasoning", "this model's nearest budget is " + budget);
    }
    thinking.put("thinkingBudget", Long.valueOf(budget));
  }

  private void terms(Json.Builder root) {
    Terms terms = request.terms();
    lose("user", terms.user(), "Gemini knows no users");
    lose("safety_identifier", terms.safetyIdentifier(), "Gemini knows no users");
    lose("prompt_cache_key", terms.cacheKey(), "Gemini caches by itself");
    lose("prompt_cache_retention", terms.cacheRetention(), "Gemini caches by itself");
    Boolean store = terms.store();
    if (own) {
      root.put("store", store);
    } else if (Boolean.TRUE.equals(store)) {
      lose("store", "Gemini keeps no answers to be asked for");
    }
    if (!terms.metadata().isEmpty()) {
      if (own) {
        root.put("labels", Json.object(l -> terms.metadata().forEach(l::put)));
      } else {
        terms.metadata().keySet().forEach(name -> lose("metadata." + name, "Gemini has no labels"));
      }
    }
    String tier = terms.tier();
    if (tier == null) {
      return;
    }
    switch (tier) {
      case "flex", "priority" -> root.put("serviceTier", tier);
      case "default", "auto", "standard_only" -> {
        if (own) {
          root.put("serviceTier", tier.equals("auto") ? "unspecified" : "standard");
        }
      }
      default -> {
        if (own) {
          root.put("serviceTier", tier);
        } else {
          lose("service_tier", "Gemini has no tier of that name");
        }
      }
    }
  }
}
