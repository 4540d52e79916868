package dev.sluice.protocol.responses;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Event.Shape;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Likelihood;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Signature;
import dev.sluice.conversation.Stop;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Unreadable;
import dev.sluice.wire.Json;
import dev.sluice.wire.Malformed;
import dev.sluice.wire.Sse;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A provider's stream to events. Items follow one another; what comes of a later one before the
 * earlier is done is held back. Compatible providers leave events out, so whatever a {@code done}
 * event or the last response tells beyond the deltas is taken from there.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses-streaming">OpenAI,
 *     Responses streaming</a>
 */
final class Reader implements Protocol.Reader {
  private static final int MOST_HELD = Sse.MAX_EVENT;
  private static final int MOST_ITEMS = 1 << 16;

  private final Sse sse = new Sse();
  private final Deque<Item> waiting = new ArrayDeque<>();
  private final List<Item> items = new ArrayList<>();
  private final Map<Long, Item> byIndex = new HashMap<>();
  private final Map<String, Item> byId = new HashMap<>();

  /** Items that are not done, by their types, the newest last; may hold some that are by now. */
  private final Map<String, Deque<Item>> open = new HashMap<>();

  /** Items whose text has been told to the end while nothing has said that they are done. */
  private final Set<Item> settled = new LinkedHashSet<>();

  /** How many characters wait in items that are not first. */
  private long held;

  private boolean full;

  private List<Event> events = new ArrayList<>();
  private boolean started;
  private boolean over;
  private boolean working;
  private boolean calls;
  private boolean refused;
  private int index = -1;

  /** One output item as far as it has come. */
  private static final class Item {
    String type;
    final List<Event> held = new ArrayList<>();
    boolean done;

    /** The block that is open; null: none. */
    @Nullable Shape open;

    /** Which part of the item that block is, such as its content index. */
    String part = "";

    /** The parts that need nothing more. */
    final Set<String> closed = new HashSet<>();

    /** What came of the open block, or of a call that has no name yet. */
    final StringBuilder seen = new StringBuilder();

    int cited;
    boolean odds;

    Item(String type) {
      this.type = type;
    }
  }

  /** Whether the provider's own tools are at work, of which nothing is told before their end. */
  boolean working() {
    return working;
  }

  @Override
  public List<Event> read(byte[] bytes) {
    if (over) {
      return List.of();
    }
    events = new ArrayList<>();
    try {
      sse.feed(
          bytes,
          frame -> {
            if (over || frame.data().isBlank()) {
              return;
            }
            if (frame.data().strip().equals("[DONE]")) {
              bareEnd();
            } else {
              event(frame);
            }
          });
    } catch (Malformed e) {
      fail(Unreadable.noStream(String.valueOf(e.getMessage())));
    }
    return events;
  }

  @Override
  public List<Event> end() {
    if (over) {
      return List.of();
    }
    events = new ArrayList<>();
    fail(Unreadable.tooEarly());
    return events;
  }

  /** {@code [DONE]} without a last response is an end where all that began is done. */
  private void bareEnd() {
    if (items.isEmpty() || !waiting.isEmpty()) {
      fail(Unreadable.tooEarly());
    } else {
      over = true;
      events.add(new Event.Finish(Answers.stop(Json.empty(), calls, refused), null));
    }
  }

  private void fail(Failure failure) {
    over = true;
    events.add(new Event.Failed(failure));
  }

  private void event(Sse.Frame frame) throws Malformed {
    if (!(Json.parse(frame.data()) instanceof Json.Obj event)) {
      throw new Malformed("an event that is no object");
    }
    String name = frame.event();
    event(event, event.text("type", name == null ? "" : name));
    if (full || held > MOST_HELD || items.size() > MOST_ITEMS) {
      throw new Malformed(
          "more than " + MOST_HELD + " characters or " + MOST_ITEMS + " items that must be held");
    }
  }

