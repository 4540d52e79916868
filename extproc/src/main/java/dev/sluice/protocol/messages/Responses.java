package dev.sluice.protocol.messages;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Citation;
import dev.sluice.conversation.Extra;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Response;
import dev.sluice.conversation.Stop;
import dev.sluice.conversation.Usage;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.Freeform;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.Tier;
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

  private static Json.Obj message(byte[] body) throws Refusal {
    Json.Obj root = Unreadable.object(Unreadable.json(body));
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
        blocks.add(answer(Requests.block(block, "content[" + i + "]")));
      }
    }
    Json.Obj usage = root.obj("usage");
    return new Response(
        root.text("id", ""),
        root.text("model", ""),
        blocks,
        stop(
            root.text("stop_reason", "end_turn"),
            blocks.stream().anyMatch(block -> block instanceof Block.ToolCall)),
        root.text("stop_sequence"),
        usage(usage, Usage.NONE),
        List.of(),
        usage == null ? null : usage.text("service_tier"),
        List.of(),
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

  /** The arguments of the tool that stands for a JSON answer are the answer. */
  private static Block answer(Block block) {
    return block instanceof Block.ToolCall call && call.name().equals(JsonAnswer.NAME)
        ? new Block.Text(call.arguments())
        : block;
  }

  /** A model may call tools and say that its turn is over; its calls tell. */
  static Stop stop(String reason, boolean calls) {
    return switch (reason) {
      case "max_tokens", "model_context_window_exceeded" -> Stop.LENGTH;
      case "tool_use" -> calls ? Stop.TOOL_CALLS : Stop.END;
      case "end_turn" -> calls ? Stop.TOOL_CALLS : Stop.END;
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

  private static final Set<String> USAGE =
      Set.of(
          "input_tokens",
          "cache_read_input_tokens",
          "cache_creation_input_tokens",
          "cache_creation",
          "output_tokens",
          "output_tokens_details",
          "service_tier");

  /** {@code input_tokens} holds neither cached nor written ones. What is absent stays as before. */
  static Usage usage(Json.@Nullable Obj usage, Usage before) {
    if (usage == null) {
      return before;
    }
    Json.Obj written = usage.obj("cache_creation");
    Json.Obj details = usage.obj("output_tokens_details");
    Long hour = written == null ? null : written.integer("ephemeral_1h_input_tokens");
    Long thought = details == null ? null : details.integer("thinking_tokens");
    return new Usage(
        number(usage, "input_tokens", before.input()),
        number(usage, "cache_read_input_tokens", before.cacheRead()),
        number(usage, "cache_creation_input_tokens", before.cacheWrite()),
        number(usage, "output_tokens", before.output()),
        thought == null ? before.reasoning() : thought,
        hour == null ? before.cacheWriteHour() : hour,
        null,
        null,
        Fields.unknown(Origin.MESSAGES, usage, USAGE));
  }

  private static long number(Json.Obj object, String name, long otherwise) {
    Long value = object.integer(name);
    return value == null ? otherwise : value;
  }

  static Json.Obj usage(Usage usage) {
    return Json.object(
        u -> {
          u.put("input_tokens", usage.input())
              .put("cache_creation_input_tokens", usage.cacheWrite())
              .put("cache_read_input_tokens", usage.cacheRead());
          Long hour = usage.cacheWriteHour();
          if (hour != null) {
            u.put(
                "cache_creation",
                Json.object(
                    c ->
                        c.put("ephemeral_5m_input_tokens", usage.cacheWrite() - hour)
                            .put("ephemeral_1h_input_tokens", hour)));
          }
          u.put("output_tokens", usage.output());
          Long thought = usage.reasoning();
          if (thought != null) {
            u.put("output_tokens_details", Json.object(d -> d.put("thinking_tokens", thought)));
          }
          Fields.restore(usage.extra(), Origin.MESSAGES, "usage", u, new ArrayList<>());
        });
  }

  /** One answer on its way to one client. */
  static final class Writing {
    private final Tokens tokens;
    private final Protocol.Stamp stamp;
    private final List<Loss> losses = new ArrayList<>();
    private final List<Json> content = new ArrayList<>();
    private int calls;

    /** Whether the last block is the token of a text. */
    private boolean signed;

    Writing(Carrier carrier, Protocol.Stamp stamp) {
      this.tokens = new Tokens(carrier, stamp.issuer());
      this.stamp = stamp;
    }

    Written write(Response response) {
      losses.addAll(response.losses());
      for (int i = 0; i < response.blocks().size(); i++) {
        block(response.blocks().get(i), "content[" + i + "]");
      }
      if (!response.likelihoods().isEmpty()) {
        losses.add(new Loss("logprobs", "Messages tells no likelihoods"));
      }
      String sequence = response.sequence();
      Json.Obj root =
          Json.object(
              r -> {
                r.put("id", id(response.id(), stamp))
                    .put("type", "message")
                    .put("role", "assistant")
                    .put("model", response.model())
                    .put("content", content)
                    .put("stop_reason", reason(response.stop()))
                    .put("stop_sequence", sequence == null ? Json.nil() : Json.of(sequence))
                    .put("usage", usage(response));
                Fields.restore(response.extra(), Origin.MESSAGES, "", r, losses);
              });
      return new Written(root.bytes(), losses);
    }

    private Json usage(Response response) {
      String tier = response.tier();
      String known = tier == null ? null : Tier.anthropic(tier);
      if (known == null && tier != null) {
        losses.add(new Loss("service_tier", "Messages has no tier of that name"));
      }
      Fields.lost(response.usage(), Origin.MESSAGES, losses);
      return Json.object(u -> u.all(Responses.usage(response.usage())).put("service_tier", known));
    }

    private void block(Block block, String path) {
      int before = content.size();
      boolean token = false;
      switch (block) {
        case Block.Text text -> {
          var citations = new ArrayList<Json>();
          for (Citation citation : text.citations()) {
            Json written = citation(citation);
            if (written == null) {
              losses.add(new Loss(path + ".citations", "Messages cites no such place"));
            } else {
              citations.add(written);
              place(citation, path, losses);
            }
          }
          content.add(
              Json.object(
                  b -> {
                    b.put("type", "text").put("text", text.text());
                    if (!citations.isEmpty()) {
                      b.put("citations", citations);
                    }
                    Fields.restore(text.extra(), Origin.MESSAGES, path, b, losses);
                  }));
          String own = tokens.own(text.signature(), path, losses);
          sealed(own);
          token = own != null;
        }
        case Block.Refusal(String text, var _) ->
            content.add(Json.object(b -> b.put("type", "text").put("text", text)));
        case Block.Thinking thinking ->
            content.add(
                Json.object(
                    b -> {
                      b.put("type", "thinking")
                          .put("thinking", thinking.text())
                          .put("signature", tokens.thinking(thinking, path, losses));
                      Extra extra = thinking.extra();
                      if (extra != null && extra.origin() == Origin.MESSAGES) {
                        Fields.restore(extra, Origin.MESSAGES, path, b, losses);
                      }
                    }));
        case Block.Redacted redacted -> sealed(tokens.redacted(redacted, path, losses));
        case Block.ToolCall call -> {
          String own = tokens.own(call.signature(), path, losses);
          sealed(own == null && signed ? tokens.nobody() : own);
          content.add(call(call, path));
        }
        case Block.Opaque(Origin origin, String raw) when origin == Origin.MESSAGES ->
            content.add(Fields.value(raw));
        case Block.ToolResult _, Block.Media _, Block.Opaque _ ->
            losses.add(new Loss(path, "Messages has no such block in an answer"));
      }
      signed = token || (signed && content.size() == before);
    }

    private void sealed(@Nullable String data) {
      if (data != null) {
        content.add(Json.object(b -> b.put("type", "redacted_thinking").put("data", data)));
      }
    }

    private Json call(Block.ToolCall call, String path) {
      Json input;
      String arguments = Freeform.arguments(call);
      try {
        input = arguments.isBlank() ? Json.empty() : Json.parse(arguments);
      } catch (Malformed _) {
        losses.add(new Loss(path + ".input", "arguments that are no JSON were wrapped in it"));
        input = Json.object(o -> o.put("arguments", arguments));
      }
      Json value = input;
      return Json.object(
          b -> {
            b.put("type", "tool_use")
                .put("id", callId(call.id(), stamp, calls++))
                .put("name", call.name())
                .put("input", value);
            Fields.restore(call.extra(), Origin.MESSAGES, path, b, losses);
          });
    }
  }

  /** Messages cites for a whole block, whatever of it rests on the source. */
  static void place(Citation citation, String path, List<Loss> losses) {
    if (citation.origin() != Origin.MESSAGES && citation.end() != null) {
      losses.add(new Loss(path + ".citations.end_index", "Messages cites for a whole block"));
    }
  }

  /** A citation as Messages writes it; null where it has neither that form nor an address. */
  static @Nullable Json citation(Citation citation) {
    if (citation.origin() == Origin.MESSAGES) {
      return Fields.value(citation.raw());
    }
    String url = citation.url();
    return url == null
        ? null
        : Json.object(
            c ->
                c.put("type", "web_search_result_location")
                    .put("url", url)
                    .put("title", citation.title() == null ? "" : citation.title())
                    .put("encrypted_index", "")
                    .put("cited_text", citation.quote() == null ? "" : citation.quote()));
  }

  /** The provider's id of a call, in the letters that Messages takes, or one of ours. */
  static String callId(String id, Protocol.Stamp stamp, int position) {
    return id.isEmpty()
        ? "toolu_" + stamp.id() + "_" + position
        : id.replaceAll("[^a-zA-Z0-9_-]", "_");
  }

  static String id(String provider, Protocol.Stamp stamp) {
    return "msg_" + (provider.isEmpty() ? stamp.id() : provider);
  }
}
