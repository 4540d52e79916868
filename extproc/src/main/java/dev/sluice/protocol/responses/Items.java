package dev.sluice.protocol.responses;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Extra;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Signature;
import dev.sluice.conversation.Turn;
import dev.sluice.conversation.Turn.Role;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.OpenAi;
import dev.sluice.wire.Digest;
import dev.sluice.wire.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Writes turns as a request's input items. A turn that was read here remembers in the form of its
 * extra which of its blocks made up each item and how the item differed from what is written here.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/create">OpenAI, create a
 *     response, input</a>
 */
final class Items {
  /** The most characters of a call's id, a user's and a cache key's name. */
  static final int MAX_ID = 64;

  /** The form's member that lists the items of a turn. */
  static final String ITEMS = "items";

  private final String issuer;
  private final OpenAi model;
  private final List<Loss> losses;
  private final Set<String> freeform = new HashSet<>();

  /** Writes for a provider whose signatures are known by {@code issuer}. */
  Items(String issuer, String model, List<Loss> losses) {
    this.issuer = issuer;
    this.model = OpenAi.of(model);
    this.losses = losses;
  }

  /** What a piece that was read from Responses remembers; empty where it was not. */
  static Json.Obj form(@Nullable Extra extra) {
    if (extra == null || extra.origin() != Origin.RESPONSES) {
      return Json.empty();
    }
    String form = extra.form();
    return form != null && Fields.value(form) instanceof Json.Obj object ? object : Json.empty();
  }

  /**
   * One item as a turn remembers it.
   *
   * @param count how many of the turn's blocks it became
   * @param kind what it was
   * @param patch see {@link Patch}
   * @param whole the item itself where nothing is written for its blocks
   */
  record Span(int count, Kind kind, @Nullable Json patch, @Nullable Json whole) {
    /** What an item was. */
    enum Kind {
      /** A message, whose parts the blocks are. */
      MESSAGE,
      /** Another item. */
      ITEM,
      /** A token of ours, whose load the blocks are. */
      TOKEN
    }

    Json json() {
      return Json.object(
          s ->
              s.put("n", (long) count)
                  .put("kind", kind.name())
                  .put("patch", patch)
                  .put("item", whole));
    }

    static Span of(Json json) {
      Json.Obj span = json instanceof Json.Obj object ? object : Json.empty();
      Long count = span.integer("n");
      return new Span(
          count == null ? 0 : count.intValue(),
          Kind.valueOf(span.text("kind", "ITEM")),
          span.get("patch"),
          span.get("item"));
    }
  }

  /** The items of a turn. */
  List<Json> write(Turn turn) {
    List<Span> spans = form(turn.extra()).items(ITEMS).stream().map(Span::of).toList();
    String path = turn.path() + (turn.path().equals("system") ? "" : ".content");
    if (spans.isEmpty() || spans.stream().mapToInt(Span::count).sum() != turn.blocks().size()) {
      Extra extra = turn.extra();
      if (extra != null && extra.origin() != Origin.RESPONSES) {
        Fields.restore(extra, Origin.RESPONSES, turn.path(), new Json.Builder(), losses);
      }
      return items(turn.role(), turn.blocks(), 0, path);
    }
    var written = new ArrayList<Json>();
    int at = 0;
    for (Span span : spans) {
      List<Block> blocks = turn.blocks().subList(at, at + span.count());
      Json whole = span.whole();
      if (whole != null) {
        written.add(whole);
      } else if (span.kind() == Span.Kind.TOKEN) {
        written.addAll(items(turn.role(), blocks, at, path));
      } else {
        for (Json item : own(turn.role(), blocks, span.kind(), at, path)) {
          written.add(Patch.apply(item, span.patch()));
        }
      }
      at += span.count();
    }
    return written;
  }

  /** The one item that blocks which were read from one make up; none where they are lost. */
  List<Json> own(Role role, List<Block> blocks, Span.Kind kind, int from, String path) {
    if (kind == Span.Kind.MESSAGE) {
      return List.of(message(role, blocks, true, from, path));
    }
    Json item = blocks.size() == 1 ? item(blocks.getFirst(), true, path + "[" + from + "]") : null;
    return item == null ? List.of() : List.of(item);
  }