  private void event(Json.Obj event, String type) {
    Json.Obj response = event.obj("response");
    switch (type) {
      case "error", "response.error" -> {
        Json.Obj nested = event.obj("error");
        fail(Failures.error(nested == null ? event : nested, 0));
      }
      case "response.created", "response.queued", "response.in_progress" -> start(response);
      case "response.completed", "response.incomplete", "response.done" -> {
        start(response);
        finish(response == null ? Json.empty() : response, type);
      }
      case "response.failed", "response.cancelled" -> {
        Json.Obj error = response == null ? null : response.obj("error");
        fail(error == null ? Unreadable.noAnswer("a reason") : Failures.error(error, 0));
      }
      case "" -> {
        Json.Obj error = event.obj("error");
        if (error != null) {
          fail(Failures.error(error, 0));
        }
      }
      default -> {
        if (type.startsWith("response.")) {
          start(null);
          item(type.substring("response.".length()), event);
        }
      }
    }
  }

  private void start(Json.@Nullable Obj response) {
    if (!started) {
      started = true;
      events.add(
          response == null
              ? new Event.Start("", "")
              : new Event.Start(response.text("id", ""), response.text("model", "")));
    }
  }

  private void item(String type, Json.Obj event) {
    switch (type) {
      case "output_item.added" -> {
        Json.Obj added = event.obj("item");
        if (added != null) {
          added(added, event);
        }
      }
      case "output_item.done" -> {
        Json.Obj complete = event.obj("item");
        if (complete != null) {
          Item item = find(event, complete.text("id", ""), complete.text("type", ""));
          complete(item, complete);
        }
      }
      case "output_text.delta" -> {
        Item item = find(event, "", "message");
        delta(item, part(event), event.text("delta", ""), new Shape.Prose());
        odds(item, event.items("logprobs"));
      }
      case "output_text.done" -> {
        Item item = find(event, "", "message");
        whole(item, part(event), event.text("text", ""), new Shape.Prose());
        if (!item.odds) {
          odds(item, event.items("logprobs"));
        }
        settled.add(item);
      }
      case "output_text.annotation.added", "output_text_annotation.added" -> {
        Json.Obj annotation = event.obj("annotation");
        Item item = find(event, "", "message");
        if (annotation != null && !item.closed.contains(part(event))) {
          into(item, part(event), new Shape.Prose());
          cite(item, annotation);
        }
      }
      case "refusal.delta" ->
          delta(
              find(event, "", "message"),
              part(event),
              event.text("delta", ""),
              new Shape.Declined());
      case "refusal.done" -> {
        Item item = find(event, "", "message");
        whole(item, part(event), event.text("refusal", ""), new Shape.Declined());
        settled.add(item);
      }
      case "content_part.done" -> {
        Json.Obj part = event.obj("part");
        if (part != null && !part.text("type", "").equals("reasoning_text")) {
          Item item = find(event, "", "message");
          part(item, part(event), part);
          settled.add(item);
        }
      }
      case "reasoning_summary_text.delta" ->
          think(find(event, "", "reasoning"), summary(event), event.text("delta", ""));
      case "reasoning_summary_text.done" ->
          thought(find(event, "", "reasoning"), summary(event), event.text("text", ""));
      case "reasoning_summary_part.done" -> {
        Json.Obj part = event.obj("part");
        if (part != null) {
          thought(find(event, "", "reasoning"), summary(event), part.text("text", ""));
        }
      }
      case "reasoning_text.delta" ->
          think(find(event, "", "reasoning"), content(event), event.text("delta", ""));
      case "reasoning_text.done" ->
          thought(find(event, "", "reasoning"), content(event), event.text("text", ""));
      case "function_call_arguments.delta" ->
          argument(find(event, "", "function_call"), event.text("delta", ""));
      case "function_call_arguments.done" ->
          arguments(find(event, "", "function_call"), event.text("arguments", ""));
      case "custom_tool_call_input.delta" ->
          argument(find(event, "", "custom_tool_call"), event.text("delta", ""));
      case "custom_tool_call_input.done" ->
          arguments(find(event, "", "custom_tool_call"), event.text("input", ""));
      default -> {} // Progress of the provider's own tools, whose item tells all at its end.
    }
  }

