package dev.sluice.protocol.gemini;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.conversation.Citation;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Event.Shape;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Stop;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Call;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Protocol;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a stream makes us hold has an end, and what is over it is named. */
final class BoundsTest {
  private static final String PIECE = "é".repeat(1 << 16);
  private static final int PIECES = Citations.MOST_TEXT / PIECE.length();
  private static final String GROUNDED =
      "\"groundingMetadata\":{\"groundingChunks\":[{\"web\":{\"uri\":\"https://h\"}}],"
          + "\"groundingSupports\":[{\"segment\":{\"startIndex\":2,\"endIndex\":4},"
          + "\"groundingChunkIndices\":[%s]}]}";

  private static byte[] chunk(String text, String rest) {
    return ("data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\""
            + text
            + "\"}]},"
            + rest
            + "}]}\n\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  private static List<Event> read(int pieces, String grounding) {
    var reader = new Reader();
    var events = new ArrayList<Event>();
    for (int i = 0; i < pieces; i++) {
      events.addAll(reader.read(chunk(PIECE, "\"index\":0")));
    }
    events.addAll(reader.read(chunk("x", grounding + ",\"finishReason\":\"STOP\"")));
    events.addAll(reader.end());
    assertThat(events.getLast()).isInstanceOf(Event.Finish.class);
    return events;
  }

  private static List<Citation> cited(List<Event> events) {
    return events.stream()
        .filter(Event.Cited.class::isInstance)
        .map(event -> ((Event.Cited) event).citation())
        .toList();
  }

  private static List<String> lost(List<Event> events) {
    return events.stream()
        .filter(Event.Lost.class::isInstance)
        .map(event -> ((Event.Lost) event).loss().field())
        .toList();
  }

  @Test
  void aCitationOfALongStreamKeepsItsSourceAndNotItsPlace() {
    List<Event> shorter = read(PIECES - 1, GROUNDED.formatted("0"));
    assertThat(cited(shorter).getFirst().start()).isEqualTo(1);
    assertThat(lost(shorter)).isEmpty();
    List<Event> longer = read(PIECES, GROUNDED.formatted("0"));
    assertThat(cited(longer)).hasSize(1);
    assertThat(cited(longer).getFirst().url()).isEqualTo("https://h");
    assertThat(cited(longer).getFirst().start()).isNull();
    assertThat(lost(longer)).containsExactly("candidates.groundingMetadata.groundingSupports");
  }

  @Test
  void moreCitationsThanCanBeHeld() {
    List<Event> events = read(0, GROUNDED.formatted("0" + ",0".repeat(20_000)));
    assertThat(lost(events)).containsExactly("candidates.groundingMetadata");
  }

  @Test
  void whatAWriterHolds() {
    var ask = new Ask(new Call(Call.Operation.GENERATE, "m", true, false), "m", true, new byte[0]);
    var carrier = new Carrier(() -> new byte[] {1});
    var writer = new Writer(ask, carrier, new Protocol.Stamp("s", 7, "i"));
    writer.write(new Event.Start("a", "m"));
    for (int block = 0; block < 2; block++) {
      writer.write(new Event.Open(block, new Shape.Prose()));
      for (int i = 0; i < (block == 0 ? PIECES + 1 : 1); i++) {
        writer.write(new Event.Delta(block, PIECE));
      }
      writer.write(
          new Event.Cited(
              block, new Citation(1L, 3L, "https://h/" + block, "t", null, Origin.CHAT, "{}")));
      writer.write(new Event.Close(block));
    }
    String end = new String(writer.write(new Event.Finish(Stop.END, null)), StandardCharsets.UTF_8);
    long before = 2L * PIECE.length() * (PIECES + 1);
    assertThat(end)
        .contains("\"startIndex\":" + (before + 2) + ",\"endIndex\":" + (before + 6))
        .contains("https://h/1")
        .doesNotContain("https://h/0");
    assertThat(writer.losses().stream().map(Loss::field)).containsExactly("content[0].citations");
  }
}