  private List<Json> items(Role role, List<Block> blocks, int from, String path) {
    var written = new ArrayList<Json>();
    var said = new ArrayList<Block>();
    int first = from;
    for (int i = 0; i < blocks.size(); i++) {
      Block block = blocks.get(i);
      boolean part =
          switch (block) {
            case Block.Text _, Block.Refusal _ -> true;
            case Block.Media _ -> role != Role.ASSISTANT;
            default -> false;
          };
      if (part) {
        if (block.equals(new Block.Text(""))) {
          continue; // There is nothing to lose, and not every provider takes it.
        }
        if (said.isEmpty()) {
          first = from + i;
        }
        said.add(block);
        continue;
      }
      flush(role, said, first, path, written);
      Json item = item(block, false, path + "[" + (from + i) + "]");
      if (item != null) {
        written.add(item);
      }
    }
    flush(role, said, first, path, written);
    return written;
  }

  private void flush(Role role, List<Block> said, int first, String path, List<Json> into) {
    if (!said.isEmpty()) {
      Json.Obj message = message(role, said, false, first, path);
      if (!(message.get("content") instanceof Json.Arr(List<Json> parts) && parts.isEmpty())) {
        into.add(message);
      }
      said.clear();
    }
  }

  private Json.Obj message(Role role, List<Block> blocks, boolean own, int from, String path) {
    return Json.object(
        message ->
            message
                .put("type", "message")
                .put(
                    "role",
                    switch (role) {
                      case SYSTEM -> "system";
                      case DEVELOPER -> "developer";
                      case USER -> "user";
                      case ASSISTANT -> "assistant";
                    })
                .put("content", content(role, blocks, own, from, path)));
  }

  /** A text alone is a string, which needs neither an id nor a status on either side. */
  private Json content(Role role, List<Block> blocks, boolean own, int from, String path) {
    if (blocks.size() == 1
        && blocks.getFirst() instanceof Block.Text text
        && text.extra() == null
        && text.citations().isEmpty()
        && (own || role == Role.ASSISTANT || !model.takes(text.cache()))) {
      Parts.plain(text, own, path + "[" + from + "]", losses);
      return Json.of(text.text());
    }
    var parts = new ArrayList<Json>();
    for (int i = 0; i < blocks.size(); i++) {
      String at = path + "[" + (from + i) + "]";
      Json part =
          role == Role.ASSISTANT
              ? output(blocks.get(i), own, at)
              : Parts.input(blocks.get(i), model, own, at, losses);
      if (part != null) {
        parts.add(part);
      }
    }
    return new Json.Arr(parts);
  }

  /** A part of what the model said before. */
  private @Nullable Json output(Block block, boolean own, String path) {
    return switch (block) {
      case Block.Text text -> {
        Parts.plain(text, own, path, losses);
        var annotations = new ArrayList<Json>();
        for (int i = 0; i < text.citations().size(); i++) {
          Json annotation =
              Parts.annotation(
                  text.citations().get(i), 0, text.text().codePointCount(0, text.text().length()));
          if (annotation == null) {
            losses.add(
                new Loss(path + ".citations[" + i + "]", "Responses cites addresses and files"));
          } else {
            annotations.add(annotation);
            if (!own && text.citations().get(i).quote() != null) {
              losses.add(
                  new Loss(
                      path + ".citations[" + i + "].cited_text",
                      "Responses cites an address without its words"));
            }
          }
        }
        yield Json.object(
            part -> {
              part.put("type", "output_text")
                  .put("text", text.text())
                  .put("annotations", annotations);
              Fields.restore(text.extra(), Origin.RESPONSES, path, part, losses);
            });
      }
      case Block.Refusal(String text, var extra) ->
          Json.object(
              part -> {
                part.all(Parts.refusal(text));
                Fields.restore(extra, Origin.RESPONSES, path, part, losses);
              });
      default -> Parts.input(block, model, own, path, losses);
    };
  }

