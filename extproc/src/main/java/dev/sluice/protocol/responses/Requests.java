package dev.sluice.protocol.responses;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Extra;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Format;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Output;
import dev.sluice.conversation.Reasoning;
import dev.sluice.conversation.Request;
import dev.sluice.conversation.Sampling;
import dev.sluice.conversation.Terms;
import dev.sluice.conversation.Tool;
import dev.sluice.conversation.ToolChoice;
import dev.sluice.conversation.Turn;
import dev.sluice.conversation.Turn.Role;
import dev.sluice.protocol.Begun;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.Freeform;
import dev.sluice.protocol.OpenAi;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.StrictSchema;
import dev.sluice.protocol.Tier;
import dev.sluice.protocol.Written;
import dev.sluice.wire.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Responses requests to the model and back.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/create">OpenAI, create a
 *     response</a>
 */
final class Requests {
  /** What is to be told beside the answer: the reasoning in a form that can be replayed. */
  static final String ENCRYPTED = "reasoning.encrypted_content";

  /** What is to be told beside the answer: how likely its tokens were. */
  static final String LOGPROBS = "message.output_text.logprobs";

  /** The fields that say how to answer; the rest is named in {@link #read}. */
  private static final Set<String> SETTINGS =
      Set.of(
          "tools",
          "tool_choice",
          "parallel_tool_calls",
          "max_output_tokens",
          "temperature",
          "top_p",
          "top_logprobs",
          "include",
          "reasoning",
          "text",
          "metadata",
          "user",
          "safety_identifier",
          "prompt_cache_key",
          "prompt_cache_retention",
          "service_tier",
          "store");

  /** Fields whose values here mean nothing for an answer. */
  private static final Map<String, Json> IDLE =
      Map.of("background", Json.of(false), "truncation", Json.of("disabled"));

  private static final long LEAST_TOKENS = 16;
  private static final String SETTINGS_PATCH = "settings";
  private static final String STREAM = "stream";
  private static final String STRING = "string";
  private static final Set<String> HEAD = Set.of("model", "input", "instructions", STREAM);

  private Requests() {}

  // ---- reading

  static Request read(byte[] body, Carrier carrier) throws Refusal {
    Json.Obj root = Fields.tree(body);
    refuse(root);
    refusePrevious(root);
    var turns = new ArrayList<Turn>();
    String instructions = text(root, "instructions");
    if (instructions != null) {
      turns.add(
          new Turn(
              Role.SYSTEM,
              List.of(new Block.Text(instructions)),
              "instructions",
              new Extra(Origin.RESPONSES, "{}")));
    }
    Json input = root.get("input");
    switch (input) {
      case Json.Str(String text) ->
          turns.add(
              new Turn(
                  Role.USER,
                  List.of(new Block.Text(text)),
                  "input",
                  new Extra(Origin.RESPONSES, "{}")));
      case Json.Arr(List<Json> items) ->
          turns.addAll(Inputs.read(items, carrier, new Namespaces(root.items("tools"))));
      case null -> throw Parts.missing("input");
      default ->
          throw new Refusal(Failure.invalid("input", "'input' must be of type string or array."));
    }
    Request bare =
        new Request(
            Origin.RESPONSES,
            turns,
            tools(root),
            choice(root.get("tool_choice")),
            bool(root, "parallel_tool_calls"),
            sampling(root),
            output(root),
            reasoning(root),
            terms(root),
            new Extra(Origin.RESPONSES, "{}"));
    return remember(bare, root);
  }

  /** Everything that the model does not hold, for whoever writes the request here again. */
  private static Request remember(Request bare, Json.Obj root) {
    var settings = new Json.Builder();
    new Writing(new Protocol.Target("", false, ""), true).settings(bare, settings);
    Json.Obj would = settings.build();
    Json patch = Patch.of(root.without(HEAD), would);
    Json stream = root.members().get(STREAM);
    Json.Obj form =
        Json.object(
            f ->
                f.put(SETTINGS_PATCH, patch)
                    .put(STREAM, root.isTrue(STREAM) ? null : stream)
                    .put(STRING, root.get("input") instanceof Json.Str ? Boolean.TRUE : null)
                    .put(
                        "instructions",
                        root.members().get("instructions") instanceof Json.Null
                            ? Json.nil()
                            : null));
    return new Request(
        Origin.RESPONSES,
        bare.turns(),
        bare.tools(),
        bare.choice(),
        bare.parallelCalls(),
        bare.sampling(),
        bare.output(),
        bare.reasoning(),
        bare.terms(),
        new Extra(Origin.RESPONSES, unknown(root).text(), form.text()));
  }

