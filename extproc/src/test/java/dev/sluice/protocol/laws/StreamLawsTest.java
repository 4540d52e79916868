package dev.sluice.protocol.laws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Citation;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Response;
import dev.sluice.protocol.Written;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What holds of every stream, whoever writes or reads it. */
final class StreamLawsTest {
  @Provide
  Arbitrary<byte[]> dice() {
    return Dice.bytes(120);
  }

  @Provide
  Arbitrary<Side> sides() {
    return Arbitraries.of(Side.PROTOCOLS);
  }

  @Provide
  Arbitrary<Origin> providers() {
    return Arbitraries.of(Origin.values());
  }

  @Property(tries = 1500)
  void everyWriterTakesEveryGrammaticalSequence(
      @ForAll("sides") Side side,
      @ForAll("providers") Origin provider,
      @ForAll("dice") byte[] dice) {
    List<Event> events = Answers.events(new Dice(dice), provider);
    Streams.assertGrammar(events);
    byte[] written = Streams.write(side.translator().writer(side.asked(true), Side.STAMP), events);
    List<Event> read = Streams.read(side.translator().reader(), written);
    try {
      Streams.assertGrammar(read);
      assertThat(read.getLast().getClass()).isEqualTo(events.getLast().getClass());
    } catch (AssertionError e) {
      throw new AssertionError(side + "\n" + events + "\n" + Side.show(written), e);
    }
  }

  @Property(tries = 1500)
  void aFoldedStreamIsTheWholeAnswer(
      @ForAll("sides") Side side,
      @ForAll("providers") Origin provider,
      @ForAll("dice") byte[] bytes)
      throws Exception {
    var dice = new Dice(bytes);
    Response answer = Answers.answer(dice, provider);
    List<Event> events = Streams.tell(answer, dice);
    var writer = side.translator().writer(side.asked(true), Side.STAMP);
    byte[] stream = Streams.write(writer, events);
    Written whole = side.translator().writeAnswer(answer, side.asked(false), Side.STAMP);
    String shown = side + "\n" + answer + "\n" + Side.show(stream) + Side.show(whole.bytes());
    List<Event> back = Streams.read(side.translator().reader(), stream);
    assertThat(back.getLast()).as(shown).isInstanceOf(Event.Finish.class);
    if (answer.blocks().isEmpty()) {
      return;
    }
    Response folded = seen(side, Streams.fold(back));
    Response read = seen(side, side.translator().readAnswer(whole.bytes()));
    assertThat(folded).as(shown).isEqualTo(read);
    assertThat(fields(writer.losses())).as(shown).isEqualTo(fields(whole.losses()));
  }

  private static List<String> fields(List<dev.sluice.conversation.Loss> losses) {
    return losses.stream().map(loss -> loss.field()).distinct().sorted().toList();
  }

  /**
   * The answer without what only one of the two forms tells, and that only by its place: Gemini's
   * likelihoods are the whole answer's, and come too late in a stream that ends with a call.
   */
  private static Response seen(Side side, Response answer) {
    List<Block> blocks = answer.blocks().stream().map(block -> bare(side, block)).toList();
    return new Response(
        answer.id(),
        answer.model(),
        switch (side.origin()) {
          case CHAT -> merged(blocks);
          case GEMINI -> joined(blocks);
          case MESSAGES, RESPONSES -> blocks;
        },
        answer.stop(),
        answer.sequence(),
        answer.usage(),
        side.equals(Side.GEMINI) ? List.of() : answer.likelihoods(),
        null,
        answer.losses().stream().filter(loss -> !loss.field().startsWith("candidates.")).toList(),
        null);
  }

  /** Nothing tells in Gemini's streams where one text ends and the next begins. */
  private static List<Block> joined(List<Block> blocks) {
    var joined = new ArrayList<Block>();
    for (Block block : blocks) {
      Block last = joined.isEmpty() ? null : joined.getLast();
      if (block instanceof Block.Text now
          && last instanceof Block.Text before
          && before.signature() == null) {
        var citations = new ArrayList<>(before.citations());
        citations.addAll(now.citations());
        joined.set(
            joined.size() - 1,
            new Block.Text(before.text() + now.text(), citations, now.signature(), null, null));
      } else if (block instanceof Block.Thinking now
          && last instanceof Block.Thinking before
          && before.signature() == null) {
        joined.set(
            joined.size() - 1,
            new Block.Thinking(before.text() + now.text(), now.signature(), null));
      } else {
        joined.add(block);
      }
    }
    return joined;
  }

