package dev.sluice.protocol.messages;

import dev.sluice.conversation.Event;
import dev.sluice.conversation.Event.Shape;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Signature;
import dev.sluice.conversation.Usage;
import dev.sluice.protocol.Protocol;
import dev.sluice.wire.Json;
import dev.sluice.wire.Sse;
import java.io.ByteArrayOutputStream;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The model's events to Messages events. */
final class Writer implements Protocol.Writer {
  private static final byte[] NOTHING = new byte[0];

  private final Protocol.Stamp stamp;
  private Shape shape = new Shape.Prose();
  private Usage usage = Usage.NONE;

  Writer(Protocol.Stamp stamp) {
    this.stamp = stamp;
  }

  @Override
  public byte[] write(Event event) {
    return switch (event) {
      case Event.Start(String id, String model) -> start(id, model);
      case Event.Open(int index, Shape opened) -> {
        shape = opened;
        yield frame(
            "content_block_start",
            e -> e.put("index", (long) index).put("content_block", block(opened)));
      }
      case Event.Delta(int index, String text) -> delta(index, text);
      case Event.Signed(int index, Signature signature) ->
          signature.origin() == Origin.MESSAGES
              ? delta(
                  index, d -> d.put("type", "signature_delta").put("signature", signature.text()))
              : NOTHING;
      case Event.Close(int index) -> frame("content_block_stop", e -> e.put("index", (long) index));
      case Event.Tally(Usage tally) -> {
        usage = tally;
        yield NOTHING;
      }
      case Event.Finish(var stop, var sequence) -> finish(Responses.reason(stop), sequence);
      case Event.Failed(var failure) -> Failures.breakOff(failure);
    };
  }

  private byte[] start(String id, String model) {
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
                    .put("usage", Responses.usage(Usage.NONE)));
    return frame("message_start", e -> e.put("message", message));
  }

  private static Json.Obj block(Shape shape) {
    return Json.object(
        b -> {
          switch (shape) {
            case Shape.Prose(), Shape.Declined() -> b.put("type", "text").put("text", "");
            case Shape.Thought() ->
                b.put("type", "thinking").put("thinking", "").put("signature", "");
            case Shape.Sealed(Signature data) ->
                b.put("type", "redacted_thinking")
                    .put("data", data.origin() == Origin.MESSAGES ? data.text() : "");
            case Shape.Call(String id, String name) ->
                b.put("type", "tool_use")
                    .put("id", id)
                    .put("name", name)
                    .put("input", Json.empty());
          }
        });
  }

  private byte[] delta(int index, String text) {
    return delta(
        index,
        d -> {
          switch (shape) {
            case Shape.Prose(), Shape.Declined() -> d.put("type", "text_delta").put("text", text);
            case Shape.Thought() -> d.put("type", "thinking_delta").put("thinking", text);
            case Shape.Call _, Shape.Sealed _ ->
                d.put("type", "input_json_delta").put("partial_json", text);
          }
        });
  }

  private static byte[] delta(int index, Consumer<Json.Builder> fill) {
    return frame(
        "content_block_delta", e -> e.put("index", (long) index).put("delta", Json.object(fill)));
  }

  private byte[] finish(String reason, @Nullable String sequence) {
    var rest = new ByteArrayOutputStream();
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
    return new Sse.Frame(type, event.text()).bytes();
  }
}