  /** What the model has no word for, at the top or in a field that it knows by half. */
  private static Json.Obj unknown(Json.Obj root) {
    return Json.object(
        o -> {
          root.without(HEAD)
              .without(SETTINGS)
              .members()
              .forEach(
                  (name, value) -> {
                    if (!value.equals(IDLE.get(name)) && !name.equals("stream_options")) {
                      o.put(name, value);
                    }
                  });
          Json choice = root.get("tool_choice");
          if (choice instanceof Json.Obj hosted && !named(hosted)) {
            o.put("tool_choice", choice);
          }
          for (Json each : root.items("include")) {
            if (!each.equals(Json.of(ENCRYPTED)) && !each.equals(Json.of(LOGPROBS))) {
              o.put("include", root.get("include"));
            }
          }
          Json.Obj text = root.obj("text");
          if (text != null && strange(text)) {
            o.put("text", text);
          }
          Json.Obj reasoning = root.obj("reasoning");
          if (reasoning != null && reasoning(root) == null) {
            Json.Obj rest = reasoning.without(Set.of("effort", "summary", "generate_summary"));
            o.put("reasoning", rest.members().isEmpty() ? null : rest);
          }
          if (root.obj("metadata") instanceof Json.Obj labels && Fields.labels(labels) == null) {
            o.put("metadata", labels);
          }
        });
  }

  private static boolean strange(Json.Obj text) {
    Json.Obj format = text.obj("format");
    return !text.without(Set.of("format", "verbosity")).members().isEmpty()
        || (format != null
            && (format(format) == null
                || !format
                    .without(Set.of("type", "name", "description", "schema", "strict"))
                    .members()
                    .isEmpty()));
  }

  /** What only the provider that keeps conversations can do. */
  private static void refuse(Json.Obj root) throws Refusal {
    if (root.isTrue("background")) {
      throw unsupported("background", "runs no response in the background");
    }
    if (root.get("conversation") != null) {
      throw unsupported("conversation", "keeps no conversations");
    }
    if (root.get("prompt") != null) {
      throw unsupported("prompt", "has no prompt templates");
    }
  }

  /** What a store of answers will resolve; there is none yet. */
  private static void refusePrevious(Json.Obj root) throws Refusal {
    if (root.get("previous_response_id") != null) {
      throw unsupported("previous_response_id", "keeps no earlier responses");
    }
  }

  private static Refusal unsupported(String field, String why) {
    return new Refusal(
        Failure.invalid(
            field, "'" + field + "' is not supported: the provider of this model " + why + "."));
  }

  private static @Nullable String text(Json.Obj root, String name) throws Refusal {
    return typed(root, name, "string") instanceof Json.Str(String text) ? text : null;
  }

  private static @Nullable Boolean bool(Json.Obj root, String name) throws Refusal {
    return Fields.bool(typed(root, name, "boolean"));
  }

  private static @Nullable Long integer(Json.Obj root, String name) throws Refusal {
    return typed(root, name, "integer") instanceof Json.Num number ? number.integer() : null;
  }

  private static @Nullable String lexeme(Json.Obj root, String name) throws Refusal {
    return Fields.lexeme(typed(root, name, "number"));
  }

  private static @Nullable Json typed(Json.Obj root, String name, String type) throws Refusal {
    Json value = root.get(name);
    boolean right =
        switch (type) {
          case "string" -> value instanceof Json.Str;
          case "boolean" -> value instanceof Json.Bool;
          case "number" -> value instanceof Json.Num;
          default -> value instanceof Json.Num number && number.integer() != null;
        };
    if (value != null && !right) {
      throw new Refusal(Failure.invalid(name, "'" + name + "' must be of type " + type + "."));
    }
    return value;
  }

  static List<Tool> tools(Json.Obj root) {
    var tools = new ArrayList<Tool>();
    var namespaces = new Namespaces(root.items("tools"));
    for (Json json : root.items("tools")) {
      if (json instanceof Json.Obj space
          && Namespaces.is(space)
          && space.text("name") instanceof String name) {
        String description = space.text("description");
        for (Json inner : space.items("tools")) {
          tools.add(tool(inner, namespaces, name, description));
          description = null;
        }
      } else {
        tools.add(tool(json, namespaces, null, null));
      }
    }
    return tools;
  }

