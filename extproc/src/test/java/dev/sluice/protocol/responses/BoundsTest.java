package dev.sluice.protocol.responses;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.conversation.Event;
import dev.sluice.wire.Json;
import dev.sluice.wire.Sse;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a stream makes us hold has an end. */
final class BoundsTest {
  private static final String PIECE = "x".repeat(1 << 20);

  private static byte[] event(String type, int item, String member, String value) {
    return ("data: "
            + Json.object(
                    e ->
                        e.put("type", type)
                            .put("output_index", (long) item)
                            .put("item_id", "i" + item)
                            .put(member, value))
                .text()
            + "\n\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  /** Of the first item nothing needs to wait but what it has said; all of the second does. */
  @ParameterizedTest
  @CsvSource({
    "0, response.output_text.delta",
    "0, response.function_call_arguments.delta",
    "1, response.output_text.delta",
    "1, response.reasoning_summary_text.delta",
  })
  void anItemThatNeverEnds(int item, String type) {
    var reader = new Reader();
    assertThat(reader.read(event("response.output_text.delta", 0, "delta", "a")))
        .noneMatch(Event.Failed.class::isInstance);
    int pieces = Sse.MAX_EVENT / PIECE.length();
    for (int i = 0; i < pieces - 1; i++) {
      assertThat(reader.read(event(type, item, "delta", PIECE)))
          .noneMatch(Event.Failed.class::isInstance);
    }
    assertThat(reader.read(event(type, item, "delta", PIECE)).getLast())
        .isInstanceOfSatisfying(
            Event.Failed.class,
            failed -> assertThat(failed.failure().message()).contains("16777216 characters"));
    assertThat(reader.read(event(type, item, "delta", PIECE))).isEmpty();
  }
}
