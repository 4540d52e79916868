package dev.sluice.protocol.messages;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.CacheMark;
import dev.sluice.conversation.Citation;
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
import dev.sluice.protocol.Freeform;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.Tier;
import dev.sluice.protocol.Written;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Messages requests to the model and back.
 *
 * @see <a href="https://docs.anthropic.com/en/api/messages">Anthropic, Messages</a>
 */
final class Requests {
  private static final Set<String> KNOWN =
      Set.of(
          "model",
          "messages",
          "system",
          "tools",
          "tool_choice",
          "max_tokens",
          "temperature",
          "top_p",
          "top_k",
          "stop_sequences",
          "stream",
          "thinking",
          "metadata",
          "output_config",
          "service_tier");

  /** The form of an effort that came without a word about thinking. */
  private static final String EFFORT = "{\"thinking\":null}";

  /** The form of thinking as much as the model likes. */
  private static final String ADAPTIVE = "{\"thinking\":\"adaptive\"}";

  /** What is said where JSON is wanted of a model that cannot be made to call a tool. */
  private static final String IN_JSON = "Answer with one JSON object and nothing else.";

  private static final Reasoning.Effort HIGH = Reasoning.Effort.HIGH;
  private static final long LEAST_BUDGET = 1_024;
  private static final BigDecimal LEAST_TOP_P = new BigDecimal("0.95");

  private final Carrier carrier;

  Requests(Carrier carrier) {
    this.carrier = carrier;
  }

  // ---- reading

  Request read(byte[] body) throws Refusal {
    Json.Obj root = Fields.tree(body);
    var turns = new ArrayList<Turn>();
    var system = new ArrayList<Block>();
    content(root.get("system"), "system", system);
    if (!system.isEmpty()) {
      turns.add(new Turn(Role.SYSTEM, system, "system", null));
    }
    List<Json> messages = root.items("messages");
    for (int i = 0; i < messages.size(); i++) {
      String path = "messages[" + i + "]";
      if (!(messages.get(i) instanceof Json.Obj message)) {
        throw new Refusal(Failure.invalid(path, "A message must be an object."));
      }
      turns.add(turn(message, path));
    }
    Json.Obj choice = root.obj("tool_choice");
    Json.Obj metadata = root.obj("metadata");
    Json.Obj shape = root.obj("output_config");
    var rest = new Json.Builder().all(root.without(KNOWN));
    if (metadata != null && !metadata.without(Set.of("user_id")).members().isEmpty()) {
      rest.put("metadata", metadata.without(Set.of("user_id")));
    }
    if (shape != null && !shape.without(Set.of("effort", "format")).members().isEmpty()) {
      rest.put("output_config", shape.without(Set.of("effort", "format")));
    }
    return new Request(
        Origin.MESSAGES,
        turns,
        tools(root),
        choice == null ? null : choice(choice),
        parallel(choice),
        new Sampling(
            root.integer("max_tokens"),
            Fields.lexeme(root.get("temperature")),
            Fields.lexeme(root.get("top_p")),
            root.integer("top_k"),
            Fields.texts(root.items("stop_sequences")),
            null,
            null,
            null,
            null,
            null,
            null),
        new Output(shape == null ? null : format(shape.obj("format")), null, List.of(), null),
        reasoning(root.obj("thinking"), shape == null ? null : shape.text("effort")),
        new Terms(
            metadata == null ? null : metadata.text("user_id"),
            null,
            null,
            null,
            null,
            root.text("service_tier"),
            Map.of()),
        Fields.unknown(Origin.MESSAGES, rest.build(), Set.of()));
  }

  private static @Nullable Boolean parallel(Json.@Nullable Obj choice) {
    Boolean single = choice == null ? null : Fields.bool(choice.get("disable_parallel_tool_use"));
    return single == null ? null : Boolean.valueOf(!single);
  }

  private static @Nullable Format format(Json.@Nullable Obj format) {
    return format != null && format.get("schema") instanceof Json schema
        ? new Format.Schema(null, null, schema.text(), null)
        : null;
  }

  private Turn turn(Json.Obj message, String path) throws Refusal {
    var content = new ArrayList<Block>();
    content(message.get("content"), path + ".content", content);
    List<Block> blocks = content.stream().anyMatch(Requests::marked) ? opened(content) : content;
    String role = message.text("role", "");
    return new Turn(
        switch (role) {
          case "user" -> Role.USER;
          case "assistant" -> Role.ASSISTANT;
          case "system" -> Role.SYSTEM;
          default ->
              throw new Refusal(
                  Failure.invalid(path + ".role", "'" + role + "' is neither user nor assistant."));
        },
        blocks,
        path,
        Fields.unknown(Origin.MESSAGES, message, Set.of("role", "content")));
  }

  private static boolean marked(Block block) {
    return switch (block) {
      case Block.Thinking(var _, var signature, var _) ->
          signature != null && signature.text().contains(Carrier.MARK);
      case Block.Redacted(var data, var _) -> data.text().contains(Carrier.MARK);
      default -> false;
    };
  }