  /**
   * A tool.
   *
   * @param namespace null: it stands in none
   * @param before what is told of its namespace in front of its own description; null: nothing
   */
  private static Tool tool(
      Json json, Namespaces namespaces, @Nullable String namespace, @Nullable String before) {
    if (!(json instanceof Json.Obj tool) || !(tool.text("name") instanceof String own)) {
      return new Tool.Native(Origin.RESPONSES, json.text());
    }
    String name = namespaces.joined(namespace, own);
    String said = tool.text("description");
    String description = before == null ? said : said == null ? before : before + "\n\n" + said;
    return switch (tool.text("type", "")) {
      case "function" -> {
        Json schema = tool.get("parameters");
        yield new Tool.Function(
            name,
            description,
            schema == null ? null : schema.text(),
            Fields.bool(tool.get("strict")),
            null,
            Fields.unknown(
                Origin.RESPONSES,
                tool,
                Set.of("type", "name", "description", "parameters", "strict", "defer_loading")));
      }
      case "custom" -> {
        Json format = tool.get("format");
        yield new Tool.Custom(
            name,
            description,
            format == null ? null : format.text(),
            Fields.unknown(
                Origin.RESPONSES,
                tool,
                Set.of("type", "name", "description", "format", "defer_loading")));
      }
      default -> new Tool.Native(Origin.RESPONSES, tool.text());
    };
  }

  private static @Nullable ToolChoice choice(@Nullable Json json) throws Refusal {
    return switch (json) {
      case Json.Str(String word) ->
          switch (word) {
            case "auto" -> new ToolChoice.Auto();
            case "none" -> new ToolChoice.None();
            case "required" -> new ToolChoice.Any();
            default ->
                throw new Refusal(
                    Failure.invalid(
                        "tool_choice", "'" + word + "' is none of auto, none, required."));
          };
      case Json.Obj choice ->
          switch (choice.text("type", "")) {
            case "function", "custom" -> new ToolChoice.Named(choice.text("name", ""));
            case "allowed_tools" ->
                new ToolChoice.Allowed(
                    names(choice.items("tools")), choice.text("mode", "").equals("required"));
            default -> null;
          };
      case null -> null;
      default ->
          throw new Refusal(
              Failure.invalid("tool_choice", "'tool_choice' must be a string or an object."));
    };
  }

  private static List<String> names(List<Json> tools) {
    var names = new ArrayList<String>();
    for (Json json : tools) {
      if (json instanceof Json.Obj tool && own(tool) && tool.text("name") instanceof String name) {
        names.add(name);
      }
    }
    return names;
  }

  /** Whether the client runs the tool itself. */
  private static boolean own(Json.Obj tool) {
    String type = tool.text("type", "");
    return type.equals("function") || type.equals("custom");
  }

  /** Whether all that a choice speaks of are the client's own tools. */
  private static boolean named(Json.Obj choice) {
    return own(choice)
        || (choice.text("type", "").equals("allowed_tools")
            && names(choice.items("tools")).size() == choice.items("tools").size());
  }

  private static Sampling sampling(Json.Obj root) throws Refusal {
    return new Sampling(
        integer(root, "max_output_tokens"),
        lexeme(root, "temperature"),
        lexeme(root, "top_p"),
        null,
        List.of(),
        null,
        null,
        null,
        null,
        root.items("include").contains(Json.of(LOGPROBS)) ? Boolean.TRUE : null,
        integer(root, "top_logprobs"));
  }

  private static Output output(Json.Obj root) {
    Json.Obj text = root.obj("text");
    Json.Obj format = text == null ? null : text.obj("format");
    String verbosity = text == null ? null : text.text("verbosity");
    return format == null && verbosity == null
        ? Output.ANY
        : new Output(format == null ? null : format(format), verbosity, List.of(), null);
  }

  private static @Nullable Format format(Json.Obj format) {
    return switch (format.text("type", "")) {
      case "text" -> new Format.Free();
      case "json_object" -> new Format.AnyJson();
      case "json_schema" -> {
        Json schema = format.get("schema");
        yield schema == null
            ? null
            : new Format.Schema(
                format.text("name"),
                format.text("description"),
                schema.text(),
                Fields.bool(format.get("strict")));
      }
      default -> null;
    };
  }

