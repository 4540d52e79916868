package dev.sluice.protocol.gemini;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Citation;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Event.Shape;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Signature;
import dev.sluice.conversation.Usage;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Unreadable;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.Sse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Chunks to the model's events, be they server-sent events or the elements of one JSON array. Some
 * providers name a finish reason in every chunk, so that the last one counts and the answer is
 * finished where the stream ends.
 *
 * @see <a href="https://ai.google.dev/api/generate-content#method:-models.streamgeneratecontent">
 *     Gemini API, streamGenerateContent</a>
 */
final class Reader implements Protocol.Reader {
  private static final byte[] MARK = {(byte) 0xEF, (byte) 0xBB, (byte) 0xBF};
  private static final Set<String> SILENT =
      Set.of("content", "finishReason", "index", "tokenCount");

  private final Sse sse = new Sse();
  private final Elements elements = new Elements();
  private Form form = Form.UNKNOWN;
  private byte[] head = new byte[0];
  private boolean started;
  private boolean over;
  private int index = -1;
  private @Nullable Shape open;

  /**
   * All that was said so far, for a stream's citations count from its beginning; empty from where
   * it was too long for places in it to be counted.
   */
  private final StringBuilder prose = new StringBuilder();

  /** Where the open text begins in it. */
  private int begin;

  private boolean tooLong;

  private boolean calls;
  private boolean signed;
  private Usage usage = Usage.NONE;
  private Usage tallied = Usage.NONE;
  private final List<Loss> losses = new ArrayList<>();
  private final Set<String> told = new HashSet<>();
  private @Nullable String reason;
  private @Nullable String message;

  private enum Form {
    UNKNOWN,
    EVENTS,
    ARRAY
  }

  @Override
  public List<Event> read(byte[] bytes) {
    if (over) {
      return List.of();
    }
    var events = new ArrayList<Event>();
    try {
      switch (form(bytes)) {
        case UNKNOWN -> {}
        case EVENTS -> events(head, events);
        case ARRAY -> array(head, events);
      }
    } catch (Malformed e) {
      fail(Unreadable.noStream(String.valueOf(e.getMessage())), events);
    }
    return events;
  }

  /** What the first byte that is no white space tells; until then the bytes are kept. */
  private Form form(byte[] bytes) {
    if (form != Form.UNKNOWN) {
      head = bytes;
      return form;
    }
    byte[] all = Arrays.copyOf(head, head.length + bytes.length);
    System.arraycopy(bytes, 0, all, head.length, bytes.length);
    int at = 0;
    while (at < all.length && passed(all[at], at)) {
      at++;
    }
    if (at < all.length) {
      boolean array = all[at] == '[' || all[at] == '{';
      form = array ? Form.ARRAY : Form.EVENTS;
      head = array ? Arrays.copyOfRange(all, at, all.length) : all;
    } else {
      head = Arrays.copyOf(all, Math.min(all.length, MARK.length));
    }
    return form;
  }

  /** Whether a byte before the first that counts is white space or of a byte order mark. */
  private static boolean passed(byte b, int at) {
    return switch (b) {
      case ' ', '\t', '\r', '\n' -> true;
      default -> at < MARK.length && b == MARK[at];
    };
  }

  private void events(byte[] bytes, List<Event> events) throws Malformed {
    sse.feed(
        bytes,
        frame -> {
          String data = frame.data().strip();
          if (data.equals("[DONE]")) {
            finish(events);
          } else if (!data.isEmpty() && !over) {
            chunk(data, events);
          }
        });
  }

  private void array(byte[] bytes, List<Event> events) throws Malformed {
    elements.feed(
        bytes,
        element -> {
          if (!over) {
            chunk(element, events);
          }
        });
    if (elements.over()) {
      finish(events);
    }
  }

