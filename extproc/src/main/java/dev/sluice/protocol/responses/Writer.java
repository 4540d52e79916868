package dev.sluice.protocol.responses;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Citation;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Event.Shape;
import dev.sluice.conversation.Extra;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Likelihood;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Signature;
import dev.sluice.conversation.Stop;
import dev.sluice.conversation.Usage;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Fields;
import dev.sluice.protocol.Freeform;
import dev.sluice.protocol.Protocol;
import dev.sluice.wire.Json;
import dev.sluice.wire.Sse;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Events to a client's stream. An item is only done when the next one begins or the answer ends:
 * texts in a row are parts of one message, a signed call after thinking puts its signature into the
 * token of that thinking, and the last item of an answer that was cut is incomplete.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses-streaming">OpenAI,
 *     Responses streaming</a>
 */
final class Writer implements Protocol.Writer {
  private static final String COMPLETED = "completed";
  private static final String IN_PROGRESS = "in_progress";
  private static final String INCOMPLETE = "incomplete";
  private static final String OUTPUT_TEXT = "response.output_text.";
  private static final String REFUSAL = "response.refusal.";
  private static final String SUMMARY_PART = "response.reasoning_summary_part.";
  private static final String SUMMARY_TEXT = "response.reasoning_summary_text.";
  private static final String CONTENT_PART = "response.content_part.";

  private final Carrier carrier;
  private final Protocol.Stamp stamp;
  private final Envelope envelope;
  private final Set<String> custom;
  private final Namespaces namespaces;
  private final boolean odds;
  private final boolean silent;
  private final List<Loss> losses = new ArrayList<>();
  private final List<Json> output = new ArrayList<>();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private long sequence;
  private String id = "";
  private String model = "";
  private boolean started;
  private boolean refused;

  /** Whether the last item is the token of a text. */
  private boolean signed;

  private int calls;
  private Usage usage = Usage.NONE;
  private @Nullable Item item;
  private @Nullable String held;
  private Json.@Nullable Obj response;

  /** Writes for the client that asked for {@code ask}. */
  Writer(Carrier carrier, Ask ask, Protocol.Stamp stamp) {
    this(carrier, ask, stamp, false);
  }

  /**
   * Writes for the client that asked for {@code ask}.
   *
   * @param silent whether only {@link #response} counts, so that no bytes are made
   */
  Writer(Carrier carrier, Ask ask, Protocol.Stamp stamp, boolean silent) {
    this.carrier = carrier;
    this.stamp = stamp;
    this.silent = silent;
    this.envelope = new Envelope(ask, stamp);
    this.custom = envelope.custom();
    this.namespaces = envelope.namespaces();
    this.odds = envelope.odds();
  }

  /** An item that is not done. */
  private abstract static class Item {
    final String id;
    final int index;

    Item(String prefix, String stamp, int index) {
      this.id = prefix + "_" + stamp + "_" + index;
      this.index = index;
    }
  }

  private static final class Message extends Item {
    final List<Json> parts = new ArrayList<>();
    final StringBuilder text = new StringBuilder();
    final List<Json> annotations = new ArrayList<>();
    final List<Json> logprobs = new ArrayList<>();
    final List<Cited> late = new ArrayList<>();
    boolean declines;
    @Nullable Signature signature;
    int block;

    Message(String stamp, int index) {
      super("msg", stamp, index);
    }
  }

  /** A citation of the whole text, whose end is not known yet. */
  private record Cited(Citation citation, String path) {}

  private static final class Thought extends Item {
    final StringBuilder text = new StringBuilder();
    final int block;
    @Nullable Signature signature;
    @Nullable Extra extra;
    boolean sealed;
    boolean shown;

    Thought(String stamp, int index, int block) {
      super("rs", stamp, index);
      this.block = block;
    }

    Json json(@Nullable String encrypted) {
      return Json.object(
          i ->
              i.put("id", id)
                  .put("type", "reasoning")
                  .put("summary", Items.summary(text.toString()))
                  .put("encrypted_content", encrypted));
    }
  }

  private static final class Call extends Item {
    final String callId;
    final String name;
    final @Nullable String namespace;
    final boolean freeform;
    final boolean wrapped;
    final StringBuilder arguments = new StringBuilder();