  /** Null where neither how much nor whether it is shown is said. */
  private static @Nullable Reasoning reasoning(Json.Obj root) {
    Json.Obj reasoning = root.obj("reasoning");
    if (reasoning == null) {
      return null;
    }
    String word = reasoning.text("effort");
    Reasoning.Effort effort = word == null ? null : Reasoning.Effort.of(word).orElse(null);
    boolean shown = reasoning.text("summary") != null || reasoning.text("generate_summary") != null;
    if (word == null && !shown) {
      return null;
    }
    var known = new HashSet<>(Set.of("summary", "generate_summary"));
    if (effort != null || word == null) {
      known.add("effort");
    }
    return new Reasoning(
        effort,
        null,
        shown ? Boolean.TRUE : null,
        Fields.unknown(Origin.RESPONSES, reasoning, known));
  }

  private static Terms terms(Json.Obj root) throws Refusal {
    Map<String, String> labels = Fields.labels(root.obj("metadata"));
    return new Terms(
        text(root, "user"),
        text(root, "safety_identifier"),
        text(root, "prompt_cache_key"),
        text(root, "prompt_cache_retention"),
        bool(root, "store"),
        text(root, "service_tier"),
        labels == null ? Map.of() : labels);
  }

  // ---- writing

  static Written write(Request request, Protocol.Target target) {
    return new Writing(target, request.origin() == Origin.RESPONSES).write(request);
  }

  /** One request on its way to one provider. */
  private static final class Writing {
    private final Protocol.Target target;
    private final OpenAi model;
    private final boolean own;
    private final List<Loss> losses = new ArrayList<>();

    /**
     * Writes for this provider.
     *
     * @param own whether the client speaks Responses too, so that what it left out is left out
     */
    Writing(Protocol.Target target, boolean own) {
      this.target = target;
      this.model = OpenAi.of(target.model());
      this.own = own;
    }

    private void lose(String path, String reason) {
      losses.add(new Loss(path, reason));
    }

    Written write(Request request) {
      Json.Obj form = Items.form(request.extra());
      Json.Obj root =
          Json.object(
              body -> {
                body.put("model", target.model());
                List<Turn> turns = request.turns();
                // An input there must be, and instructions alone are none.
                String instructions =
                    turns.isEmpty() || ((turns.size() == 1 || onlyThereJson(request)) && !own)
                        ? null
                        : instructions(turns.getFirst());
                body.put(
                    "instructions",
                    instructions == null
                        ? form.members().get("instructions")
                        : Json.of(instructions));
                Json input =
                    input(
                        instructions == null ? turns : turns.subList(1, turns.size()),
                        form.isTrue(STRING));
                body.put("input", own ? input : goOn(request, input));
                var settings = new Json.Builder();
                settings(request, settings);
                if (Patch.apply(settings.build(), form.get(SETTINGS_PATCH))
                    instanceof Json.Obj patched) {
                  body.all(patched);
                }
                if (own) {
                  body.put(STREAM, form.members().get(STREAM));
                } else {
                  Fields.restore(request.extra(), Origin.RESPONSES, "", body, losses);
                }
                if (target.stream()) {
                  body.put(STREAM, true);
                }
              });
      return new Written(root.bytes(), losses);
    }

    /**
     * Whether JSON is asked for, of which the input must speak, and the instructions alone do:
     * OpenAI does not count them.
     */
    private static boolean onlyThereJson(Request request) {
      return request.output().format() instanceof Format.AnyJson
          && request.turns().stream().skip(1).noneMatch(Writing::speaksOfJson);
    }

    private static boolean speaksOfJson(Turn turn) {
      return turn.blocks().stream()
          .anyMatch(
              block ->
                  block instanceof Block.Text text
                      && text.text().toLowerCase(Locale.ROOT).contains("json"));
    }

    /** OpenAI continues no answer, and would begin anew without a word. */
    private Json goOn(Request request, Json input) {
      if (!Begun.by(request)
          || !(input instanceof Json.Arr(List<Json> items))
          || items.isEmpty()
          || !(items.getLast() instanceof Json.Obj last)
          || !last.text("role", "").equals("assistant")) {
        return input;
      }
      losses.add(Begun.loss(request));
      var more = new ArrayList<>(items);
      more.add(
          Json.object(
              m -> m.put("type", "message").put("role", "user").put("content", Begun.GO_ON)));
      return new Json.Arr(more);
    }

