package dev.sluice.protocol.responses;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Extra;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Signature;
import dev.sluice.conversation.Turn;
import dev.sluice.conversation.Turn.Role;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.responses.Items.Span;
import dev.sluice.wire.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads a request's input items into turns: what the model said in a row is one turn, everything
 * else a turn for each item. One for each request.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/create">OpenAI, create a
 *     response, input</a>
 */
final class Inputs {
  /** Items of the client's side beside messages and the outputs of tools. */
  private static final Set<String> CLIENTS =
      Set.of("mcp_approval_response", "additional_tools", "compaction_trigger");

  private final Carrier carrier;
  private final Namespaces namespaces;
  private final Items writer = new Items("", "", new ArrayList<>());
  private final List<Turn> turns = new ArrayList<>();
  private final List<Block> said = new ArrayList<>();
  private final List<Json> spans = new ArrayList<>();
  private final Map<String, Json> unknown = new LinkedHashMap<>();
  private int first;
  private int last;
  private @Nullable Signature waiting;

  private Inputs(Carrier carrier, Namespaces namespaces) {
    this.carrier = carrier;
    this.namespaces = namespaces;
  }

  static List<Turn> read(List<Json> items, Carrier carrier, Namespaces namespaces) throws Refusal {
    var inputs = new Inputs(carrier, namespaces);
    for (int i = 0; i < items.size(); i++) {
      String path = "input[" + i + "]";
      if (!(items.get(i) instanceof Json.Obj item)) {
        throw new Refusal(Failure.invalid(path, "An input item must be an object."));
      }
      inputs.item(item, i, path);
    }
    inputs.flush();
    return inputs.turns;
  }

  private void item(Json.Obj item, int i, String path) throws Refusal {
    String type = item.text("type", item.has("role") ? "message" : "item_reference");
    if (!type.equals("function_call") && !type.equals("custom_tool_call")) {
      signText();
    }
    switch (type) {
      case "message" -> message(item, i, path);
      case "reasoning" -> reasoning(item, i);
      case "function_call" ->
          model(
              new Block.ToolCall(
                  Parts.required(item, "call_id", path),
                  namespaces.joined(item.text("namespace"), Parts.required(item, "name", path)),
                  Parts.required(item, "arguments", path),
                  false,
                  signature(),
                  null,
                  unknown(item, "arguments")),
              item,
              i);
      case "custom_tool_call" ->
          model(
              new Block.ToolCall(
                  Parts.required(item, "call_id", path),
                  namespaces.joined(item.text("namespace"), Parts.required(item, "name", path)),
                  Parts.required(item, "input", path),
                  true,
                  signature(),
                  null,
                  unknown(item, "input")),
              item,
              i);
      case "function_call_output", "custom_tool_call_output" ->
          client(
              Role.USER,
              List.of(
                  new Block.ToolResult(
                      Parts.required(item, "call_id", path),
                      item.text("name"),
                      Parts.read(item.get("output"), path + ".output"),
                      false,
                      null,
                      unknown(item, "output"))),
              item,
              Span.Kind.ITEM,
              path);
      case "image_generation_call" -> model(picture(item), item, i);
      default -> {
        Block opaque = new Block.Opaque(Origin.RESPONSES, item.text());
        if (type.endsWith("_output") || CLIENTS.contains(type)) {
          client(Role.USER, List.of(opaque), item, Span.Kind.ITEM, path);
        } else {
          model(opaque, item, i);
        }
      }
    }
  }

  private static @Nullable Extra unknown(Json.Obj item, String content) {
    return Fields.unknown(
        Origin.RESPONSES,
        item,
        Set.of("type", "id", "status", "call_id", "name", "namespace", content));
  }

  private void message(Json.Obj item, int i, String path) throws Refusal {
    String role = Parts.required(item, "role", path);
    List<Block> content = Parts.read(item.get("content"), path + ".content");
    switch (role) {
      case "assistant" -> {
        unknown.putAll(strange(item).members());
        begin(i);
        span(content, Span.Kind.MESSAGE, item, Role.ASSISTANT);
        said.addAll(content);
      }
      case "user" -> client(Role.USER, content, item, Span.Kind.MESSAGE, path);
      case "system" -> client(Role.SYSTEM, content, item, Span.Kind.MESSAGE, path);
      case "developer" -> client(Role.DEVELOPER, content, item, Span.Kind.MESSAGE, path);
      default ->
          throw new Refusal(
              Failure.invalid(
                  path + ".role", "'" + role + "' is none of user, assistant, system, developer."));
    }
  }

  private static Json.Obj strange(Json.Obj message) {
    return message.without(Set.of("type", "id", "status", "role", "content"));
  }