  /** A whole message of Chat Completions has one place for each kind of content. */
  private static List<Block> merged(List<Block> blocks) {
    var merged = new ArrayList<Block>();
    var text = new StringBuilder();
    var thought = new StringBuilder();
    var refusal = new StringBuilder();
    var citations = new ArrayList<Citation>();
    for (Block block : blocks) {
      switch (block) {
        case Block.Text said -> {
          text.append(said.text());
          citations.addAll(said.citations());
        }
        case Block.Thinking said -> thought.append(said.text());
        case Block.Refusal said -> refusal.append(said.text());
        default -> {}
      }
    }
    merged.add(new Block.Text(text.toString(), citations, null, null, null));
    merged.add(new Block.Thinking(thought.toString(), null, null));
    merged.add(new Block.Refusal(refusal.toString(), null));
    blocks.stream().filter(b -> b instanceof Block.Media).forEach(merged::add);
    blocks.stream().filter(b -> b instanceof Block.ToolCall).forEach(merged::add);
    return merged;
  }

  private static Block bare(Side side, Block block) {
    return switch (block) {
      case Block.Text t -> {
        // Gemini's citations are the whole answer's, and come too late in a stream that does not
        // end with its text.
        List<Citation> citations = side.equals(Side.GEMINI) ? List.of() : t.citations();
        yield new Block.Text(t.text(), citations, t.signature(), null, null);
      }
      case Block.Thinking t -> new Block.Thinking(t.text(), t.signature(), null);
      case Block.Media m -> new Block.Media(m.kind(), m.source(), m.name(), m.detail(), null, null);
      default -> block;
    };
  }

  @Property(tries = 1000)
  void cutsChangeNothing(
      @ForAll("sides") Side side,
      @ForAll("providers") Origin provider,
      @ForAll("dice") byte[] bytes,
      @ForAll("dice") byte[] cuts) {
    var dice = new Dice(bytes);
    byte[] stream = Broken.stream(side, provider, dice);
    List<Event> whole = Streams.read(side.translator().reader(), stream);
    List<Event> pieces = Streams.read(side.translator().reader(), stream, new Dice(cuts));
    assertThat(pieces).as(Side.show(stream)).isEqualTo(whole);
  }

  @Property(tries = 1000)
  void lineEndsAndCommentsChangeNothing(
      @ForAll("sides") Side side,
      @ForAll("providers") Origin provider,
      @ForAll("dice") byte[] bytes) {
    var dice = new Dice(bytes);
    List<Event> events = Streams.tell(Answers.answer(dice, provider), dice);
    byte[] stream = Streams.write(side.translator().writer(side.asked(true), Side.STAMP), events);
    byte[] other = Broken.spelled(stream, dice);
    assertThat(Streams.read(side.translator().reader(), other, dice))
        .as(Side.show(other))
        .isEqualTo(Streams.read(side.translator().reader(), stream));
  }

  @Property(tries = 3000)
  void whateverComesTheGrammarHolds(
      @ForAll("sides") Side side,
      @ForAll("providers") Origin provider,
      @ForAll("dice") byte[] bytes) {
    byte[] stream = Broken.stream(side, provider, new Dice(bytes));
    List<Event> read = Streams.read(side.translator().reader(), stream);
    try {
      Streams.assertGrammar(read);
    } catch (AssertionError e) {
      throw new AssertionError(side + "\n" + Side.show(stream), e);
    }
  }

  @Property(tries = 500)
  void anyBytesAtAllKeepTheGrammar(@ForAll("sides") Side side, @ForAll byte[] bytes) {
    Streams.assertGrammar(Streams.read(side.translator().reader(), bytes));
  }
}