    Call(
        String stamp,
        int index,
        String callId,
        String name,
        Namespaces.@Nullable Own own,
        boolean freeform,
        boolean wrapped) {
      super(freeform ? "ctc" : "fc", stamp, index);
      this.callId = callId;
      this.name = own == null ? name : own.name();
      this.namespace = own == null ? null : own.namespace();
      this.freeform = freeform;
      this.wrapped = wrapped;
    }

    Json json(String status, String said) {
      return Json.object(
          i ->
              i.put("id", id)
                  .put("type", freeform ? "custom_tool_call" : "function_call")
                  .put("status", status)
                  .put("call_id", callId)
                  .put("name", name)
                  .put("namespace", namespace)
                  .put(freeform ? "input" : "arguments", said));
    }
  }

  /** The whole response, once it is over. */
  Json.Obj response() {
    return Objects.requireNonNull(response);
  }

  @Override
  public List<Loss> losses() {
    return List.copyOf(losses);
  }

  @Override
  public byte[] write(Event event) {
    if (held != null && !(event instanceof Event.Odds)) {
      release(List.of());
    }
    switch (event) {
      case Event.Start(String provider, String name) -> start(provider, name);
      case Event.Open(int index, Shape shape) -> open(index, shape);
      case Event.Delta(int _, String text) -> delta(text);
      case Event.Signed(int index, Signature signature) -> signed(index, signature);
      case Event.Cited(int index, Citation citation) -> cited(index, citation);
      case Event.Odds(int _, List<Likelihood> likelihoods) -> odds(likelihoods);
      case Event.Close(int _) -> close();
      case Event.Tally(Usage tally) -> usage = tally;
      case Event.Lost(Loss loss) -> losses.add(loss);
      case Event.Finish(Stop stop, var sequence) -> finish(stop, sequence);
      case Event.Failed(Failure failure) -> fail(failure);
    }
    byte[] bytes = out.toByteArray();
    out.reset();
    return bytes;
  }

  private void start(String provider, String name) {
    started = true;
    id = envelope.id(provider);
    model = name;
    frame("response.created", e -> e.put("response", envelope.begun(id, model)));
    frame("response.in_progress", e -> e.put("response", envelope.begun(id, model)));
  }

  private void open(int index, Shape shape) {
    switch (shape) {
      case Shape.Prose() -> part(index, false);
      case Shape.Declined() -> part(index, true);
      case Shape.Thought() -> {
        flush(null, COMPLETED);
        think(index);
      }
      case Shape.Sealed(Signature data) -> {
        flush(null, COMPLETED);
        Thought thought = think(index);
        thought.signature = data;
        thought.sealed = true;
      }
      case Shape.Call call -> {
        Signature own = call.signature();
        if (own != null && !(item instanceof Thought)) {
          flush(null, COMPLETED);
          token(List.of(), own, "content[" + index + "].signature");
        }
        flush(call, COMPLETED);
        if (own == null && signed) {
          // Without it the text's token would be taken for this call's.
          token(List.of(), null, "content[" + index + "].signature");
        }
        call(call);
      }
      case Shape.Medium(Block.Media media) -> {
        flush(null, COMPLETED);
        if (picture(index, media) && media.signature() instanceof Signature own) {
          token(List.of(), own, "content[" + index + "].signature");
          signed = true;
        }
      }
      case Shape.Foreign(Block.Opaque(Origin origin, String raw)) -> {
        flush(null, COMPLETED);
        if (origin == Origin.RESPONSES) {
          Json foreign = Fields.value(raw);
          added(output.size(), foreign);
          done(output.size(), foreign);
        } else {
          losses.add(new Loss("content[" + index + "]", "Responses has no such item"));
        }
      }
    }
  }

  private void part(int index, boolean declines) {
    refused = refused || declines;
    Message message;
    if (item instanceof Message open && open.signature == null) {
      message = open;
    } else {
      flush(null, COMPLETED);
      message = new Message(stamp.id(), output.size());
      item = message;
      added(message.index, message(message, IN_PROGRESS, List.of()));
    }
    message.declines = declines;
    message.block = index;
    frame(
        CONTENT_PART + "added",
        e ->
            within(message, e)
                .put(
                    "part",
                    declines ? Parts.refusal("") : Parts.outputText("", List.of(), List.of())));
  }

