package dev.sluice.protocol.messages;

import dev.sluice.conversation.Block;
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
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The model's events to Messages events. Blocks are numbered as they are written, which may differ
 * from the model's count: what stands for another's signature is a block of its own here.
 */
final class Writer implements Protocol.Writer {
  private static final byte[] NOTHING = new byte[0];

  private final Protocol.Stamp stamp;
  private final Tokens tokens;
  private final List<Loss> losses = new ArrayList<>();
  private final StringBuilder text = new StringBuilder();
  private Shape shape = new Shape.Prose();
  private @Nullable Signature signature;
  private boolean started;
  private boolean written;

  /** Whether the last block is the token of a text. */
  private boolean textSigned;

  private int blocks = -1;
  private int calls;
  private Usage usage = Usage.NONE;

  Writer(Carrier carrier, Protocol.Stamp stamp) {
    this.stamp = stamp;
    this.tokens = new Tokens(carrier, stamp.issuer());
  }

  @Override
  public List<Loss> losses() {
    return List.copyOf(losses);
  }

  @Override
  public byte[] write(Event event) {
    return switch (event) {
      case Event.Start(String id, String model) -> start(id, model);
      case Event.Open(int index, Shape opened) -> {
        shape = opened;
        signature = null;
        text.setLength(0);
        yield open(opened, path(index));
      }
      case Event.Delta(int _, String more) -> delta(more);
      case Event.Signed(int _, Signature by) -> {
        signature = by;
        yield NOTHING;
      }
      case Event.Cited(int index, var citation) -> {
        Json json = Responses.citation(citation);
        if (json == null) {
          losses.add(new Loss(path(index) + ".citations", "Messages cites no such place"));
          yield NOTHING;
        }
        Responses.place(citation, path(index), losses);
        yield delta(d -> d.put("type", "citations_delta").put("citation", json));
      }
      case Event.Odds _ -> {
        losses.add(new Loss("logprobs", "Messages tells no likelihoods"));
        yield NOTHING;
      }
      case Event.Close(int index) -> close(path(index));
      case Event.Tally(Usage tally) -> {
        usage = tally;
        yield NOTHING;
      }
      case Event.Lost(Loss loss) -> {
        losses.add(loss);
        yield NOTHING;
      }
      case Event.Finish(var stop, var sequence) -> finish(Responses.reason(stop), sequence);
      case Event.Failed(var failure) -> Failures.breakOff(failure);
    };
  }

  private static String path(int index) {
    return "content[" + index + "]";
  }

  private byte[] start(String id, String model) {
    started = true;
    Json.Obj message =
        Json.object(
            m ->
                m.put("id", Responses.id(id, stamp))
                    .put("type", "message")
                    .put("role", "assistant")
                    .put("model", model)
                    .put("content", Json.array())
                    .put("stop_reason", Json.nil())
                    .put("stop_sequence", Json.nil())
                    .put("usage", Responses.usage(usage)));
    return frame("message_start", e -> e.put("message", message));
  }

  private byte[] open(Shape opened, String path) {
    written = true;
    return switch (opened) {
      case Shape.Prose(), Shape.Declined() -> begin(b -> b.put("type", "text").put("text", ""));
      case Shape.Thought() ->
          begin(b -> b.put("type", "thinking").put("thinking", "").put("signature", ""));
      case Shape.Sealed(Signature data) -> {
        String sealed = tokens.redacted(new Block.Redacted(data, (Extra) null), path, losses);
        written = sealed != null;
        yield sealed == null ? NOTHING : redacted(sealed);
      }
      case Shape.Call call -> {
        var bytes = new ByteArrayOutputStream();
        String token = tokens.own(call.signature(), path, losses);
        String own = token == null && textSigned ? tokens.nobody() : token;
        if (own != null) {
          bytes.writeBytes(redacted(own));
          bytes.writeBytes(end());
        }
        bytes.writeBytes(
            begin(
                b ->
                    b.put("type", "tool_use")
                        .put("id", Responses.callId(call.id(), stamp, calls++))
                        .put("name", call.name())
                        .put("input", Json.empty())));
        yield bytes.toByteArray();
      }
      case Shape.Foreign(Block.Opaque(Origin origin, String raw)) when origin == Origin.MESSAGES ->
          begin(b -> b.all((Json.Obj) Fields.value(raw)));
      case Shape.Medium _, Shape.Foreign _ -> {
        written = false;
        losses.add(new Loss(path, "Messages has no such block in an answer"));
        yield NOTHING;
      }
    };
  }

