package dev.sluice.protocol.chat;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Citation;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Event.Shape;
import dev.sluice.conversation.Extra;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Signature;
import dev.sluice.conversation.Usage;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.Freeform;
import dev.sluice.protocol.Protocol;
import dev.sluice.wire.Json;
import dev.sluice.wire.Sse;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Events to Chat Completions chunks, with a usage chunk only where the client asked for one. */
final class Writer implements Protocol.Writer {
  private static final byte[] NOTHING = new byte[0];

  private final Protocol.Stamp stamp;
  private final boolean includeUsage;
  private final Set<String> custom;
  private final Pending pending;
  private final List<Loss> losses = new ArrayList<>();
  private final List<Citation> citations = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();
  private String id = "";
  private String model = "";
  private Shape shape = new Shape.Prose();
  private @Nullable Signature signature;
  private boolean said;
  private boolean declined;

  /** The type of the sound that was written; null: none. */
  private @Nullable String heard;

  private int length;
  private int before;
  private int calls = -1;
  private Usage usage = Usage.NONE;

  /**
   * Writes for one client.
   *
   * @param custom the names of its tools that take plain text
   */
  Writer(Carrier carrier, Protocol.Stamp stamp, boolean includeUsage, Set<String> custom) {
    this.stamp = stamp;
    this.includeUsage = includeUsage;
    this.custom = custom;
    this.pending = new Pending(carrier, stamp.issuer());
  }

  @Override
  public List<Loss> losses() {
    return List.copyOf(losses);
  }

