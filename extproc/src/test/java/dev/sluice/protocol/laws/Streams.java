package dev.sluice.protocol.laws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Citation;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Event.Shape;
import dev.sluice.conversation.Likelihood;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Response;
import dev.sluice.conversation.Signature;
import dev.sluice.conversation.Stop;
import dev.sluice.conversation.Usage;
import dev.sluice.protocol.Protocol;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Answers told as events, events folded into answers, and the grammar between the two. */
final class Streams {
  private Streams() {}

  /** The answer as a provider might stream it. */
  static List<Event> tell(Response answer, Dice dice) {
    var events = new ArrayList<Event>();
    events.add(new Event.Start(answer.id(), answer.model()));
    if (dice.once(3)) {
      events.add(new Event.Tally(Usage.NONE));
    }
    answer.losses().forEach(loss -> events.add(new Event.Lost(loss)));
    boolean odds = !answer.likelihoods().isEmpty();
    for (int i = 0; i < answer.blocks().size(); i++) {
      Block block = answer.blocks().get(i);
      events.add(new Event.Open(i, shape(block)));
      switch (block) {
        case Block.Text text -> {
          pieces(i, text.text(), dice, events);
          if (odds) {
            events.add(new Event.Odds(i, answer.likelihoods()));
            odds = false;
          }
          for (Citation citation : text.citations()) {
            events.add(new Event.Cited(i, citation));
          }
          sign(i, text.signature(), events);
        }
        case Block.Thinking thinking -> {
          pieces(i, thinking.text(), dice, events);
          sign(i, thinking.signature(), events);
        }
        case Block.ToolCall call -> pieces(i, call.arguments(), dice, events);
        case Block.Refusal refusal -> pieces(i, refusal.text(), dice, events);
        case Block.Redacted _, Block.Media _, Block.Opaque _, Block.ToolResult _ -> {}
      }
      events.add(new Event.Close(i));
    }
    events.add(new Event.Tally(answer.usage()));
    events.add(new Event.Finish(answer.stop(), answer.sequence()));
    return events;
  }

  private static Shape shape(Block block) {
    return switch (block) {
      case Block.Text _ -> new Shape.Prose();
      case Block.Thinking _ -> new Shape.Thought();
      case Block.Redacted redacted -> new Shape.Sealed(redacted.data());
      case Block.ToolCall call ->
          new Shape.Call(call.id(), call.name(), call.freeform(), call.signature());
      case Block.Refusal _ -> new Shape.Declined();
      case Block.Media media -> new Shape.Medium(media);
      case Block.Opaque opaque -> new Shape.Foreign(opaque);
      case Block.ToolResult _ -> throw new IllegalArgumentException("no answer holds one");
    };
  }

  /** Cut anywhere but in a character. */
  private static void pieces(int index, String text, Dice dice, List<Event> into) {
    int[] points = text.codePoints().toArray();
    int at = 0;
    while (at < points.length) {
      int length = dice.half() ? 1 + dice.roll(4) : points.length;
      int end = Math.min(points.length, at + length);
      into.add(new Event.Delta(index, new String(points, at, end - at)));
      at = end;
    }
  }

  private static void sign(int index, @Nullable Signature signature, List<Event> into) {
    if (signature != null) {
      into.add(new Event.Signed(index, signature));
    }
  }

  /** The answer that a whole stream's events tell. */
  static Response fold(List<Event> events) {
    var blocks = new ArrayList<Block>();
    var losses = new ArrayList<Loss>();
    var likelihoods = new ArrayList<Likelihood>();
    var text = new StringBuilder();
    var citations = new ArrayList<Citation>();
    Shape open = new Shape.Prose();
    Signature signature = null;
    String id = "";
    String model = "";
    Usage usage = Usage.NONE;
    Stop stop = null;
    String sequence = null;
    for (Event event : events) {
      switch (event) {
        case Event.Start start -> {
          id = start.id();
          model = start.model();
        }
        case Event.Open(int _, Shape shape) -> {
          open = shape;
          signature = null;
          text.setLength(0);
          citations.clear();
        }
        case Event.Delta(int _, String more) -> text.append(more);
        case Event.Signed(int _, Signature by) -> signature = by;
        case Event.Cited(int _, Citation citation) -> citations.add(citation);
        case Event.Odds(int _, var odds) -> likelihoods.addAll(odds);
        case Event.Close _ -> blocks.add(block(open, text.toString(), citations, signature));
        case Event.Tally(Usage tally) -> usage = tally;
        case Event.Lost(Loss loss) -> losses.add(loss);
        case Event.Finish finish -> {
          stop = finish.stop();
          sequence = finish.sequence();
        }
        case Event.Failed(var failure) -> throw new AssertionError(failure.toString());
      }
    }
    if (stop == null) {
      throw new AssertionError("no finish in " + events);
    }
    return new Response(id, model, blocks, stop, sequence, usage, likelihoods, null, losses, null);
  }