  private static String part(Json.Obj event) {
    Long part = event.integer("content_index");
    return part == null ? "0" : part.toString();
  }

  private static String summary(Json.Obj event) {
    Long part = event.integer("summary_index");
    return "summary " + (part == null ? 0 : part);
  }

  private static String content(Json.Obj event) {
    return "content " + part(event);
  }

  // ---- items

  private Item create(String type, @Nullable Long at, String id) {
    // Only the event that says so may be missing.
    List.copyOf(settled).forEach(this::finish);
    var item = new Item(type);
    items.add(item);
    waiting.add(item);
    open.computeIfAbsent(type, _ -> new ArrayDeque<>()).add(item);
    if (at != null) {
      byIndex.put(at, item);
    }
    if (!id.isEmpty()) {
      byId.put(id, item);
    }
    return item;
  }

  /**
   * The item that an event speaks of. Its index tells, for some providers change the ids; but there
   * are also those whose indices are all the same.
   */
  private Item find(Json.Obj event, String itemId, String type) {
    Long at = event.integer("output_index");
    String id = itemId.isEmpty() ? event.text("item_id", "") : itemId;
    Item known = byId.get(id);
    if (known == null && at != null) {
      known = byIndex.get(at);
    }
    if (known == null && at == null && id.isEmpty()) {
      known = last(type);
    }
    if (known == null
        || (known.done && !known.type.equals(type))
        || (known.done && !id.isEmpty() && !known.equals(byId.get(id)))) {
      return create(type, at, id);
    }
    return known;
  }

  private @Nullable Item last(String type) {
    Deque<Item> alike = open.getOrDefault(type, new ArrayDeque<>());
    while (!alike.isEmpty() && alike.getLast().done) {
      alike.removeLast();
    }
    return alike.peekLast();
  }

  private void added(Json.Obj added, Json.Obj event) {
    String type = added.text("type", "");
    Item item = create(type, event.integer("output_index"), added.text("id", ""));
    switch (type) {
      case "function_call", "custom_tool_call" -> {
        call(item, added);
        String said = added.text(type.equals("function_call") ? "arguments" : "input", "");
        argument(item, said);
      }
      case "message", "reasoning" -> {}
      default -> working = true;
    }
  }

  /** Takes what the complete item tells beyond what came of it. */
  private void complete(Item item, Json.Obj whole) {
    if (item.done) {
      return;
    }
    item.type = whole.text("type", item.type);
    switch (item.type) {
      case "message" -> {
        List<Json> content = whole.items("content");
        for (int i = 0; i < content.size(); i++) {
          if (content.get(i) instanceof Json.Obj part) {
            part(item, Integer.toString(i), part);
          }
        }
      }
      case "reasoning" -> reasoning(item, whole);
      case "function_call", "custom_tool_call" -> {
        call(item, whole);
        arguments(item, whole.text(item.type.equals("function_call") ? "arguments" : "input", ""));
      }
      case "image_generation_call" ->
          single(
              item,
              switch (Inputs.picture(whole)) {
                case Block.Media media -> new Shape.Medium(media);
                default -> new Shape.Foreign(new Block.Opaque(Origin.RESPONSES, whole.text()));
              });
      case "" -> {}
      default -> single(item, new Shape.Foreign(new Block.Opaque(Origin.RESPONSES, whole.text())));
    }
    finish(item);
  }

  private void single(Item item, Shape shape) {
    close(item);
    emit(item, new Event.Open(0, shape));
    emit(item, new Event.Close(0));
  }

  private void finish(Item item) {
    close(item);
    item.done = true;
    settled.remove(item);
    while (!waiting.isEmpty()) {
      Item head = waiting.getFirst();
      for (Event event : head.held) {
        held -= characters(event);
        tell(event);
      }
      head.held.clear();
      if (!head.done) {
        return;
      }
      waiting.removeFirst();
    }
  }