  private static Json message(Message message, String status, List<Json> parts) {
    return Json.object(
        i ->
            i.put("id", message.id)
                .put("type", "message")
                .put("status", status)
                .put("role", "assistant")
                .put("content", parts));
  }

  private static Json.Builder within(Message message, Json.Builder event) {
    return event
        .put("item_id", message.id)
        .put("output_index", (long) message.index)
        .put("content_index", (long) message.parts.size());
  }

  private static Json.Builder at(Item item, Json.Builder event) {
    return event.put("item_id", item.id).put("output_index", (long) item.index);
  }

  private Thought think(int block) {
    var thought = new Thought(stamp.id(), output.size(), block);
    item = thought;
    added(thought.index, thought.json(null));
    return thought;
  }

  private void call(Shape.Call shape) {
    String callId = shape.id().isEmpty() ? "call_" + stamp.id() + "_" + calls : shape.id();
    calls++;
    boolean wrapped = !shape.freeform() && custom.contains(shape.name());
    var call =
        new Call(
            stamp.id(),
            output.size(),
            callId,
            shape.name(),
            namespaces.own(shape.name()),
            shape.freeform() || wrapped,
            wrapped);
    item = call;
    added(call.index, call.json(IN_PROGRESS, ""));
  }

  /** Whether it was one that can be written. */
  private boolean picture(int index, Block.Media media) {
    if (media.kind() != Block.Kind.IMAGE
        || !(media.source() instanceof Block.Source.Inline(String _, String base64))) {
      losses.add(new Loss("content[" + index + "]", "Responses answers with images alone"));
      return false;
    }
    Fields.restore(
        media.extra(), Origin.RESPONSES, "content[" + index + "]", new Json.Builder(), losses);
    int at = output.size();
    String itemId = "ig_" + stamp.id() + "_" + at;
    added(at, picture(itemId, IN_PROGRESS, Json.nil()));
    for (String step : List.of("in_progress", "generating", COMPLETED)) {
      frame(
          "response.image_generation_call." + step,
          e -> e.put("item_id", itemId).put("output_index", (long) at));
    }
    done(at, picture(itemId, COMPLETED, Json.of(base64)));
    return true;
  }

  private static Json picture(String id, String status, Json result) {
    return Json.object(
        i ->
            i.put("id", id)
                .put("type", "image_generation_call")
                .put("status", status)
                .put("result", result));
  }

  private void delta(String text) {
    switch (item) {
      case Message message when message.declines -> {
        message.text.append(text);
        frame(REFUSAL + "delta", e -> within(message, e).put("delta", text));
      }
      case Message message -> {
        message.text.append(text);
        held = text;
        if (!odds) {
          release(List.of());
        }
      }
      case Thought thought -> think(thought, text);
      case Call call -> {
        call.arguments.append(text);
        if (!call.wrapped) {
          argument(call, text);
        }
      }
      case null, default -> {}
    }
  }

  /** Writes the delta that waited for its likelihoods. */
  private void release(List<Json> logprobs) {
    String text = held;
    held = null;
    if (text != null && item instanceof Message message) {
      frame(
          OUTPUT_TEXT + "delta",
          e -> within(message, e).put("delta", text).put("logprobs", Parts.withoutBytes(logprobs)));
    }
  }

  private void odds(List<Likelihood> likelihoods) {
    List<Json> logprobs = Parts.logprobs(likelihoods);
    if (item instanceof Message message) {
      message.logprobs.addAll(logprobs);
    }
    release(logprobs);
  }

  private void think(Thought thought, String text) {
    if (!thought.shown) {
      thought.shown = true;
      frame(SUMMARY_PART + "added", e -> summary(thought, e).put("part", summary("")));
    }
    thought.text.append(text);
    frame(SUMMARY_TEXT + "delta", e -> summary(thought, e).put("delta", text));
  }

  private static Json.Builder summary(Thought thought, Json.Builder event) {
    return at(thought, event).put("summary_index", 0L);
  }

