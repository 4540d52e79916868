package dev.sluice.protocol.messages;

import dev.sluice.conversation.Event;
import dev.sluice.conversation.Event.Shape;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Signature;
import dev.sluice.conversation.Usage;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Unreadable;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.Sse;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Messages events to the model's events.
 *
 * @see <a href="https://docs.anthropic.com/en/docs/build-with-claude/streaming">Anthropic,
 *     streaming</a>
 */
final class Reader implements Protocol.Reader {
  private final Sse sse = new Sse();
  private boolean started;
  private boolean over;
  private int index = -1;
  private boolean open;
  private boolean skipped;
  private Usage usage = Usage.NONE;
  private @Nullable String reason;
  private @Nullable String sequence;

  @Override
  public List<Event> read(byte[] bytes) {
    if (over) {
      return List.of();
    }
    var events = new ArrayList<Event>();
    try {
      for (Sse.Frame frame : sse.feed(bytes)) {
        if (!over && !frame.data().isBlank()) {
          event(frame.data(), events);
        }
      }
    } catch (Malformed e) {
      fail(Unreadable.noStream(String.valueOf(e.getMessage())), events);
    }
    return events;
  }

  @Override
  public List<Event> end() {
    if (over) {
      return List.of();
    }
    var events = new ArrayList<Event>();
    fail(Unreadable.tooEarly(), events);
    return events;
  }

  private void fail(Failure failure, List<Event> events) {
    over = true;
    events.add(new Event.Failed(failure));
  }

  private void event(String data, List<Event> events) throws Malformed {
    if (!(Json.parse(data) instanceof Json.Obj event)) {
      throw new Malformed("an event that is no object");
    }
    switch (event.text("type", "")) {
      case "message_start" -> {
        Json.Obj message = event.obj("message");
        started = true;
        events.add(
            message == null
                ? new Event.Start("", "")
                : new Event.Start(message.text("id", ""), message.text("model", "")));
        if (message != null) {
          tally(message.obj("usage"), events);
        }
      }
      case "content_block_start" -> start(event.obj("content_block"), events);
      case "content_block_delta" -> delta(event.obj("delta"), events);
      case "content_block_stop" -> stop(events);
      case "message_delta" -> {
        Json.Obj delta = event.obj("delta");
        if (delta != null) {
          reason = delta.text("stop_reason");
          sequence = delta.text("stop_sequence");
        }
        tally(event.obj("usage"), events);
      }
      case "message_stop" -> {
        if (!started) {
          fail(Unreadable.noAnswer("a message"), events);
        } else {
          stop(events);
          over = true;
          String why = reason;
          events.add(new Event.Finish(Responses.stop(why == null ? "end_turn" : why), sequence));
        }
      }
      case "error" -> {
        Failure failure = Failures.error(event, 0);
        fail(failure == null ? Unreadable.noAnswer("a reason") : failure, events);
      }
      case "ping" -> {}
      default -> {
        Failure failure = Failures.error(event, 0);
        if (failure != null) {
          fail(failure, events);
        }
      }
    }
  }

  private void tally(Json.@Nullable Obj said, List<Event> events) {
    if (said != null) {
      usage = Responses.usage(said, usage);
      events.add(new Event.Tally(usage));
    }
  }

  private void start(Json.@Nullable Obj block, List<Event> events) {
    stop(events);
    if (block == null) {
      return;
    }
    Shape shape =
        switch (block.text("type", "")) {
          case "text" -> new Shape.Prose();
          case "thinking" -> new Shape.Thought();
          case "redacted_thinking" ->
              new Shape.Sealed(new Signature(block.text("data", ""), Origin.MESSAGES));
          case "tool_use" -> new Shape.Call(block.text("id", ""), block.text("name", ""));
          default -> null;
        };
    if (shape == null) {
      skipped = true;
      return;
    }
    index++;
    open = true;
    events.add(new Event.Open(index, shape));
    String text = block.text(shape instanceof Shape.Thought ? "thinking" : "text", "");
    if (!text.isEmpty()) {
      events.add(new Event.Delta(index, text));
    }
  }

  private void delta(Json.@Nullable Obj delta, List<Event> events) {
    if (delta == null || skipped || !open) {
      return;
    }
    switch (delta.text("type", "")) {
      case "text_delta" -> events.add(new Event.Delta(index, delta.text("text", "")));
      case "thinking_delta" -> events.add(new Event.Delta(index, delta.text("thinking", "")));
      case "input_json_delta" -> events.add(new Event.Delta(index, delta.text("partial_json", "")));
      case "signature_delta" ->
          events.add(
              new Event.Signed(index, new Signature(delta.text("signature", ""), Origin.MESSAGES)));
      default -> {} // citations_delta and what comes later: not yet in the model
    }
  }

  private void stop(List<Event> events) {
    if (open) {
      events.add(new Event.Close(index));
    }
    open = false;
    skipped = false;
  }
}