    /** The text of a first turn that is the system's and no input item; null where it is not. */
    private @Nullable String instructions(Turn turn) {
      if (turn.role() != Role.SYSTEM || !Items.form(turn.extra()).items(Items.ITEMS).isEmpty()) {
        return null;
      }
      var text = new StringBuilder();
      for (Block block : turn.blocks()) {
        if (!(block instanceof Block.Text said) || model.takes(said.cache())) {
          return null;
        }
        text.append(text.isEmpty() ? "" : "\n\n").append(said.text());
      }
      for (int i = 0; i < turn.blocks().size(); i++) {
        if (turn.blocks().get(i) instanceof Block.Text said) {
          String path = turn.at(i);
          Parts.plain(said, false, path, losses);
          Fields.restore(said.extra(), Origin.RESPONSES, path, new Json.Builder(), losses);
        }
      }
      Fields.restore(turn.extra(), Origin.RESPONSES, turn.path(), new Json.Builder(), losses);
      return text.toString();
    }

    private Json input(List<Turn> turns, boolean string) {
      if (string
          && turns.size() == 1
          && turns.getFirst().blocks().size() == 1
          && turns.getFirst().blocks().getFirst() instanceof Block.Text text) {
        return Json.of(text.text());
      }
      var items = new Items(target.issuer(), target.model(), losses);
      var input = new ArrayList<Json>();
      for (Turn turn : turns) {
        input.addAll(items.write(turn));
      }
      return new Json.Arr(input);
    }

    /** Everything but model, input and instructions. */
    void settings(Request request, Json.Builder body) {
      tools(request, body);
      sampling(request, body);
      reasoning(request, body);
      output(request, body);
      terms(request.terms(), body);
    }

    private void tools(Request request, Json.Builder body) {
      var tools = new ArrayList<Json>();
      for (int i = 0; i < request.tools().size(); i++) {
        Json tool = tool(request.tools().get(i), request.origin(), "tools[" + i + "]");
        if (tool != null) {
          tools.add(tool);
        }
      }
      if (!tools.isEmpty()) {
        body.put("tools", tools);
      }
      if (!tools.isEmpty() || own) {
        body.put("tool_choice", choice(request.choice(), request.tools()))
            .put("parallel_tool_calls", request.parallelCalls());
      }
    }

    private @Nullable Json parameters(@Nullable String schema) {
      Json given = schema == null ? null : Fields.value(schema);
      return own ? given : StrictSchema.arguments(given == null ? Json.empty() : given);
    }

    private @Nullable Json tool(Tool tool, Origin from, String path) {
      return switch (tool) {
        case Tool.Function function -> {
          if (function.cache() != null) {
            lose(path + ".cache_control", "Responses caches by itself");
          }
          String schema = function.schema();
          yield Json.object(
              t -> {
                t.put("type", "function")
                    .put("name", function.name())
                    .put("description", function.description())
                    .put("parameters", parameters(schema));
                // Elsewhere a tool is lax where nothing is said, here it would be strict.
                t.put("strict", falseElsewhere(StrictSchema.strict(function, from, path, losses)));
                Fields.restore(function.extra(), Origin.RESPONSES, path, t, losses);
              });
        }
        case Tool.Custom custom -> {
          String format = custom.format();
          yield Json.object(
              t -> {
                t.put("type", "custom")
                    .put("name", custom.name())
                    .put("description", custom.description())
                    .put("format", format == null ? null : Fields.value(format));
                Fields.restore(custom.extra(), Origin.RESPONSES, path, t, losses);
              });
        }
        case Tool.Native(Origin origin, String raw) when origin == Origin.RESPONSES ->
            Fields.value(raw);
        case Tool.Native _ -> {
          lose(path, "a tool that only its own provider runs");
          yield null;
        }
      };
    }

    private static @Nullable Json choice(@Nullable ToolChoice choice, List<Tool> tools) {
      return switch (choice) {
        case ToolChoice.Auto() -> Json.of("auto");
        case ToolChoice.None() -> Json.of("none");
        case ToolChoice.Any() -> Json.of("required");
        case ToolChoice.Named(String name) -> named(name, tools);
        case ToolChoice.Allowed(List<String> names, boolean must) ->
            Json.object(
                c ->
                    c.put("type", "allowed_tools")
                        .put("mode", must ? "required" : "auto")
                        .put("tools", names.stream().map(name -> named(name, tools)).toList()));
        case null -> null;
      };
    }

    private static Json named(String name, List<Tool> tools) {
      boolean custom = Freeform.takes(name, tools);
      return Json.object(c -> c.put("type", custom ? "custom" : "function").put("name", name));
    }

