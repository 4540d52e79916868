package dev.sluice.protocol.chat;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Response;
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
 * Whole Chat Completions answers to the model and back.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/chat/object">OpenAI, the chat
 *     completion object</a>
 */
final class Responses {
  private Responses() {}

  /** Why these bytes are no good answer; null where they are one. */
  static @Nullable Failure judge(byte[] body) {
    try {
      choice(body);
      return null;
    } catch (Refusal refusal) {
      return refusal.failure();
    }
  }

  private record Chosen(Json.Obj root, Json.Obj choice, Json.Obj message) {}

  private static Chosen choice(byte[] body) throws Refusal {
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
    if (!root.items("choices").isEmpty()
        && root.items("choices").getFirst() instanceof Json.Obj choice
        && choice.obj("message") instanceof Json.Obj message) {
      return new Chosen(root, choice, message);
    }
    throw new Refusal(Unreadable.noAnswer("a choice"));
  }

  static Response read(byte[] body) throws Refusal {
    Chosen chosen = choice(body);
    Json.Obj message = chosen.message();
    var blocks = new ArrayList<Block>();
    String thought = thought(message);
    if (thought != null && !thought.isEmpty()) {
      blocks.add(new Block.Thinking(thought, null, null));
    }
    switch (message.get("content")) {
      case Json.Str(String text) when !text.isEmpty() -> blocks.add(new Block.Text(text));
      case Json.Arr(List<Json> parts) -> {
        for (Json part : parts) {
          if (part instanceof Json.Obj object && object.text("text") instanceof String text) {
            blocks.add(new Block.Text(text));
          }
        }
      }
      case null, default -> {}
    }
    String refusal = message.text("refusal");
    if (refusal != null) {
      blocks.add(new Block.Refusal(refusal, null));
    }
    for (Json json : message.items("tool_calls")) {
      if (json instanceof Json.Obj call && call.obj("function") instanceof Json.Obj function) {
        blocks.add(
            new Block.ToolCall(
                call.text("id", ""),
                function.text("name", ""),
                function.text("arguments", "{}"),
                null,
                null));
      }
    }
    Json.Obj root = chosen.root();
    return new Response(
        root.text("id", ""),
        root.text("model", ""),
        blocks,
        stop(chosen.choice().text("finish_reason", "stop"), refusal != null),
        null,
        usage(root.obj("usage")),
        Fields.unknown(
            Origin.CHAT, root, Set.of("id", "object", "created", "model", "choices", "usage")));
  }

  /** DeepSeek and others say {@code reasoning_content}, OpenRouter and vLLM {@code reasoning}. */
  static @Nullable String thought(Json.Obj message) {
    String thought = message.text("reasoning_content");
    return thought != null ? thought : message.text("reasoning");
  }

  static Stop stop(String reason, boolean refused) {
    return switch (reason) {
      case "length" -> Stop.LENGTH;
      case "tool_calls", "function_call" -> Stop.TOOL_CALLS;
      case "content_filter" -> Stop.FILTER;
      default -> refused ? Stop.FILTER : Stop.END;
    };
  }

  static String reason(Stop stop) {
    return switch (stop) {
      case END, SEQUENCE, PAUSE -> "stop";
      case LENGTH -> "length";
      case TOOL_CALLS -> "tool_calls";
      case FILTER -> "content_filter";
    };
  }

  /** {@code prompt_tokens} holds the cached ones too. */
  static Usage usage(Json.@Nullable Obj usage) {
    if (usage == null) {
      return Usage.NONE;
    }
    Json.Obj prompt = usage.obj("prompt_tokens_details");
    Json.Obj completion = usage.obj("completion_tokens_details");
    long total = number(usage, "prompt_tokens");
    long cached = prompt == null ? 0 : number(prompt, "cached_tokens");
    long written = prompt == null ? 0 : number(prompt, "cache_write_tokens");
    return new Usage(
        Math.max(0, total - cached - written),
        cached,
        written,
        number(usage, "completion_tokens"),
        completion == null ? null : completion.integer("reasoning_tokens"),
        null);
  }