  private void emit(Item item, Event event) {
    if (item.equals(waiting.peekFirst())) {
      tell(event);
    } else {
      item.held.add(event);
      held += characters(event);
    }
  }

  /** As many as an event of its own has, at least. */
  private static long characters(Event event) {
    long each = 64;
    return switch (event) {
      case Event.Delta(int _, String text) -> each + text.length();
      case Event.Open(int _, Shape.Foreign(Block.Opaque(var _, String raw))) -> each + raw.length();
      case Event.Open(int _, Shape.Medium(Block.Media media))
          when media.source() instanceof Block.Source.Inline(var _, String base64) ->
          each + base64.length();
      case Event.Signed(int _, Signature by) -> each + by.text().length();
      default -> each;
    };
  }

  private void see(Item item, String text) {
    item.seen.append(text);
    full = full || item.seen.length() > MOST_HELD;
  }

  /** Items do not know which block of the answer theirs are. */
  private void tell(Event event) {
    events.add(
        switch (event) {
          case Event.Open(int _, Shape shape) -> new Event.Open(++index, shape);
          case Event.Delta(int _, String text) -> new Event.Delta(index, text);
          case Event.Signed(int _, var signature) -> new Event.Signed(index, signature);
          case Event.Cited(int _, var citation) -> new Event.Cited(index, citation);
          case Event.Odds(int _, var likelihoods) -> new Event.Odds(index, likelihoods);
          case Event.Close(int _) -> new Event.Close(index);
          case Event.Start _, Event.Tally _, Event.Lost _, Event.Finish _, Event.Failed _ -> event;
        });
  }

  // ---- parts of a message

  private void into(Item item, String part, Shape shape) {
    if (item.open != null && item.part.equals(part)) {
      return;
    }
    close(item);
    item.open = shape;
    item.part = part;
    refused = refused || shape instanceof Shape.Declined;
    emit(item, new Event.Open(0, shape));
  }

  private void delta(Item item, String part, String text, Shape shape) {
    if (!text.isEmpty() && !item.closed.contains(part)) {
      settled.remove(item);
      into(item, part, shape);
      see(item, text);
      emit(item, new Event.Delta(0, text));
    }
  }

  /** Takes the rest of a part whose whole text is known. */
  private void whole(Item item, String part, String text, Shape shape) {
    boolean open = item.open != null && item.part.equals(part);
    String seen = open ? item.seen.toString() : "";
    if (text.startsWith(seen)) {
      delta(item, part, text.substring(seen.length()), shape);
    }
  }

  private void part(Item item, String at, Json.Obj part) {
    if (item.closed.contains(at)) {
      return;
    }
    switch (part.text("type", "")) {
      case "output_text" -> {
        whole(item, at, part.text("text", ""), new Shape.Prose());
        List<Json> annotations = part.items("annotations");
        boolean open = item.open != null && item.part.equals(at);
        for (int i = open ? item.cited : 0; i < annotations.size(); i++) {
          if (annotations.get(i) instanceof Json.Obj annotation) {
            into(item, at, new Shape.Prose());
            cite(item, annotation);
          }
        }
        if (!item.odds) {
          odds(item, part.items("logprobs"));
        }
      }
      case "refusal" -> whole(item, at, part.text("refusal", ""), new Shape.Declined());
      case "" -> {}
      default -> {
        close(item);
        String raw =
            Json.object(
                    m ->
                        m.put("type", "message")
                            .put("role", "assistant")
                            .put("content", Json.array(part)))
                .text();
        single(item, new Shape.Foreign(new Block.Opaque(Origin.RESPONSES, raw)));
      }
    }
    if (item.part.equals(at)) {
      close(item);
    }
    item.closed.add(at);
  }

  private void cite(Item item, Json.Obj annotation) {
    item.cited++;
    emit(item, new Event.Cited(0, Parts.citation(annotation)));
  }

  private void odds(Item item, List<Json> logprobs) {
    List<Likelihood> likelihoods = Parts.likelihoods(logprobs);
    if (!likelihoods.isEmpty() && item.open instanceof Shape.Prose) {
      item.odds = true;
      emit(item, new Event.Odds(0, likelihoods));
    }
  }