  private byte[] redacted(String data) {
    return begin(b -> b.put("type", "redacted_thinking").put("data", data));
  }

  private byte[] begin(Consumer<Json.Builder> block) {
    blocks++;
    textSigned = false;
    return frame(
        "content_block_start",
        e -> e.put("index", (long) blocks).put("content_block", Json.object(block)));
  }

  private byte[] end() {
    return frame("content_block_stop", e -> e.put("index", (long) blocks));
  }

  private byte[] delta(String more) {
    return switch (shape) {
      case Shape.Prose(), Shape.Declined() ->
          delta(d -> d.put("type", "text_delta").put("text", more));
      case Shape.Thought() -> delta(d -> d.put("type", "thinking_delta").put("thinking", more));
      case Shape.Call call -> {
        if (call.freeform()) {
          text.append(more);
          yield NOTHING;
        }
        yield delta(d -> d.put("type", "input_json_delta").put("partial_json", more));
      }
      case Shape.Sealed _, Shape.Medium _, Shape.Foreign _ -> NOTHING;
    };
  }

  private byte[] delta(Consumer<Json.Builder> fill) {
    return frame(
        "content_block_delta", e -> e.put("index", (long) blocks).put("delta", Json.object(fill)));
  }

  private byte[] close(String path) {
    if (!written) {
      return NOTHING;
    }
    var bytes = new ByteArrayOutputStream();
    Signature by = signature;
    switch (shape) {
      case Shape.Thought() -> {
        String signed = tokens.thinking(new Block.Thinking("", by, (Extra) null), path, losses);
        bytes.writeBytes(delta(d -> d.put("type", "signature_delta").put("signature", signed)));
      }
      case Shape.Call call when call.freeform() -> {
        String arguments =
            Freeform.arguments(new Block.ToolCall("", "", text.toString(), true, null, null, null));
        bytes.writeBytes(
            delta(d -> d.put("type", "input_json_delta").put("partial_json", arguments)));
      }
      default -> {}
    }
    bytes.writeBytes(end());
    if (shape instanceof Shape.Prose) {
      String own = tokens.own(by, path, losses);
      if (own != null) {
        bytes.writeBytes(redacted(own));
        bytes.writeBytes(end());
        textSigned = true;
      }
    }
    return bytes.toByteArray();
  }

  private byte[] finish(String reason, @Nullable String sequence) {
    Fields.lost(usage, Origin.MESSAGES, losses);
    var rest = new ByteArrayOutputStream();
    if (!started) {
      rest.writeBytes(start("", ""));
    }
    rest.writeBytes(
        frame(
            "message_delta",
            e ->
                e.put(
                        "delta",
                        Json.object(
                            d ->
                                d.put("stop_reason", reason)
                                    .put(
                                        "stop_sequence",
                                        sequence == null ? Json.nil() : Json.of(sequence))))
                    .put("usage", Responses.usage(usage))));
    rest.writeBytes(frame("message_stop", _ -> {}));
    return rest.toByteArray();
  }

  private static byte[] frame(String type, Consumer<Json.Builder> fill) {
    Json.Obj event =
        Json.object(
            e -> {
              e.put("type", type);
              fill.accept(e);
            });
    return Sse.bytes(type, event);
  }
}
