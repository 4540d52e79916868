package dev.sluice.protocol.messages;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Response;
import dev.sluice.conversation.Signature;
import dev.sluice.conversation.Stop;
import dev.sluice.conversation.Usage;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.Unreadable;
import dev.sluice.protocol.Written;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Whole Messages answers to the model and back.
 *
 * @see <a href="https://docs.anthropic.com/en/api/messages">Anthropic, Messages</a>
 */
final class Responses {
  private Responses() {}

  /** Why these bytes are no good answer; null where they are one. */
  static @Nullable Failure judge(byte[] body) {
    try {
      message(body);
      return null;
    } catch (Refusal refusal) {
      return refusal.failure();
    }
  }

  private static Json.Obj message(byte[] body) throws Refusal {
    Json json;
    try {
      json = Json.parse(body);
    } catch (Malformed e) {
      throw new Refusal(Unreadable.noJson(body, String.valueOf(e.getMessage())));
    }
    if (!(json instanceof Json.Obj root)) {
      throw new Refusal(Unreadable.noAnswer("a JSON object"));
    }
    Failure failure = Failures.error(root, 0);
    if (failure != null) {
      throw new Refusal(failure);
    }
    if (!(root.get("content") instanceof Json.Arr)) {
      throw new Refusal(Unreadable.noAnswer("content"));
    }
    return root;
  }

  static Response read(byte[] body) throws Refusal {
    Json.Obj root = message(body);
    var blocks = new ArrayList<Block>();
    List<Json> content = root.items("content");
    for (int i = 0; i < content.size(); i++) {
      if (content.get(i) instanceof Json.Obj block) {
        blocks.add(Requests.block(block, "content[" + i + "]"));
      }
    }
    return new Response(
        root.text("id", ""),
        root.text("model", ""),
        blocks,
        stop(root.text("stop_reason", "end_turn")),
        root.text("stop_sequence"),
        usage(root.obj("usage"), Usage.NONE),
        Fields.unknown(
            Origin.MESSAGES,
            root,
            Set.of(
                "id",
                "type",
                "role",
                "model",
                "content",
                "stop_reason",
                "stop_sequence",
                "usage")));
  }

  static Stop stop(String reason) {
    return switch (reason) {
      case "max_tokens", "model_context_window_exceeded" -> Stop.LENGTH;
      case "tool_use" -> Stop.TOOL_CALLS;
      case "stop_sequence" -> Stop.SEQUENCE;
      case "refusal" -> Stop.FILTER;
      case "pause_turn" -> Stop.PAUSE;
      default -> Stop.END;
    };
  }

  static String reason(Stop stop) {
    return switch (stop) {
      case END -> "end_turn";
      case LENGTH -> "max_tokens";
      case TOOL_CALLS -> "tool_use";
      case SEQUENCE -> "stop_sequence";
      case FILTER -> "refusal";
      case PAUSE -> "pause_turn";
    };
  }

  /** {@code input_tokens} holds neither cached nor written ones. What is absent stays as before. */
  static Usage usage(Json.@Nullable Obj usage, Usage before) {
    if (usage == null) {
      return before;
    }
    return new Usage(
        number(usage, "input_tokens", before.input()),
        number(usage, "cache_read_input_tokens", before.cacheRead()),
        number(usage, "cache_creation_input_tokens", before.cacheWrite()),
        number(usage, "output_tokens", before.output()),
        before.reasoning(),
        null);
  }

  private static long number(Json.Obj object, String name, long otherwise) {
    Long value = object.integer(name);
    return value == null ? otherwise : value;
  }

  static Json.Obj usage(Usage usage) {
    return Json.object(
        u ->
            u.put("input_tokens", usage.input())
                .put("cache_creation_input_tokens", usage.cacheWrite())
                .put("cache_read_input_tokens", usage.cacheRead())
                .put("output_tokens", usage.output()));
  }

  static Written write(Response response, Protocol.Stamp stamp) {
    var losses = new ArrayList<Loss>();
    var content = new ArrayList<Json>();
    for (int i = 0; i < response.blocks().size(); i++) {
      Json block = block(response.blocks().get(i), "content[" + i + "]", losses);
      if (block != null) {
        content.add(block);
      }
    }
    Fields.restore(response.extra(), Origin.MESSAGES, "", new Json.Builder(), losses);
    String sequence = response.sequence();
    Json.Obj root =
        Json.object(
            r ->
                r.put("id", id(response.id(), stamp))
                    .put("type", "message")
                    .put("role", "assistant")
                    .put("model", response.model())
                    .put("content", content)
                    .put("stop_reason", reason(response.stop()))
                    .put("stop_sequence", sequence == null ? Json.nil() : Json.of(sequence))
                    .put("usage", usage(response.usage())));
    return new Written(root.bytes(), losses);
  }

  private static @Nullable Json block(Block block, String path, List<Loss> losses) {
    return switch (block) {
      case Block.Text(String text, var _, var extra) ->
          Json.object(
              b -> {
                b.put("type", "text").put("text", text);
                Fields.restore(extra, Origin.MESSAGES, path, b, losses);
              });
      case Block.Refusal(String text, var _) ->
          Json.object(b -> b.put("type", "text").put("text", text));
      case Block.Thinking(String text, var signature, var _) ->
          Json.object(
              b ->
                  b.put("type", "thinking")
                      .put("thinking", text)
                      .put("signature", own(signature) ? signature.text() : ""));
      case Block.Redacted(Signature data, var _) -> {
        if (own(data)) {
          yield Json.object(b -> b.put("type", "redacted_thinking").put("data", data.text()));
        }
        losses.add(new Loss(path, "only its issuer can read it"));
        yield null;
      }
      case Block.ToolCall call -> {
        Json input;
        try {
          input = call.arguments().isBlank() ? Json.empty() : Json.parse(call.arguments());
        } catch (Malformed _) {
          losses.add(new Loss(path + ".input", "arguments that are no JSON were wrapped in it"));
          input = Json.object(o -> o.put("arguments", call.arguments()));
        }
        Json value = input;
        yield Json.object(
            b ->
                b.put("type", "tool_use")
                    .put("id", call.id())
                    .put("name", call.name())
                    .put("input", value));
      }
      case Block.ToolResult _, Block.Media _, Block.Opaque _ -> {
        losses.add(new Loss(path, "Messages has no such block in an answer"));
        yield null;
      }
    };
  }

  private static boolean own(@Nullable Signature signature) {
    return signature != null && signature.origin() == Origin.MESSAGES;
  }

  static String id(String provider, Protocol.Stamp stamp) {
    return "msg_" + (provider.isEmpty() ? stamp.id() : provider);
  }
}