  private void close(Item item) {
    if (item.open != null) {
      emit(item, new Event.Close(0));
      item.closed.add(item.part);
      item.open = null;
      item.seen.setLength(0);
      item.cited = 0;
      item.odds = false;
    }
  }

  // ---- thinking

  /** Another part of the thinking begins after an empty line. */
  private void think(Item item, String part, String text) {
    if (text.isEmpty() || item.closed.contains(part)) {
      return;
    }
    boolean first = item.open == null;
    if (first) {
      item.open = new Shape.Thought();
      emit(item, new Event.Open(0, item.open));
    }
    boolean another = !first && !item.part.equals(part);
    if (another) {
      item.closed.add(item.part);
      item.seen.setLength(0);
    }
    item.part = part;
    see(item, text);
    emit(item, new Event.Delta(0, another ? "\n\n" + text : text));
  }

  private void thought(Item item, String part, String text) {
    String seen = item.open != null && item.part.equals(part) ? item.seen.toString() : "";
    if (text.startsWith(seen)) {
      think(item, part, text.substring(seen.length()));
    }
  }

  private void reasoning(Item item, Json.Obj whole) {
    for (String name : List.of("summary", "content")) {
      List<Json> parts = whole.items(name);
      for (int i = 0; i < parts.size(); i++) {
        if (parts.get(i) instanceof Json.Obj part) {
          thought(item, name + " " + i, part.text("text", ""));
        }
      }
    }
    String encrypted = whole.text("encrypted_content");
    if (encrypted == null) {
      return;
    }
    var signature = new Signature(encrypted, Origin.RESPONSES);
    if (item.open == null) {
      single(item, new Shape.Sealed(signature));
    } else {
      emit(item, new Event.Signed(0, signature));
    }
  }

  // ---- calls

  private void call(Item item, Json.Obj call) {
    if (item.open != null) {
      return;
    }
    calls = true;
    boolean freeform = item.type.equals("custom_tool_call");
    String name = Namespaces.NONE.joined(call.text("namespace"), call.text("name", ""));
    item.open = new Shape.Call(call.text("call_id", ""), name, freeform, null);
    emit(item, new Event.Open(0, item.open));
    if (!item.seen.isEmpty()) {
      emit(item, new Event.Delta(0, item.seen.toString()));
    }
  }

  /** Arguments of a call that has no name yet wait for it. */
  private void argument(Item item, String text) {
    if (!text.isEmpty() && !item.done) {
      see(item, text);
      if (item.open != null) {
        emit(item, new Event.Delta(0, text));
      }
    }
  }

  private void arguments(Item item, String text) {
    String seen = item.seen.toString();
    if (text.startsWith(seen)) {
      argument(item, text.substring(seen.length()));
    }
    settled.add(item);
  }

  // ---- the end

  private void finish(Json.Obj response, String type) {
    List<Json> output = response.items("output");
    for (int i = 0; i < output.size(); i++) {
      if (output.get(i) instanceof Json.Obj whole) {
        Item item = byId.get(whole.text("id", ""));
        if (item == null) {
          item = byIndex.get((long) i);
        }
        boolean told = items.size() > i && byIndex.isEmpty() && byId.isEmpty();
        if (item == null && !told) {
          item = create(whole.text("type", ""), (long) i, whole.text("id", ""));
        }
        if (item != null) {
          complete(item, whole);
        }
      }
    }
    for (Item item : items) {
      if (!item.done) {
        finish(item);
      }
    }
    Json.Obj usage = response.obj("usage");
    if (usage != null) {
      events.add(new Event.Tally(Answers.usage(usage)));
    }
    over = true;
    Json.Obj end =
        type.equals("response.incomplete")
            ? Json.object(r -> r.all(response).put("status", "incomplete"))
            : response;
    Stop stop = Answers.stop(end, calls, refused);
    events.add(new Event.Finish(stop, null));
  }
}
