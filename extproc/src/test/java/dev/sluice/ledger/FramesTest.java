package dev.sluice.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FramesTest {
  /** As the first version that wrote bodies packed it; spools and journals of it are still read. */
  private static final String PACKED =
      "AAABpkrkK80CAAAAAAAAAAAAAAADci0xAAZHXvZXTzUAAAAEa8OpeQAAAAVncm91cAAAAA"
          + "RjaGF0AAAACGdlbmVyYXRlAAAABWHvv71iAQAAAAAAAADIAAAABnBhc3NlZAAAAAhDT01Q"
          + "TEVURf//////////AAAAAAAABNIAAAAAAAAAAQAAAAAAAAACAAAAAAAAAAMAAAAAAAAABA"
          + "AAAAAAAAAFAAAAAAAAAAYAAAAAAAAABwAAAAAAAAAIP9AAAAAAAAA/4AAAAAAAAAAAAAIA"
          + "AAABbgAAAARzZWVkAAAAAltdAAAAAQAAAAEABkde9lw1gAAAAAFjAAAABG1haW4AAAALaH"
          + "R0cDovL2gvdjEAAAABbQAAAAhtZXNzYWdlcwAAAARiZXN0AAAAyAAAAAJVVAAAAAAAAAAJ"
          + "RVNUSU1BVEVEAAAAAAAAAGMAAAAAAAAD6AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
          + "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/wAAAAAAAAAEAAAAMeyJx"
          + "Ijoi8J+YgCJ9AA==";

  private static RequestRecord record(String key, String model) {
    return new RequestRecord(
        "r-1",
        Instant.parse("2026-01-02T03:04:05.678901Z"),
        key,
        "group",
        "chat",
        "generate",
        model,
        true,
        "",
        200,
        "passed",
        Settlement.COMPLETE,
        -1,
        1_234,
        new Tokens(1, 2, 3, 4, 5, 6, 7, 8),
        0.25,
        0.5,
        List.of("n", "seed"),
        "[]",
        List.of(
            new AttemptRecord(
                1,
                Instant.parse("2026-01-02T03:04:06Z"),
                "c",
                "main",
                "http://h/v1",
                "m",
                "messages",
                "best",
                200,
                "UT",
                "",
                Settlement.ESTIMATED,
                99,
                1_000,
                Tokens.NONE,
                0.125)),
        new Bodies("{\"q\":\"\ud83d\ude00\"}", null));
  }

  @Test
  void theFormatStaysAsItIs() throws IOException {
    assertThat(record("k\u00e9y", "a\0b").pack()).isEqualTo(PACKED);
    assertThat(RequestRecord.unpack(PACKED)).isEqualTo(record("k\u00e9y", "a\ufffdb"));
  }

  @Test
  void longTextsAreCut() throws IOException {
    String plain = "x".repeat(5_000);
    String other = "\u00fc".repeat(5_000);
    assertThat(RequestRecord.unpack(record(plain, other).pack()))
        .isEqualTo(record(plain.substring(0, 1_024), other.substring(0, 1_024)));
  }

  @Test
  void aFrameThatIsShorterThanItSaysIsNone() throws IOException {
    var frames = new Framing(8);
    Frames.write(frames, 7, record("k", "m"));
    ByteBuffer bytes = frames.bytes();
    int length = Frames.length(bytes, 0);
    assertThat(Frames.read(bytes, 0, length).record()).isEqualTo(record("k", "m"));
    for (int less = 10; less < length; less++) {
      int cut = less;
      assertThatThrownBy(() -> Frames.read(bytes, 0, cut)).isInstanceOf(IOException.class);
    }
  }
}