  /**
   * The turn with what its tokens carry in their place. A token that stands alone signs the call
   * after it or, where none follows, the text before it.
   */
  private List<Block> opened(List<Block> blocks) {
    var opened = new ArrayList<Block>();
    Signature own = null;
    for (int i = 0; i < blocks.size(); i++) {
      Block block = blocks.get(i);
      if (block instanceof Block.Thinking(String text, Signature signature, var _)
          && signature != null
          && marked(block)) {
        Carrier.Load load = carrier.open(signature.text()).load();
        opened.add(
            load != null
                    && !load.thoughts().isEmpty()
                    && load.thoughts().getFirst() instanceof Block.Thinking carried
                ? new Block.Thinking(text, carried.signature(), carried.extra())
                : new Block.Thinking(text, null, null));
      } else if (block instanceof Block.Redacted(Signature data, var _) && marked(block)) {
        Carrier.Load load = carrier.open(data.text()).load();
        if (load != null) {
          opened.addAll(load.thoughts());
          Signature signs = load.own();
          if (signs != null
              && (i + 1 == blocks.size() || !(blocks.get(i + 1) instanceof Block.ToolCall))) {
            sign(opened, signs);
          } else {
            own = signs;
          }
        }
      } else if (block instanceof Block.ToolCall call && own != null) {
        opened.add(
            new Block.ToolCall(
                call.id(),
                call.name(),
                call.arguments(),
                call.freeform(),
                own,
                call.cache(),
                call.extra()));
        own = null;
      } else {
        opened.add(block);
      }
    }
    return opened;
  }

  private static void sign(List<Block> blocks, Signature by) {
    if (!blocks.isEmpty() && blocks.getLast() instanceof Block.Text text) {
      blocks.set(
          blocks.size() - 1,
          new Block.Text(text.text(), text.citations(), by, text.cache(), text.extra()));
    }
  }

  private static void content(@Nullable Json content, String path, List<Block> into)
      throws Refusal {
    switch (content) {
      case Json.Str(String text) -> into.add(new Block.Text(text));
      case Json.Arr(List<Json> blocks) -> {
        for (int i = 0; i < blocks.size(); i++) {
          String at = path + "[" + i + "]";
          if (!(blocks.get(i) instanceof Json.Obj block)) {
            throw new Refusal(Failure.invalid(at, "A content block must be an object."));
          }
          into.add(block(block, at));
        }
      }
      case null -> {}
      default ->
          throw new Refusal(Failure.invalid(path, "The content must be a string or an array."));
    }
  }

  /** One content block, of a request or of an answer. */
  static Block block(Json.Obj block, String path) throws Refusal {
    CacheMark cache = cache(block);
    return switch (block.text("type", "")) {
      case "text" ->
          new Block.Text(
              required(block, "text", path),
              citations(block.items("citations")),
              null,
              cache,
              unknown(block, "type", "text", "citations", "cache_control"));
      case "thinking" -> {
        String signature = block.text("signature");
        yield new Block.Thinking(
            block.text("thinking", ""),
            signature == null || signature.isEmpty()
                ? null
                : new Signature(signature, Origin.MESSAGES),
            unknown(block, "type", "thinking", "signature"));
      }
      case "redacted_thinking" ->
          new Block.Redacted(
              new Signature(required(block, "data", path), Origin.MESSAGES),
              unknown(block, "type", "data"));
      case "tool_use" -> {
        Json input = block.get("input");
        yield new Block.ToolCall(
            required(block, "id", path),
            required(block, "name", path),
            input == null ? "{}" : input.text(),
            cache,
            unknown(block, "type", "id", "name", "input", "cache_control"));
      }
      case "tool_result" -> {
        var content = new ArrayList<Block>();
        content(block.get("content"), path + ".content", content);
        yield new Block.ToolResult(
            required(block, "tool_use_id", path),
            null,
            content,
            block.isTrue("is_error"),
            cache,
            unknown(block, "type", "tool_use_id", "content", "is_error", "cache_control"));
      }
      case "search_result" -> found(block, cache);
      case "mid_conv_system" ->
          new Block.Text(
              texts(block.items("content")),
              List.of(),
              null,
              cache,
              new Extra(Origin.MESSAGES, "{\"type\":\"mid_conv_system\"}", block.text()));
      case "image" -> media(Block.Kind.IMAGE, block, cache);
      case "document" -> media(Block.Kind.DOCUMENT, block, cache);
      default -> new Block.Opaque(Origin.MESSAGES, block.text());
    };
  }

  /** What a search found is text with a source; here it comes back as it was. */
  private static Block found(Json.Obj block, @Nullable CacheMark cache) {
    String text =
        Stream.of(block.text("title", ""), block.text("source", ""))
            .filter(line -> !line.isEmpty())
            .collect(Collectors.joining("\n"));
    return new Block.Text(
        text + "\n\n" + texts(block.items("content")),
        List.of(),
        null,
        cache,
        new Extra(
            Origin.MESSAGES,
            block.without(Set.of("type", "title", "source", "content", "cache_control")).text(),
            block.text()));
  }

  private static String texts(List<Json> blocks) {
    return blocks.stream()
        .map(each -> each instanceof Json.Obj part ? part.text("text", "") : "")
        .collect(Collectors.joining("\n"));
  }

  static List<Citation> citations(List<Json> items) {
    var citations = new ArrayList<Citation>();
    for (Json json : items) {
      if (json instanceof Json.Obj citation) {
        citations.add(citation(citation));
      }
    }
    return citations;
  }

  /** Its offsets are those of the cited document, not of the text that cites. */
  static Citation citation(Json.Obj citation) {
    String title = citation.text("title");
    return new Citation(
        null,
        null,
        citation.text("url"),
        title == null ? citation.text("document_title") : title,
        citation.text("cited_text"),
        Origin.MESSAGES,
        citation.text());
  }