    private void sampling(Request request, Json.Builder body) {
      Sampling sampling = request.sampling();
      Long max = sampling.maxTokens();
      if (max != null && max < LEAST_TOKENS && !own) {
        lose("max_tokens", "Responses takes 16 at least; 16 was sent");
        max = LEAST_TOKENS;
      }
      body.put("max_output_tokens", max);
      boolean drawn = own || model.draws(request.reasoning());
      if (drawn) {
        body.put("temperature", Fields.number(sampling.temperature()))
            .put("top_p", Fields.number(sampling.topP()))
            .put("top_logprobs", sampling.topLogprobs());
      } else {
        losses.addAll(OpenAi.undrawn(sampling));
      }
      var include = new ArrayList<Json>();
      if (!own && !Boolean.TRUE.equals(request.terms().store()) && model.encrypts()) {
        include.add(Json.of(ENCRYPTED));
      }
      if (drawn && Boolean.TRUE.equals(sampling.logprobs())) {
        include.add(Json.of(LOGPROBS));
      }
      if (!include.isEmpty()) {
        body.put("include", include);
      }
      without("top_k", sampling.topK());
      without("stop", sampling.stop().isEmpty() ? null : sampling.stop());
      without("seed", sampling.seed());
      without("presence_penalty", sampling.presencePenalty());
      without("frequency_penalty", sampling.frequencyPenalty());
      Long candidates = sampling.candidates();
      if (candidates != null && candidates > 1) {
        lose("n", "only one answer is carried from one protocol to another");
      }
    }

    private void without(String field, @Nullable Object value) {
      if (value != null) {
        lose(field, "Responses has no such field");
      }
    }

    private void reasoning(Request request, Json.Builder body) {
      Reasoning reasoning = request.reasoning();
      if (reasoning == null) {
        return;
      }
      Json.Obj how =
          Json.object(
              r -> {
                if (reasoning.effort() != null || reasoning.budget() != null) {
                  r.put("effort", reasoning.word().openAi());
                }
                r.put("summary", request.showsThinking() ? "auto" : null);
                Fields.restore(reasoning.extra(), Origin.RESPONSES, "reasoning", r, losses);
              });
      if (!how.members().isEmpty()) {
        body.put("reasoning", how);
      }
    }

    private void output(Request request, Json.Builder body) {
      Output output = request.output();
      Format format = output.format();
      Json.Obj text =
          Json.object(
              t ->
                  t.put("format", format == null ? null : format(format, request.origin()))
                      .put("verbosity", output.verbosity()));
      if (!text.members().isEmpty()) {
        body.put("text", text);
      }
      for (String modality : output.modalities()) {
        if (!modality.equals("text")) {
          lose("modalities", "Responses answers in text");
        }
      }
      if (output.voice() != null) {
        lose("audio", "Responses answers in text");
      }
    }

    private Json format(Format format, Origin from) {
      return Json.object(
          f -> {
            switch (format) {
              case Format.Free() -> f.put("type", "text");
              case Format.AnyJson() -> f.put("type", "json_object");
              case Format.Schema schema ->
                  f.put("type", "json_schema").all(StrictSchema.answer(schema, from, losses));
            }
          });
    }

    private void terms(Terms terms, Json.Builder body) {
      if (!terms.metadata().isEmpty()) {
        body.put("metadata", Json.object(m -> terms.metadata().forEach(m::put)));
      }
      body.put("user", own ? terms.user() : Items.name(terms.user()))
          .put(
              "safety_identifier",
              own ? terms.safetyIdentifier() : Items.name(terms.safetyIdentifier()))
          .put("prompt_cache_key", own ? terms.cacheKey() : Items.name(terms.cacheKey()))
          .put("prompt_cache_retention", terms.cacheRetention())
          .put("service_tier", tier(terms.tier()))
          .put("store", falseElsewhere(terms.store()));
    }

    /** What a client of another protocol did not say is false, whatever the default is here. */
    private @Nullable Boolean falseElsewhere(@Nullable Boolean said) {
      return (said != null || own) ? said : Boolean.FALSE;
    }

    private @Nullable String tier(@Nullable String tier) {
      if (tier == null || own) {
        return tier;
      }
      String known = Tier.openAi(tier);
      if (known == null) {
        lose("service_tier", "Responses has no tier of that name");
      }
      return known;
    }
  }
}