  @Override
  public byte[] write(Event event) {
    return switch (event) {
      case Event.Start(String provider, String name) -> {
        id = Responses.id(provider, stamp);
        model = name;
        yield delta(d -> d.put("role", "assistant").put("content", ""));
      }
      case Event.Open(int index, Shape opened) -> {
        shape = opened;
        said = false;
        text.setLength(0);
        signature = null;
        before = length;
        yield open(opened, "content[" + index + "]");
      }
      case Event.Delta(int _, String more) -> {
        said = true;
        yield delta(more);
      }
      case Event.Signed(int index, Signature by) -> {
        if (shape instanceof Shape.Thought) {
          signature = by;
        } else {
          losses.add(
              new Loss("content[" + index + "].signature", "Chat Completions has no place for it"));
        }
        yield NOTHING;
      }
      case Event.Cited(int index, var citation) -> {
        if (Responses.annotation(citation, 0, 0) == null) {
          losses.add(
              new Loss(
                  "content[" + index + "].citations", "Chat Completions cites addresses alone"));
        } else {
          citations.add(citation);
          Fields.lost(citation, Origin.CHAT, "content[" + index + "]", losses);
        }
        yield NOTHING;
      }
      case Event.Odds(int _, var likelihoods) ->
          chunk(Json.empty(), Responses.odds(likelihoods), Json.nil());
      case Event.Close(int index) -> close("content[" + index + "]");
      case Event.Tally(Usage tally) -> {
        usage = tally;
        yield NOTHING;
      }
      case Event.Lost(Loss loss) -> {
        losses.add(loss);
        yield NOTHING;
      }
      case Event.Finish(var stop, var sequence) -> {
        pending.end(losses);
        Responses.lost(stop, sequence, losses);
        Fields.lost(usage, Origin.CHAT, losses);
        var rest = new ByteArrayOutputStream();
        rest.writeBytes(chunk(Json.empty(), null, Json.of(Responses.reason(stop, declined))));
        if (includeUsage) {
          rest.writeBytes(usageChunk());
        }
        rest.writeBytes("data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8));
        yield rest.toByteArray();
      }
      case Event.Failed(var failure) -> Failures.breakOff(failure);
    };
  }

  private byte[] open(Shape opened, String path) {
    return switch (opened) {
      case Shape.Call call -> {
        calls++;
        String callId =
            pending.id(Responses.callId(call.id(), stamp, calls), call.signature(), path, losses);
        yield call(
            c ->
                c.put("id", callId)
                    .put("type", freeform(call) ? "custom" : "function")
                    .put(
                        freeform(call) ? "custom" : "function",
                        Json.object(
                            f ->
                                f.put("name", call.name())
                                    .put(freeform(call) ? "input" : "arguments", ""))));
      }
      case Shape.Sealed(Signature data) -> {
        pending.add(new Block.Redacted(data, (Extra) null), path);
        yield NOTHING;
      }
      case Shape.Medium(Block.Media media) -> medium(media, path);
      case Shape.Foreign _ -> {
        losses.add(new Loss(path, "Chat Completions has no such block in an answer"));
        yield NOTHING;
      }
      case Shape.Prose(), Shape.Thought(), Shape.Declined() -> NOTHING;
    };
  }

  private boolean freeform(Shape.Call call) {
    return call.freeform() || custom.contains(call.name());
  }

  /** Whether the open call's arguments are unwrapped once they are complete. */
  private boolean unwraps() {
    return shape instanceof Shape.Call call && !call.freeform() && custom.contains(call.name());
  }

  private byte[] medium(Block.Media media, String path) {
    Responses.unsigned(media, path, losses);
    if (media.kind() == Block.Kind.IMAGE && Responses.picture(media) instanceof Json.Obj picture) {
      Fields.restore(media.extra(), Origin.CHAT, path, new Json.Builder(), losses);
      return delta(d -> d.put("images", Json.array(picture)));
    }
    if (media.kind() == Block.Kind.AUDIO
        && media.source() instanceof Block.Source.Inline(String type, String base64)
        && (heard == null || (heard.equals(type) && Sound.bare(type)))) {
      heard = type;
      Json.Obj sound =
          Json.object(
              a -> {
                a.put("id", "audio_" + stamp.id())
                    .put("data", base64)
                    .put("expires_at", stamp.seconds());
                Fields.restore(media.extra(), Origin.CHAT, path, a, losses);
              });
      return delta(d -> d.put("audio", sound));
    }
    losses.add(new Loss(path, "Chat Completions has no such medium in an answer"));
    return NOTHING;
  }

  /** A call without arguments is an empty object in a whole answer, so it is one here. */
  private byte[] close(String path) {
    return switch (shape) {
      case Shape.Call call -> {
        if (unwraps()) {
          yield call("input", Freeform.text(text.toString()));
        }
        yield said || call.freeform() ? NOTHING : call("arguments", "{}");
      }
      case Shape.Prose() -> cited();
      case Shape.Thought() -> {
        pending.add(new Block.Thinking(text.toString(), signature, (Extra) null), path);
        yield NOTHING;
      }
      default -> NOTHING;
    };
  }

  /** A citation may say no place, and then it is all of its block, which is known at its end. */
  private byte[] cited() {
    if (citations.isEmpty()) {
      return NOTHING;
    }
    var notes = new ArrayList<Json>();
    for (Citation citation : citations) {
      Json note = Responses.annotation(citation, before, length - before);
      if (note != null) {
        notes.add(note);
      }
    }
    citations.clear();
    return delta(d -> d.put("annotations", notes));
  }

  private byte[] delta(String more) {
    return switch (shape) {
      case Shape.Prose() -> {
        length += Responses.characters(more);
        yield delta(d -> d.put("content", more));
      }
      case Shape.Thought() -> {
        text.append(more);
        yield delta(d -> d.put("reasoning_content", more));
      }
      case Shape.Declined() -> {
        declined = true;
        yield delta(d -> d.put("refusal", more));
      }
      case Shape.Call call -> {
        if (unwraps()) {
          text.append(more);
          yield NOTHING;
        }
        yield call(call.freeform() ? "input" : "arguments", more);
      }
      case Shape.Sealed _, Shape.Medium _, Shape.Foreign _ -> NOTHING;
    };
  }

  private byte[] call(String field, String more) {
    String kind = field.equals("input") ? "custom" : "function";
    return call(c -> c.put(kind, Json.object(f -> f.put(field, more))));
  }

  private byte[] call(Consumer<Json.Builder> fill) {
    return delta(
        d ->
            d.put(
                "tool_calls",
                Json.array(
                    Json.object(
                        c -> {
                          c.put("index", (long) calls);
                          fill.accept(c);
                        }))));
  }

  private byte[] delta(Consumer<Json.Builder> fill) {
    return chunk(Json.object(fill), null, Json.nil());
  }

  private byte[] chunk(Json.Obj delta, @Nullable Json odds, Json finish) {
    return frame(
        c ->
            c.put(
                "choices",
                Json.array(
                    Json.object(
                        choice ->
                            choice
                                .put("index", 0L)
                                .put("delta", delta)
                                .put("logprobs", odds)
                                .put("finish_reason", finish)))));
  }

  private byte[] usageChunk() {
    return frame(c -> c.put("choices", Json.array()).put("usage", Responses.usage(usage)));
  }

  private byte[] frame(Consumer<Json.Builder> fill) {
    Json.Obj chunk =
        Json.object(
            c -> {
              c.put("id", id)
                  .put("object", "chat.completion.chunk")
                  .put("created", stamp.seconds())
                  .put("model", model);
              fill.accept(c);
            });
    return Sse.bytes(null, chunk);
  }
}