  private static long number(Json.Obj object, String name) {
    Long value = object.integer(name);
    return value == null ? 0 : value;
  }

  static Json.Obj usage(Usage usage) {
    return Json.object(
        u -> {
          u.put("prompt_tokens", usage.prompt())
              .put("completion_tokens", usage.output())
              .put("total_tokens", usage.prompt() + usage.output())
              .put(
                  "prompt_tokens_details",
                  Json.object(
                      d -> {
                        d.put("cached_tokens", usage.cacheRead());
                        if (usage.cacheWrite() > 0) {
                          d.put("cache_write_tokens", usage.cacheWrite());
                        }
                      }));
          if (usage.reasoning() != null) {
            u.put(
                "completion_tokens_details",
                Json.object(d -> d.put("reasoning_tokens", usage.reasoning())));
          }
        });
  }

  static Written write(Response response, Protocol.Stamp stamp) {
    var losses = new ArrayList<Loss>();
    var thoughts = new StringBuilder();
    var said = new StringBuilder();
    var calls = new ArrayList<Json>();
    String declined = null;
    for (int i = 0; i < response.blocks().size(); i++) {
      String path = "content[" + i + "]";
      switch (response.blocks().get(i)) {
        case Block.Text(String text, var _, var extra) -> {
          said.append(text);
          Fields.restore(extra, Origin.CHAT, path, new Json.Builder(), losses);
        }
        case Block.Thinking thinking -> {
          thoughts.append(thinking.text());
          if (thinking.signature() != null) {
            losses.add(new Loss(path + ".signature", "Chat Completions has no place for it"));
          }
        }
        case Block.Redacted _ ->
            losses.add(new Loss(path, "Chat Completions has no redacted thinking"));
        case Block.Refusal refusal -> declined = refusal.text();
        case Block.ToolCall call -> calls.add(call(call));
        case Block.ToolResult _, Block.Media _, Block.Opaque _ ->
            losses.add(new Loss(path, "Chat Completions has no such block in an answer"));
      }
    }
    if (response.sequence() != null) {
      losses.add(new Loss("stop_sequence", "Chat Completions does not say which one it was"));
    }
    Fields.restore(response.extra(), Origin.CHAT, "", new Json.Builder(), losses);
    String refusal = declined;
    Json.Obj message =
        Json.object(
            m -> {
              m.put("role", "assistant")
                  .put(
                      "content",
                      said.isEmpty() && (!calls.isEmpty() || refusal != null)
                          ? Json.nil()
                          : Json.of(said.toString()))
                  .put("reasoning_content", thoughts.isEmpty() ? null : thoughts.toString())
                  .put("refusal", refusal == null ? Json.nil() : Json.of(refusal));
              if (!calls.isEmpty()) {
                m.put("tool_calls", calls);
              }
            });
    Json.Obj root =
        Json.object(
            r ->
                r.put("id", id(response.id(), stamp))
                    .put("object", "chat.completion")
                    .put("created", stamp.seconds())
                    .put("model", response.model())
                    .put(
                        "choices",
                        Json.array(
                            Json.object(
                                c ->
                                    c.put("index", 0L)
                                        .put("message", message)
                                        .put("logprobs", Json.nil())
                                        .put("finish_reason", reason(response.stop())))))
                    .put("usage", usage(response.usage())));
    return new Written(root.bytes(), losses);
  }

  private static Json call(Block.ToolCall call) {
    return Json.object(
        c ->
            c.put("id", call.id())
                .put("type", "function")
                .put(
                    "function",
                    Json.object(
                        f -> f.put("name", call.name()).put("arguments", call.arguments()))));
  }

  static String id(String provider, Protocol.Stamp stamp) {
    return "chatcmpl-" + (provider.isEmpty() ? stamp.id() : provider);
  }
}