  @Override
  public @Nullable Usage usage() {
    return usage.equals(Usage.NONE) ? null : usage;
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

  /** The end that the stream has named so far; null where it has named none. */
  Event.@Nullable Finish named() {
    String why = reason;
    return why == null || (index < 0 && Reasons.fails(why))
        ? null
        : new Event.Finish(Reasons.stop(why, calls), null);
  }

  private void finish(List<Event> events) {
    if (over) {
      return;
    }
    String why = reason;
    if (why == null) {
      Failure bare = bare();
      fail(bare == null ? Unreadable.tooEarly() : bare, events);
      return;
    }
    if (index < 0 && Reasons.fails(why)) {
      fail(Reasons.failure(why, message), events);
      return;
    }
    if (index < 0 && Reasons.refuses(why)) {
      declined(Reasons.refusal(why, message), events);
    } else if (Reasons.fails(why)) {
      losses.add(Responses.unnamed(why));
    }
    close(events);
    over = true;
    events.add(new Event.Finish(Reasons.stop(why, calls), null));
  }

  /** Google's servers write an error amid a stream outside of its events; null: they did not. */
  private @Nullable Failure bare() {
    String strange = sse.strange().strip();
    try {
      return strange.startsWith("{") || strange.startsWith("[")
          ? Failures.error(Json.parse(strange), 0)
          : null;
    } catch (Malformed e) {
      return null;
    }
  }

  private void fail(Failure failure, List<Event> events) {
    if (!over) {
      over = true;
      close(events);
      events.add(new Event.Failed(failure));
    }
  }

  // ---- chunks

  private void chunk(String data, List<Event> events) throws Malformed {
    Json json = Json.parse(data);
    Failure failure = Failures.error(json, 0);
    if (failure != null) {
      fail(failure, events);
      return;
    }
    if (!(json instanceof Json.Obj object)) {
      throw new Malformed("a chunk that is no object");
    }
    Json.Obj chunk = Names.camel(object);
    if (!started) {
      started = true;
      events.add(new Event.Start(chunk.text("responseId", ""), chunk.text("modelVersion", "")));
    }
    Json.Obj tokens = Names.obj(chunk, "usageMetadata");
    if (tokens != null) {
      usage = Responses.usage(tokens);
    }
    for (Json each : chunk.items("candidates")) {
      if (each instanceof Json.Obj raw) {
        Json.Obj candidate = Names.camel(raw);
        Long at = candidate.integer("index");
        if (at == null || at == 0) {
          candidate(candidate, events);
        } else if (told.add("candidates[" + at + "]")) {
          losses.add(Responses.other(at));
        }
      }
    }
    String blocked = Responses.blocked(chunk);
    if (blocked != null && index < 0) {
      declined(blocked, events);
      reason = Reasons.BLOCKED;
    }
    rest("", chunk, Responses.ROOT);
    if (open == null) {
      between(events);
    }
  }

  private void candidate(Json.Obj candidate, List<Event> events) {
    Json.Obj content = Names.obj(candidate, "content");
    if (content != null) {
      for (Json json : content.items("parts")) {
        if (json instanceof Json.Obj part) {
          part(Names.camel(part), events);
        }
      }
    }
    Json.Obj odds = Names.obj(candidate, "logprobsResult");
    if (odds != null) {
      if (open != null) {
        events.add(new Event.Odds(index, Responses.likelihoods(odds)));
      } else {
        tell("candidates.logprobsResult");
      }
    }
    cited(candidate, events);
    rest("candidates.", candidate.without(SILENT), Responses.CANDIDATE);
    Json.Obj grounding = Names.obj(candidate, "groundingMetadata");
    if (grounding != null && !grounding.without(Responses.GROUNDING).members().isEmpty()) {
      tell("candidates.groundingMetadata");
    }
    String said = candidate.text("finishReason");
    if (said != null && !said.isEmpty() && !said.equals("FINISH_REASON_UNSPECIFIED")) {
      reason = said;
      message = candidate.text("finishMessage");
    }
  }

  private void cited(Json.Obj candidate, List<Event> events) {
    if (candidate.get("groundingMetadata") == null && candidate.get("citationMetadata") == null) {
      return;
    }
    boolean speaks = open instanceof Shape.Prose;
    String said = tooLong ? null : prose.toString();
    Runnable tooMany = () -> tell("candidates.groundingMetadata");
    if (tooLong) {
      tell("candidates.groundingMetadata.groundingSupports");
    }
    for (Citations.Placed placed : Citations.read(candidate, _ -> said, tooMany)) {
      Citation citation = speaks ? here(placed.citation()) : null;
      if (citation == null) {
        tell("candidates.groundingMetadata");
      } else if (told.add(citation.raw())) {
        events.add(new Event.Cited(index, citation));
      }
    }
  }

  /** A citation as its place is in the open text; null where it is in an earlier one. */
  private @Nullable Citation here(Citation citation) {
    Long start = citation.start();
    Long end = citation.end();
    if (start == null || end == null) {
      return citation;
    }
    long before = prose.codePointCount(0, begin);
    return start < before
        ? null
        : new Citation(
            start - before,
            end - before,
            citation.url(),
            citation.title(),
            citation.quote(),
            citation.origin(),
            citation.raw());
  }

  private void rest(String prefix, Json.Obj object, Set<String> known) {
    object
        .without(known)
        .members()
        .forEach(
            (name, value) -> {
              if (Fields.says(value)) {
                tell(prefix + name);
              }
            });
  }

  private void tell(String field) {
    if (told.add(field)) {
      losses.add(new Loss(field, "the model has no word for it in a stream"));
    }
  }

  private void part(Json.Obj part, List<Event> events) {
    if (!Responses.says(part)) {
      return;
    }
    Signature signature = Responses.signature(part);
    switch (Parts.block(part, signature, "")) {
      case Block.Text(String text, var _, var by, var _, var _) ->
          text(new Shape.Prose(), text, by, events);
      case Block.Thinking(String text, var by, var _) ->
          text(new Shape.Thought(), text, by, events);
      case Block.ToolCall call -> {
        calls = true;
        open(new Shape.Call(call.id(), call.name(), false, call.signature()), events);
        events.add(new Event.Delta(index, call.arguments()));
        close(events);
      }
      case Block.Media media -> {
        open(new Shape.Medium(media), events);
        close(events);
      }
      case Block.Opaque block -> {
        open(new Shape.Foreign(block), events);
        close(events);
      }
      default -> {}
    }
  }

  /** Text after a signed part is a block of its own, so that it is not taken for signed too. */
  private void text(Shape shape, String text, @Nullable Signature signature, List<Event> events) {
    if (signed || !shape.equals(open)) {
      open(shape, events);
    }
    if (!text.isEmpty()) {
      if (shape instanceof Shape.Prose) {
        say(text);
      }
      events.add(new Event.Delta(index, text));
    }
    if (signature != null) {
      signed = true;
      events.add(new Event.Signed(index, signature));
    }
  }

  private void say(String text) {
    tooLong = tooLong || prose.length() + text.length() > Citations.MOST_TEXT;
    if (tooLong) {
      prose.setLength(0);
      prose.trimToSize();
    } else {
      prose.append(text);
    }
  }

  private void declined(String text, List<Event> events) {
    open(new Shape.Declined(), events);
    events.add(new Event.Delta(index, text));
    close(events);
  }

  private void open(Shape shape, List<Event> events) {
    close(events);
    index++;
    signed = false;
    open = shape;
    begin = prose.length();
    events.add(new Event.Open(index, shape));
  }

  private void close(List<Event> events) {
    if (open != null) {
      events.add(new Event.Close(index));
      open = null;
    }
    between(events);
  }

  /** What may be said only while no block is open. */
  private void between(List<Event> events) {
    if (!usage.equals(tallied)) {
      events.add(new Event.Tally(usage));
      tallied = usage;
    }
    for (Loss loss : losses) {
      events.add(new Event.Lost(loss));
    }
    losses.clear();
  }
}
