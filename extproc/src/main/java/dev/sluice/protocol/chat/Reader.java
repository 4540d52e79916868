package dev.sluice.protocol.chat;

import dev.sluice.conversation.Event;
import dev.sluice.conversation.Event.Shape;
import dev.sluice.conversation.Failure;
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
 * Chat Completions chunks to events. The first choice counts. A block is closed when another kind
 * of content begins, and the answer is finished by {@code [DONE]} or by the body's end after a
 * finish reason, so that the usage chunk between them is not missed.
 */
final class Reader implements Protocol.Reader {
  private final Sse sse = new Sse();
  private boolean started;
  private boolean over;
  private int index = -1;
  private @Nullable Shape open;
  private long openCall = -1;
  private @Nullable String reason;
  private boolean refused;

  @Override
  public List<Event> read(byte[] bytes) {
    if (over) {
      return List.of();
    }
    var events = new ArrayList<Event>();
    try {
      for (Sse.Frame frame : sse.feed(bytes)) {
        if (over) {
          break;
        }
        if (frame.data().strip().equals("[DONE]")) {
          finish(events);
        } else if (!frame.data().isBlank()) {
          chunk(frame.data(), events);
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
    finish(events);
    return events;
  }

  private void finish(List<Event> events) {
    String why = reason;
    if (why == null) {
      fail(Unreadable.tooEarly(), events);
      return;
    }
    close(events);
    over = true;
    events.add(new Event.Finish(Responses.stop(why, refused), null));
  }

  private void fail(Failure failure, List<Event> events) {
    over = true;
    events.add(new Event.Failed(failure));
  }

  private void chunk(String data, List<Event> events) throws Malformed {
    if (!(Json.parse(data) instanceof Json.Obj chunk)) {
      throw new Malformed("a chunk that is no object");
    }
    Failure failure = Failures.error(chunk, 0);
    if (failure != null) {
      fail(failure, events);
      return;
    }
    if (!started) {
      started = true;
      events.add(new Event.Start(chunk.text("id", ""), chunk.text("model", "")));
    }
    for (Json json : chunk.items("choices")) {
      if (json instanceof Json.Obj choice
          && (choice.integer("index") instanceof Long at ? at : 0L) == 0L) {
        Json.Obj delta = choice.obj("delta");
        if (delta != null) {
          delta(delta, events);
        }
        String finished = choice.text("finish_reason");
        if (finished != null) {
          close(events);
          reason = finished;
        }
      }
    }
    Json.Obj usage = chunk.obj("usage");
    if (usage != null) {
      Usage tally = Responses.usage(usage);
      events.add(new Event.Tally(tally));
    }
  }

  private void delta(Json.Obj delta, List<Event> events) {
    String thought = Responses.thought(delta);
    if (thought != null && !thought.isEmpty()) {
      into(new Shape.Thought(), events);
      events.add(new Event.Delta(index, thought));
    }
    String text = delta.text("content");
    if (text != null && !text.isEmpty()) {
      into(new Shape.Prose(), events);
      events.add(new Event.Delta(index, text));
    }
    String refusal = delta.text("refusal");
    if (refusal != null && !refusal.isEmpty()) {
      refused = true;
      into(new Shape.Declined(), events);
      events.add(new Event.Delta(index, refusal));
    }
    for (Json json : delta.items("tool_calls")) {
      if (json instanceof Json.Obj call) {
        call(call, events);
      }
    }
  }

  private void call(Json.Obj call, List<Event> events) {
    Json.Obj function = call.obj("function");
    String id = call.text("id", "");
    Long said = call.integer("index");
    // Some providers send every call with index 0 and tell them apart by id alone.
    boolean same =
        open instanceof Shape.Call(String openId, String _)
            && (said == null || said == openCall)
            && (id.isEmpty() || id.equals(openId));
    if (!same) {
      close(events);
      index++;
      openCall = said == null ? index : said;
      Shape.Call shape =
          new Shape.Call(
              id.isEmpty() ? "call_" + index : id,
              function == null ? "" : function.text("name", ""));
      open = shape;
      events.add(new Event.Open(index, shape));
    }
    String arguments = function == null ? null : function.text("arguments");
    if (arguments != null && !arguments.isEmpty()) {
      events.add(new Event.Delta(index, arguments));
    }
  }

  private void into(Shape shape, List<Event> events) {
    if (!shape.equals(open)) {
      close(events);
      index++;
      open = shape;
      events.add(new Event.Open(index, shape));
    }
  }

  private void close(List<Event> events) {
    if (open != null) {
      events.add(new Event.Close(index));
      open = null;
      openCall = -1;
    }
  }
}