  private static Block block(
      Shape shape, String text, List<Citation> citations, @Nullable Signature signature) {
    return switch (shape) {
      case Shape.Prose() -> new Block.Text(text, citations, signature, null, null);
      case Shape.Thought() -> new Block.Thinking(text, signature, null);
      case Shape.Sealed(Signature data) -> new Block.Redacted(data, null);
      case Shape.Call call ->
          new Block.ToolCall(
              call.id(), call.name(), text, call.freeform(), call.signature(), null, null);
      case Shape.Declined() -> new Block.Refusal(text, null);
      case Shape.Medium(var media) -> media;
      case Shape.Foreign(var opaque) -> opaque;
    };
  }

  /** All that a writer makes of these events. */
  static byte[] write(Protocol.Writer writer, List<Event> events) {
    var written = new ByteArrayOutputStream();
    events.forEach(event -> written.writeBytes(writer.write(event)));
    return written.toByteArray();
  }

  /** All that a reader makes of these bytes, fed in pieces of the dice's choice. */
  static List<Event> read(Protocol.Reader reader, byte[] stream, Dice cuts) {
    var events = new ArrayList<Event>();
    int at = 0;
    while (at < stream.length) {
      int length = cuts.over() ? stream.length : cuts.roll(40);
      int end = Math.min(stream.length, at + length);
      events.addAll(reader.read(Arrays.copyOfRange(stream, at, end)));
      at = end;
    }
    events.addAll(reader.end());
    return events;
  }

  static List<Event> read(Protocol.Reader reader, byte[] stream) {
    return read(reader, stream, new Dice(new byte[0]));
  }

  /** Holds the events of a whole stream to the grammar in {@link Event}. */
  static void assertGrammar(List<Event> events) {
    assertThat(events).as("a stream ends").isNotEmpty();
    int next = 0;
    boolean open = false;
    boolean sealed = false;
    for (int i = 0; i < events.size(); i++) {
      Event event = events.get(i);
      boolean last = i == events.size() - 1;
      String what = event + " at " + i + " in " + events;
      boolean first = event instanceof Event.Start || event instanceof Event.Failed;
      assertThat(i > 0 || first).as(what).isTrue();
      switch (event) {
        case Event.Start _ -> assertThat(i).as(what).isZero();
        case Event.Open(int index, Shape shape) -> {
          assertThat(open).as(what).isFalse();
          assertThat(index).as(what).isEqualTo(next++);
          open = true;
          sealed =
              shape instanceof Shape.Sealed
                  || shape instanceof Shape.Medium
                  || shape instanceof Shape.Foreign;
        }
        case Event.Delta(int index, var _) -> within(open && !sealed, index, next, what);
        case Event.Signed(int index, var _) -> within(open && !sealed, index, next, what);
        case Event.Cited(int index, var _) -> within(open && !sealed, index, next, what);
        case Event.Odds(int index, var _) -> within(open && !sealed, index, next, what);
        case Event.Close(int index) -> {
          within(open, index, next, what);
          open = false;
        }
        case Event.Tally _, Event.Lost _ -> assertThat(last).as(what).isFalse();
        case Event.Finish _ -> assertThat(last && !open).as(what).isTrue();
        case Event.Failed _ -> assertThat(last).as(what).isTrue();
      }
    }
    Event end = events.getLast();
    assertThat(end instanceof Event.Finish || end instanceof Event.Failed)
        .as("the end of " + events)
        .isTrue();
  }

  private static void within(boolean open, int index, int next, String what) {
    assertThat(open && index == next - 1).as(what).isTrue();
  }
}
