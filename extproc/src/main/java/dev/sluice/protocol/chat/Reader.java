package dev.sluice.protocol.chat;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Citation;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Event.Shape;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Loss;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Unreadable;
import dev.sluice.protocol.chat.HeldCalls.Held;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.Sse;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Chat Completions chunks to events. The first choice counts. A block is closed when another kind
 * of content begins; a call that begins before the one before it is complete is held back until
 * then. The answer is finished by {@code [DONE]} or by the body's end after a finish reason, so
 * that the usage chunk between them is not missed.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/chat-streaming">OpenAI, chat
 *     completions, streaming</a>
 */
final class Reader implements Protocol.Reader {
  private static final int MAX_HELD = Sse.MAX_EVENT;
  private static final Set<String> KNOWN =
      Set.of(
          "role",
          "content",
          "refusal",
          "tool_calls",
          "reasoning_content",
          "reasoning",
          "annotations",
          "audio",
          "images");

  private final Sse sse = new Sse();
  private final HeldCalls held = new HeldCalls();
  private final Set<String> lost = new HashSet<>();
  private final Sound audio = new Sound();
  private final StringBuilder transcript = new StringBuilder();
  private Json.Obj sound = Json.empty();
  private boolean started;
  private boolean over;
  private boolean called;
  private boolean spoken;
  private int index = -1;
  private @Nullable Shape open;
  private @Nullable Held openCall;
  private @Nullable String reason;
  private boolean refused;

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
            if (over || frame.data().isBlank()) {
              return;
            }
            if (frame.data().strip().equals("[DONE]")) {
              finish(events);
            } else {
              chunk(frame.data(), events);
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
    finish(events);
    return events;
  }

