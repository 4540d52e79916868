package dev.sluice.protocol.messages;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Event.Shape;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Loss;
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
 * Messages events to the model's events. A block that only Anthropic knows is held until it is
 * complete.
 *
 * @see <a href="https://docs.anthropic.com/en/docs/build-with-claude/streaming">Anthropic,
 *     streaming</a>
 */
final class Reader implements Protocol.Reader {
  private final Sse sse = new Sse();
  private boolean started;
  private boolean over;
  private boolean called;
  private int index = -1;
  private @Nullable Shape open;
  private Json.@Nullable Obj foreign;
  private final StringBuilder input = new StringBuilder();
  private String given = "";
  private boolean said;
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
      sse.feed(
          bytes,
          frame -> {
            if (!over && !frame.data().isBlank()) {
              event(frame.data(), events);
            }
          });
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
        begin(message, events);
        if (message != null) {
          tally(message.obj("usage"), events);
        }
      }
      case "content_block_start" -> {
        begin(null, events);
        start(event.obj("content_block"), events);
      }
      case "content_block_delta" -> delta(event.obj("delta"), events);
      case "content_block_stop" -> stop(events);
      case "message_delta" -> {
        begin(null, events);
        Json.Obj delta = event.obj("delta");
        if (delta != null) {
          reason = delta.text("stop_reason");
          sequence = delta.text("stop_sequence");
        }
        tally(event.obj("usage"), events);
      }
      case "message_stop" -> finish(events);
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

  /** Whatever comes first begins the answer, and only that. */
  private void begin(Json.@Nullable Obj message, List<Event> events) {
    if (!started) {
      started = true;
      events.add(
          message == null
              ? new Event.Start("", "")
              : new Event.Start(message.text("id", ""), message.text("model", "")));
    }
  }

  private void finish(List<Event> events) {
    String why = reason;
    if (!started) {
      fail(Unreadable.noAnswer("a message"), events);
    } else if (why == null) {
      fail(Unreadable.noAnswer("a stop reason"), events);
    } else {
      stop(events);
      over = true;
      events.add(new Event.Finish(Responses.stop(why, called), sequence));
    }
  }

  private void tally(Json.@Nullable Obj told, List<Event> events) {
    if (told != null) {
      usage = Responses.usage(told, usage);
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
          case "tool_use" -> call(block);
          default -> null;
        };
    said = false;
    input.setLength(0);
    if (shape == null) {
      foreign = block;
      return;
    }
    index++;
    open = shape;
    events.add(new Event.Open(index, shape));
    String text = block.text(shape instanceof Shape.Thought ? "thinking" : "text", "");
    if (!text.isEmpty()) {
      events.add(new Event.Delta(index, text));
    }
    for (Json citation : block.items("citations")) {
      if (citation instanceof Json.Obj object) {
        events.add(new Event.Cited(index, Requests.citation(object)));
      }
    }
    String signature = block.text("signature", "");
    if (shape instanceof Shape.Thought && !signature.isEmpty()) {
      events.add(new Event.Signed(index, new Signature(signature, Origin.MESSAGES)));
    }
  }

  /** Some providers give a call's input whole at its start; it counts where no delta follows. */
  private Shape call(Json.Obj block) {
    Json.Obj whole = block.obj("input");
    given = whole == null || whole.members().isEmpty() ? "" : whole.text();
    String name = block.text("name", "");
    if (name.equals(JsonAnswer.NAME)) {
      return new Shape.Prose();
    }
    called = true;
    return new Shape.Call(block.text("id", ""), name);
  }

  private void delta(Json.@Nullable Obj delta, List<Event> events) throws Malformed {
    if (delta == null) {
      return;
    }
    String type = delta.text("type", "");
    if (foreign != null) {
      input.append(delta.text("partial_json", ""));
      if (input.length() > Sse.MAX_EVENT) {
        throw new Malformed("a block of more than " + Sse.MAX_EVENT + " characters");
      }
      return;
    }
    if (open == null) {
      return;
    }
    switch (open instanceof Shape.Sealed ? "" : type) {
      case "text_delta" -> say(delta.text("text", ""), events);
      case "thinking_delta" -> say(delta.text("thinking", ""), events);
      case "input_json_delta" -> say(delta.text("partial_json", ""), events);
      case "signature_delta" ->
          events.add(
              new Event.Signed(index, new Signature(delta.text("signature", ""), Origin.MESSAGES)));
      case "citations_delta" -> {
        Json.Obj citation = delta.obj("citation");
        if (citation != null) {
          events.add(new Event.Cited(index, Requests.citation(citation)));
        }
      }
      default ->
          events.add(
              new Event.Lost(new Loss("delta." + type, "a piece that the model has no word for")));
    }
  }

  private void say(String text, List<Event> events) {
    if (!text.isEmpty()) {
      said = true;
      events.add(new Event.Delta(index, text));
    }
  }

  private void stop(List<Event> events) {
    Json.Obj block = foreign;
    if (block != null) {
      index++;
      events.add(new Event.Open(index, new Shape.Foreign(whole(block))));
      events.add(new Event.Close(index));
    } else if (open != null) {
      if (!said && !given.isEmpty()) {
        events.add(new Event.Delta(index, given));
      }
      events.add(new Event.Close(index));
    }
    given = "";
    open = null;
    foreign = null;
  }

  private Block.Opaque whole(Json.Obj block) {
    Json.Obj complete = block;
    if (!input.isEmpty()) {
      try {
        Json value = Json.parse(input.toString());
        complete = Json.object(b -> b.all(block).put("input", value));
      } catch (Malformed _) {
        complete = Json.object(b -> b.all(block).put("input", input.toString()));
      }
    }
    return new Block.Opaque(Origin.MESSAGES, complete.text());
  }
}
