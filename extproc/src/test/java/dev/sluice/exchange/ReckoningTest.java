package dev.sluice.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.conversation.Event;
import dev.sluice.conversation.Usage;
import dev.sluice.protocol.Count;
import dev.sluice.protocol.Said;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How an attempt is settled, by what is known of its end. The prompt is estimated at 50. */
final class ReckoningTest {
  private static final long PROMPT = 50;

  private static String text(Reckoning how) {
    Usage usage = how.usage();
    return "%s %d+%d/%d %s"
        .formatted(
            how.settlement(), usage.input(), usage.cacheRead(), usage.output(), how.failure())
        .strip();
  }

  private static @Nullable Usage usage(@Nullable String text) {
    if (text == null) {
      return null;
    }
    int slash = text.indexOf('/');
    return new Usage(
        Long.parseLong(text.substring(0, slash)),
        8,
        0,
        Long.parseLong(text.substring(slash + 1)),
        null,
        null,
        null,
        null,
        null);
  }

  private static Pace pace(int events) {
    var pace = new Pace();
    for (int i = 0; i < events; i++) {
      byte[] event = "data: {\"t\":\"word\"}\n\n".getBytes(StandardCharsets.UTF_8);
      for (byte b : event) {
        if (pace.see(b) && i == 0) {
          pace.begin(event.length);
        }
      }
    }
    return pace;
  }

  /** Two events of 20 bytes passed us before the release. */
  @ParameterizedTest(name = "{0} {1} {2} {3} {4}")
  @CsvSource({
    // said,  current, end,     flags, bytes, settled
    "12/5,    false,   WHOLE,   ,      400,   COMPLETE 12+8/5",
    "12/5,    false,   WHOLE,   DR,    400,   COMPLETE 12+8/5",
    "12/5,    true,    WHOLE,   ,      400,   COMPLETE 12+8/5",
    "12/5,    true,    CUT,     DR,    400,   ABORTED 12+8/5 LEFT",
    "12/5,    true,    CUT,     UC,    400,   ABORTED 12+8/5 CUT",
    "12/1,    false,   CUT,     DR,    400,   ABORTED 12+8/20 LEFT",
    "12/1,    false,   CUT,     ,      400,   ABORTED 12+8/20 CUT",
    "12/99,   false,   CUT,     ,      400,   ABORTED 12+8/99 CUT",
    ",        false,   CUT,     ,      400,   ABORTED 50+0/20 CUT",
    ",        false,   WHOLE,   ,      400,   ESTIMATED 50+0/20",
    ",        false,   CUT,     DC,    400,   ABORTED 50+0/20 LEFT",
    ",        false,   CUT,     UPE,   40,    ABORTED 50+0/2 CUT",
    ",        false,   CUT,     ,      0,     ABORTED 50+0/2 CUT"
  })
  void released(
      @Nullable String said,
      boolean current,
      Said.End end,
      @Nullable String flags,
      long bytes,
      String settled) {
    boolean left = flags != null && flags.startsWith("D");
    var entry =
        new Entry(
            "id", flags == null ? "" : flags, left, flags != null && !left, 1, bytes, Map.of());
    assertThat(
            text(
                Reckoning.released(
                    entry, new Said(usage(said), current, end), pace(2), () -> PROMPT)))
        .isEqualTo(settled);
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @CsvSource({
    // said, words streamed, how,   settled
    "12/5,   5,              whole, COMPLETE 12+8/5",
    ",       5,              whole, ESTIMATED 50+0/5",
    "12/1,   5,              left,  ABORTED 12+8/5 LEFT",
    "12/9,   5,              cut,   ABORTED 12+8/9 CUT",
    ",       5,              left,  ABORTED 50+0/5 LEFT",
    ",       0,              cut,   ABORTED 50+0/0 CUT",
    "12/9,   5,              last,  COMPLETE 12+8/9",
    ",       5,              last,  ESTIMATED 50+0/5",
    "12/1,   0,              lost,  LOST 12+8/1",
    ",       0,              lost,  LOST 50+0/0"
  })
  void passed(@Nullable String said, int words, String how, String settled) {
    var count = new Count();
    count.said(usage(said));
    count.see(new Event.Delta(0, "word".repeat(words)));
    assertThat(
            text(
                switch (how) {
                  case "whole" -> Reckoning.whole(count, () -> PROMPT);
                  case "lost" -> Reckoning.lost(count.usage(), () -> PROMPT);
                  case "last" -> {
                    // The client left when it had heard all.
                    count.end();
                    yield Reckoning.broken(count, () -> PROMPT, true);
                  }
                  default -> Reckoning.broken(count, () -> PROMPT, how.equals("left"));
                }))
        .isEqualTo(settled);
  }

  @ParameterizedTest
  @CsvSource({"1, 20, 1", "1, 2000, 100", "3, 2000, 100", "5, 0, 5"})
  void anEventOfAReleasedStreamIsAToken(int seen, long bytes, long tokens) {
    assertThat(pace(seen).tokens(bytes)).isEqualTo(tokens);
  }

  @ParameterizedTest
  @CsvSource({"0, ABORTED 50+0/1 CUT", "2, ABORTED 50+0/2 CUT"})
  void whatTheLogNeverTellsIsSettledAsItIsKnown(int seen, String settled) {
    assertThat(text(Reckoning.released(null, null, pace(seen), () -> PROMPT))).isEqualTo(settled);
  }
}