  /** A picture that the model made; opaque where it is not in the item. */
  static Block picture(Json.Obj item) {
    String result = item.text("result");
    return result == null
        ? new Block.Opaque(Origin.RESPONSES, item.text())
        : new Block.Media(
            Block.Kind.IMAGE,
            new Block.Source.Inline(pictureType(result), result),
            null,
            null,
            null,
            Fields.unknown(
                Origin.RESPONSES,
                item,
                Set.of(
                    "type",
                    "id",
                    "status",
                    "result",
                    "action",
                    "background",
                    "output_format",
                    "quality",
                    "size")));
  }

  /** The item does not name its type, but every format begins in its own way. */
  private static String pictureType(String base64) {
    return base64.startsWith("/9j/")
        ? "image/jpeg"
        : base64.startsWith("UklGR")
            ? "image/webp"
            : base64.startsWith("R0lGOD") ? "image/gif" : "image/png";
  }

  /**
   * The thinking in a reasoning item: the parts of its summary and then those of its content, an
   * empty line between two.
   */
  static String thought(Json.Obj item) {
    var text = new StringBuilder();
    for (String name : List.of("summary", "content")) {
      for (Json json : item.items(name)) {
        if (json instanceof Json.Obj part && !part.text("text", "").isEmpty()) {
          text.append(text.isEmpty() ? "" : "\n\n").append(part.text("text", ""));
        }
      }
    }
    return text.toString();
  }

  private void reasoning(Json.Obj item, int i) {
    String text = thought(item);
    String encrypted = item.text("encrypted_content");
    Carrier.Found found = carrier.open(encrypted == null ? "" : encrypted);
    if (!found.marked()) {
      unknown.putAll(
          item.without(Set.of("type", "id", "status", "summary", "content", "encrypted_content"))
              .members());
      Signature signature = encrypted == null ? null : new Signature(encrypted, Origin.RESPONSES);
      model(
          text.isEmpty() && signature != null
              ? new Block.Redacted(signature, null)
              : new Block.Thinking(text, signature, null),
          item,
          i);
      return;
    }
    begin(i);
    Carrier.Load load = found.load();
    List<Block> thoughts =
        load != null
            ? load.thoughts().stream().map(thought -> beside(thought, text)).toList()
            : text.isEmpty() ? List.of() : List.of(new Block.Thinking(text, null, null));
    said.addAll(thoughts);
    spans.add(new Span(thoughts.size(), Span.Kind.TOKEN, null, null).json());
    waiting = load == null ? null : load.own();
  }

  /** A token does not carry the text that stands beside it. */
  private static Block beside(Block thought, String text) {
    return thought instanceof Block.Thinking(String own, var signature, var extra) && own.isEmpty()
        ? new Block.Thinking(text, signature, extra)
        : thought;
  }

  private @Nullable Signature signature() {
    Signature own = waiting;
    waiting = null;
    return own;
  }

  /** A token that no call follows signs the text or the picture before it. */
  private void signText() {
    Signature own = signature();
    if (own == null) {
      return;
    }
    for (int i = said.size() - 1; i >= 0; i--) {
      if (said.get(i) instanceof Block.Text text) {
        said.set(i, new Block.Text(text.text(), text.citations(), own, text.cache(), text.extra()));
        return;
      }
      if (said.get(i) instanceof Block.Media picture) {
        said.set(i, picture.signed(own));
        return;
      }
    }
  }

  private void begin(int i) {
    if (spans.isEmpty()) {
      first = i;
    }
    last = i;
  }

  private void model(Block block, Json.Obj item, int i) {
    begin(i);
    span(List.of(block), Span.Kind.ITEM, item, Role.ASSISTANT);
    said.add(block);
  }

  private void span(List<Block> blocks, Span.Kind kind, Json.Obj item, Role role) {
    List<Json> would = writer.own(role, blocks, kind, 0, "");
    spans.add(
        (would.size() == 1
                ? new Span(blocks.size(), kind, Patch.of(item, would.getFirst()), null)
                : new Span(blocks.size(), kind, null, item))
            .json());
  }

  private void client(Role role, List<Block> blocks, Json.Obj item, Span.Kind kind, String path) {
    flush();
    span(blocks, kind, item, role);
    Json.Obj strange = kind == Span.Kind.MESSAGE ? strange(item) : Json.empty();
    turns.add(new Turn(role, blocks, path, extra(strange)));
    spans.clear();
  }

  private void flush() {
    signText();
    if (spans.isEmpty()) {
      return;
    }
    String path = first == last ? "input[" + first + "]" : "input[" + first + ".." + last + "]";
    turns.add(new Turn(Role.ASSISTANT, said, path, extra(new Json.Obj(unknown))));
    said.clear();
    spans.clear();
    unknown.clear();
  }

  private Extra extra(Json.Obj strange) {
    return new Extra(
        Origin.RESPONSES,
        strange.text(),
        Json.object(form -> form.put(Items.ITEMS, List.copyOf(spans))).text());
  }
}
