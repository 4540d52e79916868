package dev.sluice.protocol.laws;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Response;
import dev.sluice.conversation.Signature;
import dev.sluice.conversation.Stop;
import dev.sluice.conversation.Usage;
import dev.sluice.protocol.Aloud;
import dev.sluice.protocol.Protocol;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Thinking that is said as text. */
final class AloudTest {
  /** A thought of two words, one without any, and an answer. */
  private static final String STREAM =
      """
      event: message_start
      data: {"type":"message_start","message":{"id":"msg_1","model":"x","usage":{"input_tokens":1}}}

      event: content_block_start
      data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":""}}

      event: content_block_delta
      data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"two "}}

      event: content_block_delta
      data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"wörds"}}

      event: content_block_delta
      data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"EqQB"}}

      event: content_block_stop
      data: {"type":"content_block_stop","index":0}

      event: content_block_start
      data: {"type":"content_block_start","index":1,"content_block":{"type":"thinking","thinking":""}}

      event: content_block_stop
      data: {"type":"content_block_stop","index":1}

      event: content_block_start
      data: {"type":"content_block_start","index":2,"content_block":{"type":"text","text":""}}

      event: content_block_delta
      data: {"type":"content_block_delta","index":2,"delta":{"type":"text_delta","text":"4"}}

      event: content_block_stop
      data: {"type":"content_block_stop","index":2}

      event: message_delta
      data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}}

      event: message_stop
      data: {"type":"message_stop"}

      """;

  private static final List<Block> SAID =
      List.of(new Block.Text("<think>\ntwo wörds\n</think>\n\n"), new Block.Text("4"));

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 7, 64, 100_000})
  void aStreamUnderEveryCut(int cut) {
    var reader = new Aloud(Side.MESSAGES.translator().reader());
    byte[] bytes = STREAM.getBytes(StandardCharsets.UTF_8);
    var events = new ArrayList<Event>();
    for (int at = 0; at < bytes.length; at += cut) {
      events.addAll(reader.read(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + cut))));
    }
    events.addAll(reader.end());
    Streams.assertGrammar(events);
    Response said = Streams.fold(events);
    assertThat(said.blocks()).isEqualTo(SAID);
    assertThat(said.losses()).extracting(Loss::field).containsExactly("thinking.signature");
  }

  @Test
  void aWholeAnswer() {
    var thinking =
        new Response(
            "1",
            "x",
            List.of(
                new Block.Thinking("two wörds", new Signature("EqQB", Origin.MESSAGES), null),
                new Block.Thinking("", null, null),
                new Block.Text("4")),
            Stop.END,
            null,
            Usage.NONE,
            List.of(),
            null,
            List.of(),
            null);
    Response said = Aloud.of(thinking);
    assertThat(said.blocks()).isEqualTo(SAID);
    assertThat(said.losses()).extracting(Loss::field).containsExactly("thinking.signature");
  }

  @Provide
  Arbitrary<byte[]> dice() {
    return Dice.bytes(120);
  }

  @Provide
  Arbitrary<Origin> providers() {
    return Arbitraries.of(Origin.values());
  }

  /** Whole and streamed say the same, and every other block stays as it is. */
  @Property(tries = 1500)
  void aFoldedStreamIsTheWholeAnswer(
      @ForAll("providers") Origin provider, @ForAll("dice") byte[] bytes) {
    var dice = new Dice(bytes);
    Response answer = Answers.answer(dice, provider);
    List<Event> told = Streams.tell(answer, dice);
    var reader =
        new Aloud(
            new Protocol.Reader() {
              @Override
              public List<Event> read(byte[] nothing) {
                return told.subList(0, told.size() / 2);
              }

              @Override
              public List<Event> end() {
                return told.subList(told.size() / 2, told.size());
              }
            });
    var events = new ArrayList<>(reader.read(new byte[0]));
    events.addAll(reader.end());
    Streams.assertGrammar(events);
    Response whole = Aloud.of(answer);
    Response folded = Streams.fold(events);
    assertThat(folded.blocks()).isEqualTo(whole.blocks());
    assertThat(folded.losses()).isEqualTo(whole.losses());
    assertThat(whole.blocks()).noneMatch(Block.Thinking.class::isInstance);
  }
}
