package dev.sluice.protocol.chat;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Asking for usage in a client's name, and taking the answer to that out again. */
final class UnaskedTest {
  private static final String NONE = "as it is";

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"stream\":true,\"x\":1.0}"
            + " | {\"stream\":true,\"stream_options\":{\"include_usage\":true},\"x\":1.0}",
        "{\"x\":\"ü\", \"stream\" : true }"
            + " | {\"x\":\"ü\", \"stream\" : true,\"stream_options\":{\"include_usage\":true} }",
        "{\"stream\":true,\"stream_options\":{}}"
            + " | {\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
        "{\"stream\":true,\"stream_options\":null}"
            + " | {\"stream\":true,\"stream_options\":{\"include_usage\":true}}",
        "{\"stream_options\":{\"include_usage\":false,\"include_obfuscation\":false},\"stream\":true}"
            + " | {\"stream_options\":{\"include_usage\":true,\"include_obfuscation\":false},\"stream\":true}",
        "{\"stream\":true,\"stream_options\":{\"include_usage\":true}} | " + NONE
      })
  void theRequestAsksForIt(String request, String expected) {
    byte[] asking = Unasked.asking(utf8(request));
    assertThat(asking == null ? NONE : new String(asking, StandardCharsets.UTF_8))
        .isEqualTo(expected);
  }

  private static final String HEAD =
      ": hello\n\ndata: {\"choices\":[{\"delta\":{}}],\"usage\":null}\n\n";
  private static final String TOKEN =
      "data: {\"choices\":[{\"delta\":{\"content\":\"\\\"usage\\\":{\"}}]}\n\n";
  private static final String ALONE =
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\n";
  private static final String LAST =
      "data:"
          + " {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\n";
  private static final String DONE = "data: [DONE]\n\n";

  /** In every cut, with every kind of line end: the same bytes without the chunk of its own. */
  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n", "\r"})
  void onlyTheChunkOfItsOwnIsTakenOut(String end) {
    for (String stream :
        new String[] {
          HEAD + TOKEN + ALONE + DONE,
          HEAD + TOKEN + LAST + DONE,
          ALONE + HEAD + TOKEN + DONE,
          HEAD + TOKEN + ALONE,
          HEAD + TOKEN + LAST + "data: {\"unfinished\""
        }) {
      String expected = stream.replace(ALONE, "").replace("\n", end);
      byte[] bytes = utf8(stream.replace("\n", end));
      for (int size = 1; size <= bytes.length; size++) {
        var unasked = new Unasked();
        var out = new ByteArrayOutputStream();
        for (int from = 0; from < bytes.length; from += size) {
          int to = Math.min(bytes.length, from + size);
          out.writeBytes(unasked.pass(Arrays.copyOfRange(bytes, from, to), to == bytes.length));
        }
        assertThat(out.toString(StandardCharsets.UTF_8)).as("cut by " + size).isEqualTo(expected);
        assertThat(unasked.count().usage())
            .isNotNull()
            .satisfies(usage -> assertThat(usage.input()).isEqualTo(7))
            .satisfies(usage -> assertThat(usage.output()).isEqualTo(3));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"1, 1", "20, 20", "200, 200"})
  void anEventIsAToken(int tokens, int expected) {
    var unasked = new Unasked();
    unasked.pass(utf8("data: {\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n"), false);
    for (int i = 0; i < tokens; i++) {
      unasked.pass(utf8("data: {\"choices\":[{\"delta\":{\"content\":\"word\"}}]}\n\n"), false);
    }
    assertThat(unasked.count().streamed()).isEqualTo(expected);
    assertThat(unasked.count().broken()).isFalse();
    unasked.pass(utf8("data: {\"error\":{\"message\":\"no\"}}\n\n"), true);
    assertThat(unasked.count().broken()).isTrue();
  }
}