  private void finish(List<Event> events) {
    String why = reason;
    if (why == null) {
      fail(Unreadable.tooEarly(), events);
      return;
    }
    closeAll(events);
    if (audio.length() > 0) {
      Json.Obj whole =
          Json.object(
              a ->
                  a.all(sound)
                      .put("data", audio.base64())
                      .put("transcript", transcript.toString()));
      for (Block block : Responses.audio(whole, !spoken)) {
        if (block instanceof Block.Media media) {
          medium(media, events);
        } else if (block instanceof Block.Text text) {
          into(new Shape.Prose(), events);
          events.add(new Event.Delta(index, text.text()));
          close(events);
        }
      }
    }
    over = true;
    events.add(new Event.Finish(Responses.stop(why, refused, called), null));
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
      if (json instanceof Json.Obj choice) {
        Long at = choice.integer("index");
        if (at == null || at == 0) {
          choice(choice, events);
        } else {
          lose("choices[" + at + "]", "only one answer is carried between protocols", events);
        }
      }
    }
    Json.Obj usage = chunk.obj("usage");
    if (usage != null && !over) {
      events.add(new Event.Tally(Responses.usage(usage)));
    }
  }

  private void choice(Json.Obj choice, List<Event> events) throws Malformed {
    Json.Obj delta = choice.obj("delta");
    if (delta != null) {
      delta(delta, choice.obj("logprobs"), events);
    }
    String finished = choice.text("finish_reason");
    if (finished != null) {
      closeAll(events);
      reason = finished;
    }
  }

  private void lose(String field, String why, List<Event> events) {
    if (lost.add(field)) {
      events.add(new Event.Lost(new Loss(field, why)));
    }
  }

  private void delta(Json.Obj delta, Json.@Nullable Obj odds, List<Event> events) throws Malformed {
    String thought = Responses.thought(delta);
    if (thought != null && !thought.isEmpty()) {
      into(new Shape.Thought(), events);
      events.add(new Event.Delta(index, thought));
    }
    String text = delta.text("content");
    if (text != null && !text.isEmpty()) {
      spoken = true;
      into(new Shape.Prose(), events);
      events.add(new Event.Delta(index, text));
    }
    String refusal = delta.text("refusal");
    if (refusal != null && !refusal.isEmpty()) {
      refused = true;
      into(new Shape.Declined(), events);
      events.add(new Event.Delta(index, refusal));
    }
    beside(delta, odds, events);
    for (Json json : delta.items("images")) {
      if (json instanceof Json.Obj part && Responses.image(part) instanceof Block.Media image) {
        closeAll(events);
        medium(image, events);
      }
    }
    for (Json json : delta.items("tool_calls")) {
      if (json instanceof Json.Obj call) {
        call(call, events);
      }
    }
    Json.Obj heard = delta.obj("audio");
    if (heard != null) {
      hear(heard);
    }
    delta
        .members()
        .forEach(
            (name, value) -> {
              if (!KNOWN.contains(name) && Fields.says(value)) {
                lose("delta." + name, "a field that the model has no word for", events);
              }
            });
  }

  /** What comes beside the open block's text. */
  private void beside(Json.Obj delta, Json.@Nullable Obj odds, List<Event> events) {
    if (odds != null && !odds.items("content").isEmpty()) {
      if (open instanceof Shape.Prose) {
        events.add(new Event.Odds(index, Responses.likelihoods(odds.items("content"))));
      } else {
        lose("logprobs", "they came without text", events);
      }
    }
    if (!delta.items("annotations").isEmpty()) {
      var losses = new ArrayList<Loss>();
      List<Citation> citations = Responses.citations(delta.items("annotations"), losses);
      for (Citation citation : citations) {
        into(new Shape.Prose(), events);
        events.add(new Event.Cited(index, citation));
      }
      losses.forEach(loss -> events.add(new Event.Lost(loss)));
    }
  }

  private void hear(Json.Obj heard) throws Malformed {
    sound = Json.object(a -> a.all(sound).all(heard.without(Set.of("data", "transcript"))));
    audio.add(heard.text("data", ""));
    transcript.append(heard.text("transcript", ""));
    if (audio.length() > Json.MAX_TEXT) {
      throw new Malformed("sound of more than " + Json.MAX_TEXT + " characters");
    }
  }

  private void medium(Block.Media media, List<Event> events) {
    index++;
    events.add(new Event.Open(index, new Shape.Medium(media)));
    events.add(new Event.Close(index));
  }

  private void call(Json.Obj call, List<Event> events) throws Malformed {
    boolean freeform = call.obj("custom") != null;
    Json.Obj inside = call.obj(freeform ? "custom" : "function");
    String id = call.text("id", "");
    Long said = call.integer("index");
    String name = inside == null ? "" : inside.text("name", "");
    String arguments = inside == null ? "" : inside.text(freeform ? "input" : "arguments", "");
    called = true;
    Held now = openCall;
    if (now != null && now.matches(said, id)) {
      now.whole.see(arguments);
      argument(arguments, events);
      return;
    }
    Held later = held.find(said, id);
    if (later != null) {
      later.name = later.name.isEmpty() ? name : later.name;
      hold(later, arguments);
      return;
    }
    var fresh = new Held(said == null ? index + 1 : said, id, name, freeform);
    if (now == null || now.whole.yes() || now.freeform) {
      closeAll(events);
      begin(fresh, events);
      fresh.whole.see(arguments);
      argument(arguments, events);
    } else {
      held.add(fresh);
      hold(fresh, arguments);
    }
  }

  private void hold(Held later, String arguments) throws Malformed {
    held.put(later, arguments);
    if (held.characters() > MAX_HELD) {
      throw new Malformed("calls that interleave over more than " + MAX_HELD + " characters");
    }
  }

  private void begin(Held call, List<Event> events) {
    index++;
    open = new Shape.Call(call.id, call.name, call.freeform, null);
    openCall = call;
    events.add(new Event.Open(index, open));
  }

  private void argument(String arguments, List<Event> events) {
    if (!arguments.isEmpty()) {
      events.add(new Event.Delta(index, arguments));
    }
  }

  private void into(Shape shape, List<Event> events) {
    if (!shape.equals(open)) {
      closeAll(events);
      index++;
      open = shape;
      events.add(new Event.Open(index, shape));
    }
  }

  private void close(List<Event> events) {
    if (open != null) {
      events.add(new Event.Close(index));
      open = null;
      openCall = null;
    }
  }

  /** Closes the open block, and after it opens and closes every call that was held back. */
  private void closeAll(List<Event> events) {
    close(events);
    for (Held later = held.poll(); later != null; later = held.poll()) {
      begin(later, events);
      argument(later.arguments.toString(), events);
      close(events);
    }
  }
}