  private static Block media(Block.Kind kind, Json.Obj block, @Nullable CacheMark cache) {
    Json.Obj source = block.obj("source");
    if (source != null) {
      Block.Source from =
          switch (source.text("type", "")) {
            case "base64" ->
                new Block.Source.Inline(source.text("media_type", ""), source.text("data", ""));
            case "url" -> new Block.Source.Url(source.text("url", ""));
            case "file" -> new Block.Source.File(source.text("file_id", ""), Origin.MESSAGES);
            case "text" ->
                new Block.Source.Inline(
                    source.text("media_type", "text/plain"),
                    Base64.getEncoder()
                        .encodeToString(source.text("data", "").getBytes(StandardCharsets.UTF_8)));
            default -> null;
          };
      if (from != null) {
        return new Block.Media(
            kind,
            from,
            block.text("title"),
            null,
            cache,
            unknown(block, "type", "source", "title", "cache_control"));
      }
    }
    return new Block.Opaque(Origin.MESSAGES, block.text());
  }

  private static @Nullable CacheMark cache(Json.Obj block) {
    Json.Obj mark = block.obj("cache_control");
    return mark == null ? null : new CacheMark(mark.text("ttl"));
  }

  private static @Nullable Extra unknown(Json.Obj block, String... known) {
    return Fields.unknown(Origin.MESSAGES, block, Set.of(known));
  }

  private static List<Tool> tools(Json.Obj root) {
    var tools = new ArrayList<Tool>();
    for (Json json : root.items("tools")) {
      if (json instanceof Json.Obj tool
          && tool.text("type", "custom").equals("custom")
          && tool.text("name") instanceof String name) {
        Json schema = tool.get("input_schema");
        tools.add(
            new Tool.Function(
                name,
                tool.text("description"),
                schema == null ? null : schema.text(),
                tool.get("strict") instanceof Json.Bool(boolean strict) ? strict : null,
                cache(tool),
                unknown(
                    tool,
                    "type",
                    "name",
                    "description",
                    "input_schema",
                    "strict",
                    "cache_control")));
      } else {
        tools.add(new Tool.Native(Origin.MESSAGES, json.text()));
      }
    }
    return tools;
  }

  private static ToolChoice choice(Json.Obj choice) {
    return switch (choice.text("type", "")) {
      case "any" -> new ToolChoice.Any();
      case "none" -> new ToolChoice.None();
      case "tool" -> new ToolChoice.Named(choice.text("name", ""));
      default -> new ToolChoice.Auto();
    };
  }

  /** An effort alone asks for no thinking to read, and comes back as it was. */
  private static @Nullable Reasoning reasoning(
      Json.@Nullable Obj thinking, @Nullable String effort) {
    Reasoning.Effort word = Reasoning.Effort.of(effort == null ? "" : effort).orElse(null);
    if (thinking == null) {
      return word == null
          ? null
          : new Reasoning(word, null, false, new Extra(Origin.MESSAGES, "{}", EFFORT));
    }
    String display = thinking.text("display");
    Boolean shown = display == null ? null : Boolean.valueOf(!display.equals("omitted"));
    return switch (thinking.text("type", "")) {
      case "enabled" ->
          new Reasoning(
              word,
              thinking.integer("budget_tokens"),
              shown,
              unknown(thinking, "type", "budget_tokens", "display"));
      case "disabled" -> new Reasoning(Reasoning.Effort.NONE, null, null, null);
      default ->
          new Reasoning(
              word,
              null,
              shown,
              new Extra(
                  Origin.MESSAGES, thinking.without(Set.of("type", "display")).text(), ADAPTIVE));
    };
  }