  private static Json summary(String text) {
    return Json.object(part -> part.put("type", "summary_text").put("text", text));
  }

  private void argument(Call call, String text) {
    frame(
        call.freeform
            ? "response.custom_tool_call_input.delta"
            : "response.function_call_arguments.delta",
        e -> at(call, e).put("delta", text));
  }

  private void signed(int index, Signature signature) {
    switch (item) {
      case Message message -> message.signature = signature;
      case Thought thought -> thought.signature = signature;
      case null, default ->
          losses.add(
              new Loss("content[" + index + "].signature", "it came too late to be carried"));
    }
  }

  /** What an answer in one piece knows of its thinking beyond the events. */
  void extra(@Nullable Extra extra) {
    if (item instanceof Thought thought) {
      thought.extra = extra;
    }
  }

  private void cited(int index, Citation citation) {
    if (item instanceof Message message) {
      var cited = new Cited(citation, "content[" + index + "].citations");
      Long start = citation.start();
      Long end = citation.end();
      if (citation.origin() == Origin.RESPONSES || (start != null && end != null)) {
        annotate(message, cited, start == null ? 0 : start, end == null ? 0 : end);
      } else {
        message.late.add(cited);
      }
    }
  }

  private void annotate(Message message, Cited cited, long start, long end) {
    Json.Obj annotation = Parts.annotation(cited.citation(), start, end);
    if (annotation == null) {
      losses.add(new Loss(cited.path(), "Responses cites addresses and files"));
      return;
    }
    Fields.lost(cited.citation(), Origin.RESPONSES, "content[" + message.block + "]", losses);
    frame(
        OUTPUT_TEXT + "annotation.added",
        e ->
            within(message, e)
                .put("annotation_index", (long) message.annotations.size())
                .put("annotation", annotation));
    message.annotations.add(annotation);
  }

  private void close() {
    switch (item) {
      case Message message -> close(message);
      case Thought thought -> {
        if (thought.shown) {
          String text = thought.text.toString();
          frame(SUMMARY_TEXT + "done", e -> summary(thought, e).put("text", text));
          frame(SUMMARY_PART + "done", e -> summary(thought, e).put("part", summary(text)));
        }
      }
      case Call call -> close(call);
      case null, default -> {}
    }
  }

  private void close(Message message) {
    String text = message.text.toString();
    Json.Obj part;
    if (message.declines) {
      part = Parts.refusal(text);
      frame(REFUSAL + "done", e -> within(message, e).put("refusal", text));
    } else {
      for (Cited cited : message.late) {
        annotate(message, cited, 0, text.codePointCount(0, text.length()));
      }
      part = Parts.outputText(text, message.annotations, message.logprobs);
      frame(
          OUTPUT_TEXT + "done",
          e ->
              within(message, e)
                  .put("text", text)
                  .put("logprobs", Parts.withoutBytes(message.logprobs)));
    }
    frame(CONTENT_PART + "done", e -> within(message, e).put("part", part));
    message.parts.add(part);
    message.text.setLength(0);
    message.annotations.clear();
    message.logprobs.clear();
    message.late.clear();
  }

  /** Arguments are an object at least, and a custom tool's text is taken out of them. */
  private void close(Call call) {
    String said = call.arguments.toString();
    if (call.wrapped) {
      said = Freeform.text(said);
      argument(call, said);
    } else if (!call.freeform && said.isBlank()) {
      said = "{}";
      argument(call, said);
    }
    call.arguments.setLength(0);
    call.arguments.append(said);
    String whole = said;
    if (call.freeform) {
      frame("response.custom_tool_call_input.done", e -> at(call, e).put("input", whole));
    } else {
      frame(
          "response.function_call_arguments.done",
          e -> at(call, e).put("name", call.name).put("arguments", whole));
    }
  }

