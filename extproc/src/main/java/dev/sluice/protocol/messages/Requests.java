package dev.sluice.protocol.messages;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.CacheMark;
import dev.sluice.conversation.Extra;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Reasoning;
import dev.sluice.conversation.Request;
import dev.sluice.conversation.Sampling;
import dev.sluice.conversation.Signature;
import dev.sluice.conversation.Tool;
import dev.sluice.conversation.ToolChoice;
import dev.sluice.conversation.Turn;
import dev.sluice.conversation.Turn.Role;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.Written;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Messages requests to the model and back.
 *
 * @see <a href="https://docs.anthropic.com/en/api/messages">Anthropic, Messages</a>
 */
final class Requests {
  /** What is asked for where the client named no limit, since Messages cannot do without. */
  static final long DEFAULT_MAX_TOKENS = 8_192;

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
          "metadata");
  private static final long LEAST_BUDGET = 1_024;

  private Requests() {}

  // ---- reading

  static Request read(byte[] body) throws Refusal {
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
    return new Request(
        turns,
        tools(root),
        choice == null ? null : choice(choice),
        (choice != null && choice.isTrue("disable_parallel_tool_use")) ? Boolean.FALSE : null,
        new Sampling(
            root.integer("max_tokens"),
            lexeme(root.get("temperature")),
            lexeme(root.get("top_p")),
            root.integer("top_k"),
            texts(root.items("stop_sequences"))),
        reasoning(root.obj("thinking")),
        metadata == null ? null : metadata.text("user_id"),
        Fields.unknown(Origin.MESSAGES, root, KNOWN));
  }

  private static Turn turn(Json.Obj message, String path) throws Refusal {
    var blocks = new ArrayList<Block>();
    content(message.get("content"), path + ".content", blocks);
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
              cache,
              unknown(block, "type", "text", "cache_control"));
      case "thinking" -> {
        String signature = block.text("signature");
        yield new Block.Thinking(
            block.text("thinking", ""),
            signature == null ? null : new Signature(signature, Origin.MESSAGES),
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
            content,
            block.isTrue("is_error"),
            cache,
            unknown(block, "type", "tool_use_id", "content", "is_error", "cache_control"));
      }
      case "image" -> media(Block.Kind.IMAGE, block, cache);
      case "document" -> media(Block.Kind.DOCUMENT, block, cache);
      default -> new Block.Opaque(Origin.MESSAGES, block.text());
    };
  }

  private static Block media(Block.Kind kind, Json.Obj block, @Nullable CacheMark cache) {
    Json.Obj source = block.obj("source");
    if (source != null) {
      Block.Source from =
          switch (source.text("type", "")) {
            case "base64" ->
                new Block.Source.Inline(source.text("media_type", ""), source.text("data", ""));
            case "url" -> new Block.Source.Url(source.text("url", ""));
            case "file" -> new Block.Source.File(source.text("file_id", ""));
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

  private static @Nullable Reasoning reasoning(Json.@Nullable Obj thinking) {
    if (thinking == null) {
      return null;
    }
    return switch (thinking.text("type", "")) {
      case "enabled" ->
          new Reasoning(
              null, thinking.integer("budget_tokens"), unknown(thinking, "type", "budget_tokens"));
      case "disabled" -> new Reasoning(Reasoning.Effort.NONE, null, null);
      default -> new Reasoning(null, null, new Extra(Origin.MESSAGES, thinking.text()));
    };
  }

  private static List<String> texts(List<Json> items) {
    var texts = new ArrayList<String>();
    for (Json item : items) {
      if (item instanceof Json.Str(String text)) {
        texts.add(text);
      }
    }
    return texts;
  }

  private static @Nullable String lexeme(@Nullable Json json) {
    return json instanceof Json.Num(String lexeme) ? lexeme : null;
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

  static Written write(Request request, String model, boolean stream) {
    var losses = new ArrayList<Loss>();
    var system = new ArrayList<Json>();
    var messages = new Merged(losses);
    for (Turn turn : request.turns()) {
      switch (turn.role()) {
        case SYSTEM, DEVELOPER -> {
          if (!messages.isEmpty()) {
            losses.add(
                new Loss(
                    turn.path(), "Messages has instructions in front alone; it was moved there"));
          }
          system.addAll(blocks(turn, losses));
        }
        case USER -> messages.add("user", blocks(turn, losses), turn);
        case ASSISTANT -> messages.add("assistant", blocks(turn, losses), turn);
      }
    }
    Sampling sampling = request.sampling();
    Long asked = sampling.maxTokens();
    long max = asked == null ? DEFAULT_MAX_TOKENS : asked;
    Reasoning reasoning = request.reasoning();
    long budget =
        reasoning == null || reasoning.word() == Reasoning.Effort.NONE
            ? 0
            : Math.max(LEAST_BUDGET, reasoning.tokens());
    boolean thinks = budget > 0;
    Json.Obj root =
        Json.object(
            body -> {
              // The budget is part of the limit here, and on top of the answer elsewhere.
              body.put("model", model)
                  .put("max_tokens", Long.valueOf(max > budget ? max : max + budget));
              if (system.size() == 1 && plain(system.getFirst()) instanceof String text) {
                body.put("system", text);
              } else if (!system.isEmpty()) {
                body.put("system", system);
              }
              body.put("messages", messages.list());
              tools(request, thinks, body, losses);
              sampling(sampling, thinks, body, losses);
              if (reasoning != null && thinks) {
                body.put(
                    "thinking",
                    Json.object(
                        t -> {
                          t.put("type", "enabled").put("budget_tokens", Long.valueOf(budget));
                          Fields.restore(
                              reasoning.extra(), Origin.MESSAGES, "reasoning", t, losses);
                        }));
              }
              String user = request.user();
              if (user != null) {
                body.put("metadata", Json.object(m -> m.put("user_id", user)));
              }
              if (stream) {
                body.put("stream", true);
              }
              Fields.restore(request.extra(), Origin.MESSAGES, "", body, losses);
            });
    return new Written(root.bytes(), losses);
  }

  /** Messages of one role in a row become one, since roles must take turns. */
  private static final class Merged {
    private final List<Loss> losses;
    private final List<Json> messages = new ArrayList<>();
    private final List<Json> open = new ArrayList<>();
    private String role = "";
    private String path = "";
    private @Nullable Extra extra;

    Merged(List<Loss> losses) {
      this.losses = losses;
    }

    void add(String speaker, List<Json> blocks, Turn turn) {
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

    boolean isEmpty() {
      return messages.isEmpty() && open.isEmpty();
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
        if (isResult(block)) {
          ordered.add(block);
        }
      }
      for (Json block : blocks) {
        if (!isResult(block)) {
          ordered.add(block);
        }
      }
      return ordered;
    }

    private static boolean isResult(Json block) {
      return block instanceof Json.Obj object && object.text("type", "").equals("tool_result");
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

  private static List<Json> blocks(Turn turn, List<Loss> losses) {
    return blocks(turn.blocks(), turn.path() + ".content", losses);
  }

  private static List<Json> blocks(List<Block> blocks, String path, List<Loss> losses) {
    var written = new ArrayList<Json>();
    for (int i = 0; i < blocks.size(); i++) {
      Json block = block(blocks.get(i), path + "[" + i + "]", losses);
      if (block != null) {
        written.add(block);
      }
    }
    return written;
  }

  private static @Nullable Json block(Block block, String path, List<Loss> losses) {
    return switch (block) {
      case Block.Text(String text, var cache, var extra) -> {
        if (text.isEmpty()) {
          yield null; // Messages refuses empty text, and there is nothing to lose.
        }
        yield object(
            "text",
            extra,
            path,
            losses,
            b -> b.put("text", text).put("cache_control", mark(cache)));
      }
      case Block.Thinking(String text, var signature, var extra) -> {
        if (signature == null || signature.origin() != Origin.MESSAGES) {
          losses.add(new Loss(path, "thinking that Anthropic has not signed is refused there"));
          yield null;
        }
        yield object(
            "thinking",
            extra,
            path,
            losses,
            b -> b.put("thinking", text).put("signature", signature.text()));
      }
      case Block.Redacted(Signature data, var extra) -> {
        if (data.origin() != Origin.MESSAGES) {
          losses.add(new Loss(path, "only its issuer can read it"));
          yield null;
        }
        yield object("redacted_thinking", extra, path, losses, b -> b.put("data", data.text()));
      }
      case Block.ToolCall call ->
          object(
              "tool_use",
              call.extra(),
              path,
              losses,
              b ->
                  b.put("id", id(call.id()))
                      .put("name", call.name())
                      .put("input", input(call.arguments(), path, losses))
                      .put("cache_control", mark(call.cache())));
      case Block.ToolResult result -> {
        List<Json> content = blocks(result.content(), path + ".content", losses);
        yield object(
            "tool_result",
            result.extra(),
            path,
            losses,
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
      case Block.Media media -> media(media, path, losses);
      case Block.Refusal(String text, var extra) ->
          object("text", extra, path, losses, b -> b.put("text", text));
      case Block.Opaque(Origin origin, String raw) -> {
        if (origin == Origin.MESSAGES) {
          yield Fields.value(raw);
        }
        losses.add(new Loss(path, "Messages has no such block"));
        yield null;
      }
    };
  }

  private static Json.Obj object(
      String type,
      @Nullable Extra extra,
      String path,
      List<Loss> losses,
      java.util.function.Consumer<Json.Builder> fill) {
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

  private static Json input(String arguments, String path, List<Loss> losses) {
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
    losses.add(new Loss(path + ".input", "arguments that are no JSON object were wrapped in one"));
    return Json.object(o -> o.put("arguments", arguments));
  }

  private static @Nullable Json media(Block.Media media, String path, List<Loss> losses) {
    String type =
        switch (media.kind()) {
          case IMAGE -> "image";
          case DOCUMENT -> "document";
          case AUDIO, VIDEO -> null;
        };
    if (type == null) {
      losses.add(new Loss(path, "Messages takes images and documents alone"));
      return null;
    }
    Json source =
        switch (media.source()) {
          case Block.Source.Url(String url) ->
              Json.object(s -> s.put("type", "url").put("url", url));
          case Block.Source.File(String file) ->
              Json.object(s -> s.put("type", "file").put("file_id", file));
          case Block.Source.Inline(String mediaType, String base64) ->
              mediaType.equals("text/plain")
                  ? Json.object(
                      s ->
                          s.put("type", "text")
                              .put("media_type", mediaType)
                              .put("data", decoded(base64)))
                  : Json.object(
                      s ->
                          s.put("type", "base64").put("media_type", mediaType).put("data", base64));
        };
    return object(
        type,
        media.extra(),
        path,
        losses,
        b -> {
          b.put("source", source);
          if (media.kind() == Block.Kind.DOCUMENT) {
            b.put("title", media.name());
          }
          b.put("cache_control", mark(media.cache()));
        });
  }

  private static String decoded(String base64) {
    try {
      return new String(Base64.getDecoder().decode(base64), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      return base64;
    }
  }

  private static @Nullable Json mark(@Nullable CacheMark cache) {
    return cache == null
        ? null
        : Json.object(c -> c.put("type", "ephemeral").put("ttl", cache.ttl()));
  }

  private static void tools(Request request, boolean thinks, Json.Builder body, List<Loss> losses) {
    var tools = new ArrayList<Json>();
    for (int i = 0; i < request.tools().size(); i++) {
      String path = "tools[" + i + "]";
      switch (request.tools().get(i)) {
        case Tool.Function function ->
            tools.add(
                Json.object(
                    tool -> {
                      String schema = function.schema();
                      tool.put("name", function.name())
                          .put("description", function.description())
                          .put(
                              "input_schema",
                              schema == null
                                  ? Json.object(
                                      s -> s.put("type", "object").put("properties", Json.empty()))
                                  : Fields.value(schema))
                          .put("strict", function.strict())
                          .put("cache_control", mark(function.cache()));
                      Fields.restore(function.extra(), Origin.MESSAGES, path, tool, losses);
                    }));
        case Tool.Native(Origin origin, String raw) -> {
          if (origin == Origin.MESSAGES) {
            tools.add(Fields.value(raw));
          } else {
            losses.add(new Loss(path, "a tool that only its own provider runs"));
          }
        }
      }
    }
    if (!tools.isEmpty()) {
      body.put("tools", tools);
      body.put("tool_choice", choice(request, thinks, losses));
    }
  }

  private static @Nullable Json choice(Request request, boolean thinks, List<Loss> losses) {
    boolean single = Boolean.FALSE.equals(request.parallelCalls());
    ToolChoice choice = request.choice();
    if (thinks && (choice instanceof ToolChoice.Any || choice instanceof ToolChoice.Named)) {
      losses.add(new Loss("tool_choice", "Messages cannot force a tool while it thinks"));
      choice = new ToolChoice.Auto();
    }
    if (choice == null && !single) {
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
            case null -> c.put("type", "auto");
          }
          if (single && !(said instanceof ToolChoice.None)) {
            c.put("disable_parallel_tool_use", true);
          }
        });
  }

  private static void sampling(
      Sampling sampling, boolean thinks, Json.Builder body, List<Loss> losses) {
    String temperature = sampling.temperature();
    if (temperature != null) {
      if (thinks) {
        losses.add(new Loss("temperature", "Messages takes none while it thinks"));
      } else if (new BigDecimal(temperature).compareTo(BigDecimal.ONE) > 0) {
        losses.add(new Loss("temperature", "Messages takes 1 at most; 1 was sent"));
        body.put("temperature", 1L);
      } else {
        body.put("temperature", new Json.Num(temperature));
      }
    }
    if (sampling.topP() != null) {
      body.put("top_p", new Json.Num(sampling.topP()));
    }
    Long topK = sampling.topK();
    if (topK != null && !thinks) {
      body.put("top_k", topK);
    }
    var stop = new ArrayList<Json>();
    for (String sequence : sampling.stop()) {
      if (sequence.isBlank()) {
        losses.add(new Loss("stop", "Messages takes no stop sequence of white space"));
      } else {
        stop.add(Json.of(sequence));
      }
    }
    if (!stop.isEmpty()) {
      body.put("stop_sequences", stop);
    }
  }
}