  private static String required(Json.Obj object, String name, String path) throws Refusal {
    String text = object.text(name);
    if (text == null) {
      String at = path + "." + name;
      throw new Refusal(Failure.invalid(at, at + ": Field required"));
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
    private final Claude claude;
    private final List<Loss> losses = new ArrayList<>();

    Writing(Request request, Protocol.Target target) {
      this.request = request;
      this.target = target;
      this.claude = Claude.of(target.model());
    }

    private void lose(String path, String reason) {
      losses.add(new Loss(path, reason));
    }

    private @Nullable Json lost(String path, String reason) {
      lose(path, reason);
      return null;
    }

    Written write() {
      var system = new ArrayList<Json>();
      var messages = new Merged();
      var instructions = new ArrayList<Turn>();
      for (Turn turn : request.turns()) {
        switch (turn.role()) {
          case SYSTEM, DEVELOPER -> {
            if (messages.isEmpty()) {
              system.addAll(instructions(turn));
            } else {
              instructions.add(turn);
            }
          }
          case USER -> messages.add("user", blocks(turn), turn);
          case ASSISTANT -> {
            amid(instructions, messages, system);
            messages.add("assistant", answered(turn), turn);
          }
        }
      }
      amid(instructions, messages, system);
      if (messages.isEmpty() && !system.isEmpty()) {
        // Somebody must have asked; the words are the same.
        messages.ask(List.copyOf(system));
        system.clear();
      }
      List<Json> said = messages.list();
      Format format = request.output().format();
      boolean held = format instanceof Format.Schema schema && held(schema);
      boolean answersByTool =
          !held
              && (format instanceof Format.AnyJson || format instanceof Format.Schema)
              && claude.forced();
      if (!held && !answersByTool && format != null && !(format instanceof Format.Free)) {
        lose("response_format", "this model can be held to no such answer; it was asked for it");
        system.add(Json.object(b -> b.put("type", "text").put("text", IN_JSON)));
      }
      Thought thought = thought(said, answersByTool);
      boolean thinks = thought.thinks();
      if (request.origin() != Origin.MESSAGES) {
        goOn(said, thinks);
      }
      Json.Obj root =
          Json.object(
              body -> {
                body.put("model", target.model())
                    .put("max_tokens", maxTokens(thought))
                    .put("system", system(system))
                    .put("messages", said);
                tools(body, answersByTool ? format : null);
                sampling(body, thinks);
                body.put("thinking", thought.field());
                body.put("output_config", shape(thought, held ? format : null));
                output();
                terms(body);
                if (target.stream()) {
                  body.put("stream", true);
                }
                extra(body);
              });
      return new Written(root.bytes(), losses);
    }

    /** Whether the model is held to it without a tool. */
    private boolean held(Format.Schema format) {
      return claude.schemas() && !Schemas.recursive(Fields.value(format.schema()));
    }

    private List<Json> instructions(Turn turn) {
      Fields.restore(turn.extra(), Origin.MESSAGES, turn.path(), new Json.Builder(), losses);
      return blocks(turn);
    }

    /**
     * Instructions amid the turns stand after what the user says, in front of the answer to it, or
     * where the model takes none there, in front of all.
     */
    private void amid(List<Turn> instructions, Merged messages, List<Json> system) {
      for (Turn turn : instructions) {
        if (claude.instructed() && messages.instructable()) {
          messages.add("system", blocks(turn), turn);
        } else {
          lose(turn.path(), "Messages has instructions in front alone; it was moved there");
          system.addAll(instructions(turn));
        }
      }
      instructions.clear();
    }

    /**
     * The model may be given the beginning of its answer, which newer models refuse, as all do that
     * think: those are asked to go on from it. White space at its end is refused by all.
     */
    private void goOn(List<Json> said, boolean thinks) {
      if (said.isEmpty()
          || !(said.getLast() instanceof Json.Obj last)
          || !last.text("role", "").equals("assistant")
          || last.items("content").stream().anyMatch(block -> is(block, "tool_use"))) {
        return;
      }
      if (claude.adaptive() || thinks) {
        lose(
            request.turns().getLast().path(),
            "this model continues no answer that was begun; it was asked to go on");
        said.add(Json.object(m -> m.put("role", "user").put("content", Begun.GO_ON)));
      } else {
        said.set(said.size() - 1, Json.object(m -> m.all(last).put("content", ended(last))));
      }
    }

    private static @Nullable Json ended(Json.Obj message) {
      if (message.text("content") instanceof String text) {
        return Json.of(text.stripTrailing());
      }
      var blocks = new ArrayList<>(message.items("content"));
      if (blocks.getLast() instanceof Json.Obj block && block.text("text") instanceof String text) {
        blocks.set(
            blocks.size() - 1, Json.object(b -> b.all(block).put("text", text.stripTrailing())));
      }
      return new Json.Arr(blocks);
    }

    /** Members of an object that is partly known go back beside those that are. */
    private void extra(Json.Builder body) {
      Extra extra = request.extra();
      if (extra != null
          && extra.origin() == Origin.MESSAGES
          && Fields.value(extra.raw()) instanceof Json.Obj fields) {
        Json.Obj before = body.build();
        fields
            .members()
            .forEach(
                (name, value) ->
                    body.put(
                        name,
                        before.obj(name) instanceof Json.Obj known && value instanceof Json.Obj more
                            ? Json.object(o -> o.all(known).all(more))
                            : value));
      } else {
        Fields.restore(extra, Origin.MESSAGES, "", body, losses);
      }
    }

    private static @Nullable Json system(List<Json> blocks) {
      if (blocks.isEmpty()) {
        return null;
      }
      return blocks.size() == 1 && plain(blocks.getFirst()) instanceof String text
          ? Json.of(text)
          : new Json.Arr(blocks);
    }

    // ---- thinking

    /**
     * How the model is asked to think.
     *
     * @param field null: nothing is said
     * @param effort null: nothing is said
     * @param budget in tokens; 0: none is said
     */
    private record Thought(
        boolean thinks, @Nullable Json field, @Nullable String effort, long budget) {
      static final Thought UNSAID = new Thought(false, null, null, 0);
    }

    private Thought thought(List<Json> messages, boolean answersByTool) {
      Reasoning reasoning = request.reasoning();
      boolean must = !request.tools().isEmpty() && forces(request.choice());
      boolean forces = (answersByTool || must) && claude.forced();
      if (reasoning == null) {
        return forces ? resting(null) : Thought.UNSAID;
      }
      if (reasoning.effort() == Reasoning.Effort.NONE) {
        keep(reasoning);
        if (claude.rest() == Claude.Rest.NEVER) {
          lose("reasoning", "this model always thinks; it was asked to think little");
          return new Thought(false, null, "low", 0);
        }
        return resting(null);
      }
      if (effortAlone(reasoning) && claude.word(reasoning.word()) != null) {
        keep(reasoning);
        return forces ? resting(reasoning) : new Thought(false, null, effort(reasoning), 0);
      }
      if (forces) {
        keep(reasoning);
        lose("reasoning", "Messages cannot force a tool while it thinks");
        return resting(reasoning);
      }
      if (claude.wordsAlone() || (claude.adaptive() && reasoning.budget() == null)) {
        boolean said = reasoning.effort() != null || reasoning.budget() != null;
        return new Thought(
            true, thinking(reasoning, "adaptive", null), said ? effort(reasoning) : null, 0);
      }
      if (interrupted(messages)) {
        keep(reasoning);
        lose("reasoning", "a tool loop that began without thinking cannot think on");
        return resting(null);
      }
      long budget = Math.max(LEAST_BUDGET, reasoning.tokens());
      return new Thought(
          true,
          thinking(reasoning, "enabled", budget),
          reasoning.effort() == null ? null : effort(reasoning),
          budget);
    }

    /** What is known of thinking here alone is lost where none is asked for. */
    private void keep(Reasoning reasoning) {
      Fields.restore(reasoning.extra(), Origin.MESSAGES, "reasoning", new Json.Builder(), losses);
    }

    /** No thinking, with the effort of an answer without. */
    private Thought resting(@Nullable Reasoning reasoning) {
      String effort = reasoning == null ? null : claude.word(reasoning.word());
      String type =
          switch (claude.rest()) {
            case DISABLED -> "disabled";
            case BETWEEN_TOOLS -> "between_tools";
            case UNSAID, NEVER -> null;
          };
      boolean much = type != null && reasoning != null && reasoning.word().compareTo(HIGH) > 0;
      return new Thought(
          false,
          type == null ? null : Json.object(t -> t.put("type", type)),
          much ? claude.word(HIGH) : effort,
          0);
    }

    /** The model's own word for an effort; another one than was asked for is a loss. */
    private @Nullable String effort(Reasoning reasoning) {
      String word = claude.word(reasoning.word());
      if (word != null && reasoning.effort() != null && !word.equals(reasoning.word().word())) {
        lose("reasoning", "this model's nearest effort is " + word);
      }
      return word;
    }

    private Json thinking(Reasoning reasoning, String type, @Nullable Long budget) {
      Boolean shown = reasoning.shown();
      return Json.object(
          t -> {
            t.put("type", type).put("budget_tokens", budget);
            if (shown != null && !effortAlone(reasoning)) {
              t.put("display", shown ? "summarized" : "omitted");
            }
            Fields.restore(reasoning.extra(), Origin.MESSAGES, "reasoning", t, losses);
          });
    }

    private static boolean effortAlone(Reasoning reasoning) {
      Extra extra = reasoning.extra();
      return extra != null && extra.origin() == Origin.MESSAGES && EFFORT.equals(extra.form());
    }

    /**
     * Whether the turn that the model goes on with called tools without having thought: Anthropic
     * refuses a thinking budget then.
     */
    private static boolean interrupted(List<Json> messages) {
      for (int i = messages.size() - 1; i >= 0; i--) {
        if (messages.get(i) instanceof Json.Obj message
            && message.text("role", "").equals("assistant")) {
          List<Json> content = message.items("content");
          return content.stream().anyMatch(block -> is(block, "tool_use"))
              && !is(content.getFirst(), "thinking")
              && !is(content.getFirst(), "redacted_thinking");
        }
      }
      return false;
    }

    private static boolean is(Json block, String type) {
      return block instanceof Json.Obj object && object.text("type", "").equals(type);
    }

    /** The budget is part of the limit here, and on top of the answer elsewhere. */
    private Long maxTokens(Thought thought) {
      Long asked = request.sampling().maxTokens();
      long most = asked == null ? claude.most() : asked;
      return most <= thought.budget() ? most + thought.budget() : most;
    }

    private @Nullable Json shape(Thought thought, @Nullable Format format) {
      Json.Obj shape =
          Json.object(
              o -> {
                o.put("effort", thought.effort());
                if (format instanceof Format.Schema schema) {
                  o.put(
                      "format",
                      Json.object(f -> f.put("type", "json_schema").put("schema", schema(schema))));
                }
              });
      return shape.members().isEmpty() ? null : shape;
    }

    private Json schema(Format.Schema format) {
      Json given = Schemas.described(Fields.value(format.schema()), format.description());
      return request.origin() == Origin.MESSAGES
          ? given
          : Schemas.answer(given, "response_format.schema", losses);
    }

    // ---- tools

    private void tools(Json.Builder body, @Nullable Format answer) {
      var tools = new ArrayList<Json>();
      for (int i = 0; i < request.tools().size(); i++) {
        String path = "tools[" + i + "]";
        Tool each = request.tools().get(i);
        if (request.choice() instanceof ToolChoice.Allowed some && !some.has(each)) {
          continue;
        }
        switch (each) {
          case Tool.Function function -> tools.add(tool(function, path));
          case Tool.Custom custom -> {
            String why = "Messages holds no tool's text to a grammar";
            tools.add(tool(Freeform.function(custom, Origin.MESSAGES, path, why, losses), path));
          }
          case Tool.Native(Origin origin, String raw) -> {
            if (origin == Origin.MESSAGES) {
              tools.add(Fields.value(raw));
            } else {
              lose(path, "a tool that only its own provider runs");
            }
          }
        }
      }
      if (answer != null) {
        tools.add(JsonAnswer.tool(answer));
      }
      if (!tools.isEmpty()) {
        body.put("tools", tools).put("tool_choice", choice(answer != null, tools.size()));
      }
    }

    private Json tool(Tool.Function function, String path) {
      Json schema = schema(function.schema(), path);
      return Json.object(
          tool -> {
            tool.put("name", function.name())
                .put("description", function.description())
                .put("input_schema", schema)
                .put("strict", strict(function, schema, path))
                .put("cache_control", mark(function.cache()));
            Fields.restore(function.extra(), Origin.MESSAGES, path, tool, losses);
          });
    }

    /** What is strict at OpenAI may not be here; that a tool is not strict need not be said. */
    private @Nullable Boolean strict(Tool.Function function, Json schema, String path) {
      if (request.origin() == Origin.MESSAGES) {
        return function.strict();
      }
      boolean asked = Boolean.TRUE.equals(function.strict());
      if (asked && !claude.schemas()) {
        lose(path + ".strict", "this model holds no tool to its schema");
      } else if (asked && !Schemas.holds(schema)) {
        lose(path + ".strict", "Anthropic holds a tool to a part of JSON Schema alone");
      } else if (asked) {
        return true;
      }
      return null;
    }

    /** Messages wants an object at the top, described by itself and not by a choice of schemas. */
    private Json schema(@Nullable String schema, String path) {
      Json given = schema == null ? Json.empty() : Fields.value(schema);
      if (!(given instanceof Json.Obj object)) {
        lose(path + ".parameters", "Messages takes an object's schema alone");
        return Json.object(s -> s.put("type", "object"));
      }
      var refused = new ArrayList<String>();
      for (String word : List.of("anyOf", "oneOf", "allOf")) {
        if (object.has(word)) {
          refused.add(word);
          lose(path + ".parameters." + word, "Messages takes no choice at a schema's top");
        }
      }
      return Json.object(
          s -> {
            if (!object.has("type")) {
              s.put("type", "object");
            }
            s.all(object.without(refused));
            if (schema == null) {
              s.put("properties", Json.empty());
            }
          });
    }

    private static boolean forces(@Nullable ToolChoice choice) {
      return choice instanceof ToolChoice.Any
          || choice instanceof ToolChoice.Named
          || (choice instanceof ToolChoice.Allowed(var _, boolean must) && must);
    }

    private @Nullable Json choice(boolean answersByTool, int tools) {
      boolean single = Boolean.FALSE.equals(request.parallelCalls());
      ToolChoice choice = request.choice();
      if (answersByTool) {
        if (choice != null
            && !(choice instanceof ToolChoice.Auto)
            && !(choice instanceof ToolChoice.Any)) {
          lose("tool_choice", "the JSON answer is a tool that it may call as well");
        }
        choice = tools == 1 ? new ToolChoice.Named(JsonAnswer.NAME) : new ToolChoice.Any();
      }
      if (forces(choice) && !claude.forced()) {
        lose("tool_choice", "this model cannot be made to call a tool");
        choice = new ToolChoice.Auto();
      }
      Boolean parallel = request.parallelCalls();
      if (choice == null && parallel == null) {
        return null;
      }
      ToolChoice said = choice;
      return Json.object(
          c -> {
            switch (said) {
              case ToolChoice.None() -> c.put("type", "none");
              case ToolChoice.Any() -> c.put("type", "any");
              case ToolChoice.Named(String name) -> c.put("type", "tool").put("name", name);
              case ToolChoice.Auto() -> c.put("type", "auto");
              case ToolChoice.Allowed(var _, boolean must) -> c.put("type", must ? "any" : "auto");
              case null -> c.put("type", "auto");
            }
            if (parallel != null && !(said instanceof ToolChoice.None)) {
              c.put("disable_parallel_tool_use", single);
            }
          });
    }

    // ---- the rest of the request

    private void sampling(Json.Builder body, boolean thinks) {
      Sampling sampling = request.sampling();
      String temperature = sampling.temperature();
      String topP = sampling.topP();
      Long topK = sampling.topK();
      if (claude.wordsAlone()) {
        lose("temperature", temperature, "this model takes none");
        lose("top_p", topP, "this model takes none");
        lose("top_k", topK, "this model takes none");
      } else {
        temperature(temperature, body, thinks);
        if (thinks && topP != null && new BigDecimal(topP).compareTo(LEAST_TOP_P) < 0) {
          lose("top_p", "Messages takes none below 0.95 while it thinks");
        } else if (topP != null
            && temperature != null
            && !thinks
            && claude.eitherTemperatureOrTopP()) {
          lose("top_p", "this model takes a temperature or top_p, not both");
        } else {
          body.put("top_p", Fields.number(topP));
        }
        if (thinks) {
          lose("top_k", topK, "Messages takes none while it thinks");
        } else {
          body.put("top_k", topK);
        }
      }
      var stop = new ArrayList<Json>();
      for (String sequence : sampling.stop()) {
        if (sequence.isBlank()) {
          lose("stop", "Messages takes no stop sequence of white space");
        } else {
          stop.add(Json.of(sequence));
        }
      }
      if (!stop.isEmpty()) {
        body.put("stop_sequences", stop);
      }
      lose("seed", sampling.seed(), "Messages has none");
      lose("presence_penalty", sampling.presencePenalty(), "Messages has none");
      lose("frequency_penalty", sampling.frequencyPenalty(), "Messages has none");
      lose("top_logprobs", sampling.topLogprobs(), "Messages tells no likelihoods");
      if (Boolean.TRUE.equals(sampling.logprobs())) {
        lose("logprobs", "Messages tells no likelihoods");
      }
      Long candidates = sampling.candidates();
      if (candidates != null && candidates > 1) {
        lose("n", "Messages gives one answer");
      }
    }

    private void lose(String field, @Nullable Object said, String reason) {
      if (said != null) {
        lose(field, reason);
      }
    }

    private void temperature(@Nullable String temperature, Json.Builder body, boolean thinks) {
      if (temperature == null) {
        return;
      }
      BigDecimal value = new BigDecimal(temperature);
      if (thinks && value.compareTo(BigDecimal.ONE) != 0) {
        lose("temperature", "Messages takes none while it thinks");
      } else if (value.compareTo(BigDecimal.ONE) > 0) {
        lose("temperature", "Messages takes 1 at most; 1 was sent");
        body.put("temperature", 1L);
      } else {
        body.put("temperature", new Json.Num(temperature));
      }
    }

    private void output() {
      Output output = request.output();
      lose("verbosity", output.verbosity(), "Messages has none");
      lose("audio", output.voice(), "Messages does not speak");
      for (String modality : output.modalities()) {
        if (!modality.equalsIgnoreCase("text")) {
          lose("modalities", "Messages answers in text alone");
        }
      }
    }

    private void terms(Json.Builder body) {
      Terms terms = request.terms();
      String user = terms.user() == null ? terms.safetyIdentifier() : terms.user();
      if (user != null) {
        body.put("metadata", Json.object(m -> m.put("user_id", user)));
      }
      if (terms.user() != null) {
        lose("safety_identifier", terms.safetyIdentifier(), "Messages has one word for the user");
      }
      lose("prompt_cache_key", terms.cacheKey(), "Messages caches by marks");
      lose("prompt_cache_retention", terms.cacheRetention(), "Messages caches by marks");
      if (Boolean.TRUE.equals(terms.store())) {
        lose("store", "Messages keeps no answers");
      }
      terms.metadata().keySet().forEach(name -> lose("metadata." + name, "Messages has no labels"));
      String tier = terms.tier();
      if (tier != null) {
        String known = Tier.askAnthropic(tier);
        body.put("service_tier", known);
        if (known == null) {
          lose("service_tier", "Messages has no tier of that name");
        }
      }
    }

    // ---- messages

    /** Messages of one role in a row become one, since roles must take turns. */
    private final class Merged {
      private final List<Json> messages = new ArrayList<>();
      private final List<Json> open = new ArrayList<>();
      private String role = "";
      private String path = "";
      private @Nullable Extra extra;

      void add(String speaker, List<Json> blocks, Turn turn) {
        if (blocks.isEmpty()) {
          Fields.restore(turn.extra(), Origin.MESSAGES, turn.path(), new Json.Builder(), losses);
          return;
        }
        if (!speaker.equals(role)) {
          flush();
          role = speaker;
          path = turn.path();
          extra = turn.extra();
        } else {
          Fields.restore(turn.extra(), Origin.MESSAGES, turn.path(), new Json.Builder(), losses);
        }
        open.addAll(blocks);
      }

      /** Lets the user say these blocks, of which no turn knows. */
      void ask(List<Json> blocks) {
        role = "user";
        open.addAll(blocks);
      }

      boolean isEmpty() {
        return messages.isEmpty() && open.isEmpty();
      }

      /** Whether the user has spoken last, maybe with instructions. */
      boolean instructable() {
        return !open.isEmpty() && !role.equals("assistant");
      }

      List<Json> list() {
        flush();
        return messages;
      }

      private void flush() {
        if (!open.isEmpty()) {
          List<Json> blocks = role.equals("user") ? resultsFirst(open) : List.copyOf(open);
          messages.add(
              Json.object(
                  m -> {
                    m.put("role", role);
                    if (blocks.size() == 1 && plain(blocks.getFirst()) instanceof String text) {
                      m.put("content", text);
                    } else {
                      m.put("content", blocks);
                    }
                    Fields.restore(extra, Origin.MESSAGES, path, m, losses);
                  }));
          open.clear();
        }
      }

      /** Tool results must stand before anything else that the user says. */
      private static List<Json> resultsFirst(List<Json> blocks) {
        var ordered = new ArrayList<Json>();
        for (Json block : blocks) {
          if (is(block, "tool_result")) {
            ordered.add(block);
          }
        }
        for (Json block : blocks) {
          if (!is(block, "tool_result")) {
            ordered.add(block);
          }
        }
        return ordered;
      }
    }

    /** The text of a block that holds nothing else; null where it holds more. */
    private static @Nullable String plain(Json block) {
      return block instanceof Json.Obj object
              && object.members().size() == 2
              && object.text("type", "").equals("text")
          ? object.text("text")
          : null;
    }

    private List<Json> blocks(Turn turn) {
      return blocks(turn.blocks(), turn.path() + (turn.path().equals("system") ? "" : ".content"));
    }

    private List<Json> blocks(List<Block> blocks, String path) {
      var written = new ArrayList<Json>();
      for (int i = 0; i < blocks.size(); i++) {
        Json block = block(blocks.get(i), path + "[" + i + "]");
        if (block != null) {
          written.add(block);
        }
      }
      return written;
    }

    /** The model's side of a turn, which holds no media. */
    private List<Json> answered(Turn turn) {
      var written = new ArrayList<Json>();
      for (int i = 0; i < turn.blocks().size(); i++) {
        String path = turn.path() + ".content[" + i + "]";
        Json block =
            turn.blocks().get(i) instanceof Block.Media
                ? lost(path, "Messages takes no media back from the model's side")
                : block(turn.blocks().get(i), path);
        if (block != null) {
          written.add(block);
        }
      }
      return written;
    }

    private @Nullable Json block(Block block, String path) {
      return switch (block) {
        case Block.Text text -> text(text, path);
        case Block.Thinking(String text, var signature, var extra) -> {
          if (signature == null) {
            yield lost(path, "thinking that Anthropic has not signed is refused there");
          }
          if (!signature.speaksTo(Origin.MESSAGES, target.issuer())) {
            yield lost(path, "only its issuer can read it");
          }
          yield object(
              "thinking",
              extra,
              path,
              b -> b.put("thinking", text).put("signature", signature.text()));
        }
        case Block.Redacted(Signature data, var extra) ->
            data.speaksTo(Origin.MESSAGES, target.issuer())
                ? object("redacted_thinking", extra, path, b -> b.put("data", data.text()))
                : lost(path, "only its issuer can read it");
        case Block.ToolCall call -> {
          if (call.signature() != null) {
            lose(path + ".signature", "only its issuer can read it");
          }
          yield object(
              "tool_use",
              call.extra(),
              path,
              b ->
                  b.put("id", id(call.id()))
                      .put("name", call.name())
                      .put("input", input(Freeform.arguments(call), path))
                      .put("cache_control", mark(call.cache())));
        }
        case Block.ToolResult result -> {
          List<Json> content = blocks(result.content(), path + ".content");
          yield object(
              "tool_result",
              result.extra(),
              path,
              b -> {
                b.put("tool_use_id", id(result.callId()));
                if (content.size() == 1 && plain(content.getFirst()) instanceof String text) {
                  b.put("content", text);
                } else if (!content.isEmpty()) {
                  b.put("content", content);
                }
                b.put("is_error", result.error() ? Boolean.TRUE : null)
                    .put("cache_control", mark(result.cache()));
              });
        }
        case Block.Media media -> media(media, path);
        case Block.Refusal(String text, var extra) ->
            object("text", extra, path, b -> b.put("text", text));
        case Block.Opaque(Origin origin, String raw) ->
            origin == Origin.MESSAGES
                ? Fields.value(raw)
                : lost(path, "Messages has no such block");
      };
    }

    private @Nullable Json text(Block.Text text, String path) {
      Extra extra = text.extra();
      if (extra != null && extra.origin() == Origin.MESSAGES && extra.form() != null) {
        return Fields.value(extra.form());
      }
      if (text.text().isEmpty()) {
        return null; // Messages refuses empty text, and there is nothing to lose.
      }
      if (text.signature() != null) {
        lose(path + ".signature", "only its issuer can read it");
      }
      var citations = new ArrayList<Json>();
      for (Citation citation : text.citations()) {
        if (citation.origin() == Origin.MESSAGES) {
          citations.add(Fields.value(citation.raw()));
        } else {
          lose(path + ".citations", "Messages takes back its own citations alone");
        }
      }
      return object(
          "text",
          text.extra(),
          path,
          b -> {
            b.put("text", text.text()).put("cache_control", mark(text.cache()));
            if (!citations.isEmpty()) {
              b.put("citations", citations);
            }
          });
    }

    private Json.Obj object(
        String type, @Nullable Extra extra, String path, Consumer<Json.Builder> fill) {
      return Json.object(
          b -> {
            b.put("type", type);
            fill.accept(b);
            Fields.restore(extra, Origin.MESSAGES, path, b, losses);
          });
    }

    /** Messages takes ids of letters, digits, {@code _} and {@code -} alone. */
    private static String id(String id) {
      return id.replaceAll("[^a-zA-Z0-9_-]", "_");
    }

    private Json input(String arguments, String path) {
      if (arguments.isBlank()) {
        return Json.empty();
      }
      try {
        if (Json.parse(arguments) instanceof Json.Obj object) {
          return object;
        }
      } catch (Malformed _) {
        // A model may write anything; it is kept as text below.
      }
      lose(path + ".input", "arguments that are no JSON object were wrapped in one");
      return Json.object(o -> o.put("arguments", arguments));
    }

    private @Nullable Json media(Block.Media media, String path) {
      String type =
          switch (media.kind()) {
            case IMAGE -> "image";
            case DOCUMENT -> "document";
            case AUDIO, VIDEO -> null;
          };
      if (type == null) {
        return lost(path, "Messages takes images and documents alone");
      }
      if (media.detail() != null && !media.detail().equals("auto")) {
        lose(path + ".detail", "Messages looks at every image alike");
      }
      Json source =
          switch (media.source()) {
            case Block.Source.Url(String url) ->
                Json.object(s -> s.put("type", "url").put("url", url));
            case Block.Source.File file ->
                file.knownTo(Origin.MESSAGES)
                    ? Json.object(s -> s.put("type", "file").put("file_id", file.id()))
                    : lost(path, "only its own provider has this file");
            case Block.Source.Inline inline ->
                inline.mediaType().startsWith("text/")
                    ? Json.object(
                        s ->
                            s.put("type", "text")
                                .put("media_type", "text/plain")
                                .put("data", inline.text()))
                    : Json.object(
                        s ->
                            s.put("type", "base64")
                                .put("media_type", inline.mediaType())
                                .put("data", inline.base64()));
          };
      return source == null
          ? null
          : object(
              type,
              media.extra(),
              path,
              b -> {
                b.put("source", source);
                if (media.kind() == Block.Kind.DOCUMENT) {
                  b.put("title", media.name());
                }
                b.put("cache_control", mark(media.cache()));
              });
    }

    private static @Nullable Json mark(@Nullable CacheMark cache) {
      return cache == null
          ? null
          : Json.object(c -> c.put("type", "ephemeral").put("ttl", cache.ttl()));
    }
  }
}