  /** A block that is an item of its own. */
  private @Nullable Json item(Block block, boolean own, String path) {
    return switch (block) {
      case Block.Thinking(String text, var signature, var extra) ->
          reasoning(text, signature, own, extra, path);
      case Block.Redacted(Signature data, var extra) -> reasoning("", data, own, extra, path);
      case Block.ToolCall call -> call(call, own, path);
      case Block.ToolResult result -> result(result, own, path);
      case Block.Media media -> picture(media, own, path);
      case Block.Opaque(Origin origin, String raw) when origin == Origin.RESPONSES ->
          Fields.value(raw);
      case Block.Opaque _ -> lost(path, "Responses has no such item");
      case Block.Text _, Block.Refusal _ -> lost(path, "only a message holds it");
    };
  }

  private @Nullable Json reasoning(
      String text, @Nullable Signature signature, boolean own, @Nullable Extra extra, String path) {
    if (signature == null ? !own : !signature.speaksTo(Origin.RESPONSES, issuer)) {
      return lost(
          path,
          signature == null
              ? "reasoning that the provider has not encrypted is not taken back"
              : "only its issuer can read it");
    }
    return Json.object(
        item -> {
          item.put("type", "reasoning").put("summary", summary(text));
          if (signature != null) {
            item.put("encrypted_content", signature.text());
          }
          Fields.restore(extra, Origin.RESPONSES, path, item, losses);
        });
  }

  /** Thinking as the one part of a summary; none where there is no text. */
  static Json summary(String text) {
    return text.isEmpty()
        ? Json.array()
        : Json.array(Json.object(part -> part.put("type", "summary_text").put("text", text)));
  }

  private Json call(Block.ToolCall call, boolean own, String path) {
    if (call.cache() != null) {
      losses.add(new Loss(path + ".cache_control", "Responses caches by itself"));
    }
    if (call.signature() != null) {
      losses.add(new Loss(path + ".signature", "only its issuer can read it"));
    }
    if (call.freeform()) {
      freeform.add(call.id());
    }
    String arguments = call.arguments();
    return Json.object(
        item -> {
          item.put("type", call.freeform() ? "custom_tool_call" : "function_call")
              .put("call_id", own ? call.id() : id(call.id()))
              .put("name", call.name());
          if (call.freeform()) {
            item.put("input", arguments);
          } else {
            item.put("arguments", arguments.isBlank() && !own ? "{}" : arguments);
          }
          Fields.restore(call.extra(), Origin.RESPONSES, path, item, losses);
        });
  }

  private Json result(Block.ToolResult result, boolean own, String path) {
    if (result.error()) {
      losses.add(new Loss(path + ".is_error", "a tool's output has no mark for an error"));
    }
    if (result.cache() != null) {
      losses.add(new Loss(path + ".cache_control", "Responses caches by itself"));
    }
    boolean custom = freeform.contains(result.callId());
    return Json.object(
        item -> {
          item.put("type", custom ? "custom_tool_call_output" : "function_call_output")
              .put("call_id", own ? result.callId() : id(result.callId()))
              .put("output", output(result, own, path + ".content"));
          Fields.restore(result.extra(), Origin.RESPONSES, path, item, losses);
        });
  }

  private Json output(Block.ToolResult result, boolean own, String path) {
    Json output = content(Role.USER, result.content(), own, 0, path);
    return output.equals(Json.array()) && !own ? Json.of("") : output;
  }

  private @Nullable Json picture(Block.Media media, boolean own, String path) {
    return own && media.source() instanceof Block.Source.Inline(String _, String base64)
        ? Json.object(
            item -> {
              item.put("type", "image_generation_call").put("result", base64);
              Fields.restore(media.extra(), Origin.RESPONSES, path, item, losses);
            })
        : lost(path, "Responses takes no media back from the model's side");
  }

  private @Nullable Json lost(String path, String reason) {
    losses.add(new Loss(path, reason));
    return null;
  }

  /** A call's id that is not too long, the same for the call and its result. */
  static String id(String id) {
    return id.length() <= MAX_ID ? id : "call_" + Digest.of(id).substring(0, 40);
  }

  /** A name that is not too long; whoever has another has another. */
  static @Nullable String name(@Nullable String name) {
    return name == null || name.length() <= MAX_ID ? name : Digest.of(name);
  }
}