  /**
   * The item is done.
   *
   * @param next the call that follows; null where something else does
   */
  private void flush(Shape.@Nullable Call next, String status) {
    Item last = item;
    item = null;
    switch (last) {
      case Message message -> {
        done(message.index, message(message, status, message.parts));
        Signature own = message.signature;
        String path = "content[" + message.block + "].signature";
        if (own != null) {
          token(List.of(), own, path);
          signed = true;
        }
      }
      case Thought thought -> {
        String encrypted = encrypted(thought, next == null ? null : next.signature());
        if (encrypted == null && thought.text.isEmpty()) {
          losses.add(new Loss("content[" + thought.block + "]", "it is too large to be carried"));
        }
        done(thought.index, thought.json(encrypted));
      }
      case Call call -> done(call.index, call.json(status, call.arguments.toString()));
      case null, default -> {}
    }
  }

  /**
   * What the client sends back of thinking and cannot read; null where it would be too large. The
   * text stands beside it and is not carried twice.
   */
  private @Nullable String encrypted(Thought thought, @Nullable Signature own) {
    Signature signature = thought.signature;
    if (own == null && signature != null && signature.origin() == Origin.RESPONSES) {
      return signature.text();
    }
    Block block =
        thought.sealed && signature != null
            ? new Block.Redacted(signature, thought.extra)
            : new Block.Thinking("", signature, thought.extra);
    String token = carrier.pack(new Carrier.Load(List.of(block), own), stamp.issuer()).orElse(null);
    if (token == null && !thought.text.isEmpty()) {
      losses.add(
          new Loss("content[" + thought.block + "].signature", "it is too large to be carried"));
    }
    return token;
  }

  /** An item that holds nothing but a token. */
  private void token(List<Block> thoughts, @Nullable Signature own, String path) {
    String token = carrier.pack(new Carrier.Load(thoughts, own), stamp.issuer()).orElse(null);
    if (token == null) {
      losses.add(new Loss(path, "it is too large to be carried"));
      return;
    }
    var thought = new Thought(stamp.id(), output.size(), 0);
    added(thought.index, thought.json(null));
    done(thought.index, thought.json(token));
  }

  private void added(int index, Json added) {
    signed = false;
    frame(
        "response.output_item.added", e -> e.put("output_index", (long) index).put("item", added));
  }

  private void done(int index, Json complete) {
    output.add(complete);
    frame(
        "response.output_item.done",
        e -> e.put("output_index", (long) index).put("item", complete));
  }

  private void finish(Stop stop, @Nullable String sequenceWord) {
    Fields.lost(usage, Origin.RESPONSES, losses);
    if (sequenceWord != null) {
      losses.add(new Loss("stop_sequence", "Responses does not say which one it was"));
    }
    if (stop == Stop.PAUSE) {
      losses.add(new Loss("stop_reason", "Responses has no pause"));
    }
    Envelope.End end = Envelope.End.of(stop, refused);
    flush(null, end.status());
    Json.Obj whole = envelope.response(id, model, end, output, told(), Json.nil());
    response = whole;
    frame("response." + end.status(), e -> e.put("response", whole));
  }

  /** Null where nobody said anything. */
  private @Nullable Usage told() {
    return usage.equals(Usage.NONE) ? null : usage;
  }

  /**
   * Both events that tell of a failure: SDKs raise an exception at the first, other clients wait
   * for a terminal event, which only the second is.
   */
  private void fail(Failure failure) {
    frame("error", e -> Failures.error(failure, e));
    if (!started) {
      return;
    }
    Item last = item;
    if (last instanceof Message message && !message.text.isEmpty()) {
      message.parts.add(
          message.declines
              ? Parts.refusal(message.text.toString())
              : Parts.outputText(message.text.toString(), message.annotations, message.logprobs));
    }
    switch (last) {
      case Message message -> output.add(message(message, INCOMPLETE, message.parts));
      case Thought thought -> output.add(thought.json(null));
      case Call call -> output.add(call.json(INCOMPLETE, call.arguments.toString()));
      case null, default -> {}
    }
    Json.Obj whole =
        envelope.response(
            id, model, new Envelope.End("failed", null), output, told(), Failures.inside(failure));
    response = whole;
    frame("response.failed", e -> e.put("response", whole));
  }

  private void frame(String type, Consumer<Json.Builder> fill) {
    if (silent) {
      return;
    }
    Json.Obj event =
        Json.object(
            e -> {
              e.put("type", type).put("sequence_number", sequence);
              fill.accept(e);
            });
    sequence++;
    out.writeBytes(Sse.bytes(type, event));
  }
}
