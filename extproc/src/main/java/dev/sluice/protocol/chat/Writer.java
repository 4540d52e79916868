package dev.sluice.protocol.chat;

import dev.sluice.conversation.Event;
import dev.sluice.conversation.Event.Shape;
import dev.sluice.conversation.Usage;
import dev.sluice.protocol.Protocol;
import dev.sluice.wire.Json;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/** Events to Chat Completions chunks, with a usage chunk only where the client asked for one. */
final class Writer implements Protocol.Writer {
  private static final byte[] NOTHING = new byte[0];

  private final Protocol.Stamp stamp;
  private final boolean includeUsage;
  private String id = "";
  private String model = "";
  private Shape shape = new Shape.Prose();
  private boolean said;
  private long call = -1;
  private Usage usage = Usage.NONE;

  Writer(Protocol.Stamp stamp, boolean includeUsage) {
    this.stamp = stamp;
    this.includeUsage = includeUsage;
  }

  @Override
  public byte[] write(Event event) {
    return switch (event) {
      case Event.Start(String provider, String name) -> {
        id = Responses.id(provider, stamp);
        model = name;
        yield delta(d -> d.put("role", "assistant").put("content", ""));
      }
      case Event.Open(int _, Shape opened) -> {
        shape = opened;
        said = false;
        yield open(opened);
      }
      case Event.Delta(int _, String text) -> {
        said = true;
        yield delta(text);
      }
      case Event.Signed _ -> NOTHING;
      // A call without arguments is an empty object in a whole answer, so it is one here.
      case Event.Close _ -> shape instanceof Shape.Call && !said ? delta("{}") : NOTHING;
      case Event.Tally(Usage tally) -> {
        usage = tally;
        yield NOTHING;
      }
      case Event.Finish(var stop, var _) -> {
        var rest = new ByteArrayOutputStream();
        rest.writeBytes(chunk(Json.empty(), Json.of(Responses.reason(stop))));
        if (includeUsage) {
          rest.writeBytes(usageChunk());
        }
        rest.writeBytes("data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8));
        yield rest.toByteArray();
      }
      case Event.Failed(var failure) -> Failures.breakOff(failure);
    };
  }

  private byte[] open(Shape opened) {
    if (!(opened instanceof Shape.Call(String callId, String name))) {
      return NOTHING;
    }
    call++;
    return delta(
        d ->
            d.put(
                "tool_calls",
                Json.array(
                    Json.object(
                        c ->
                            c.put("index", call)
                                .put("id", callId)
                                .put("type", "function")
                                .put(
                                    "function",
                                    Json.object(f -> f.put("name", name).put("arguments", "")))))));
  }

  private byte[] delta(String text) {
    return switch (shape) {
      case Shape.Prose() -> delta(d -> d.put("content", text));
      case Shape.Thought() -> delta(d -> d.put("reasoning_content", text));
      case Shape.Declined() -> delta(d -> d.put("refusal", text));
      case Shape.Call _ ->
          delta(
              d ->
                  d.put(
                      "tool_calls",
                      Json.array(
                          Json.object(
                              c ->
                                  c.put("index", call)
                                      .put(
                                          "function",
                                          Json.object(f -> f.put("arguments", text)))))));
      case Shape.Sealed _ -> NOTHING;
    };
  }

  private byte[] delta(Consumer<Json.Builder> fill) {
    return chunk(Json.object(fill), Json.nil());
  }

  private byte[] chunk(Json.Obj delta, Json finish) {
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
    return ("data: " + chunk.text() + "\n\n").getBytes(StandardCharsets.UTF_8);
  }
}
