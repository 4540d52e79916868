package dev.sluice.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.chat.Chat;
import dev.sluice.protocol.gemini.Gemini;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What passes us to its end is counted, whatever its size and its cuts. */
final class ConversionTest {
  private static final Carrier CARRIER = new Carrier(() -> new byte[] {1});
  private static final Protocol CHAT = new Chat(CARRIER);

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String steps(Conversion conversion, byte[] all, int size) {
    var steps = new StringBuilder();
    for (int from = 0; from < all.length; from += size) {
      int to = Math.min(all.length, from + size);
      var step = conversion.take(Arrays.copyOfRange(all, from, to), to == all.length);
      steps.append(step.getClass().getSimpleName().charAt(0));
    }
    return steps.toString();
  }

  /** From 512 KiB on it is not held any more, but still looked at. */
  @ParameterizedTest
  @ValueSource(ints = {1_000, 600_000, 3_000_000})
  void aWholeAnswerOfAnySizeSaysItsUsage(int length) {
    byte[] answer =
        utf8(
            "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\""
                + "word ".repeat(length / 5)
                + "\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}");
    var conversion = new Conversion.UntouchedWhole(CHAT, CHAT.gauge());
    assertThat(steps(conversion, answer, 65_536)).matches(length < 65_536 ? "T" : "H{7}T+");
    assertThat(Objects.requireNonNull(conversion.count().usage()).output()).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(ints = {1_000, 3_000_000})
  void aWholeAnswerWithoutUsageIsEstimatedByItsTexts(int length) {
    byte[] answer =
        utf8(
            "{\"choices\":[{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\""
                + "word ".repeat(length / 5)
                + "\"},\"finish_reason\":\"stop\"}]}");
    var conversion = new Conversion.UntouchedWhole(CHAT, CHAT.gauge());
    steps(conversion, answer, 65_536);
    assertThat(conversion.count().usage()).isNull();
    assertThat(conversion.count().streamed())
        .isBetween(length / 4L - 100, length / 4L + length / 50 + 30);
  }

  @Test
  void aGaugedStreamIsHeldUntilItsFirstToken() {
    String head =
        "data:"
            + " {\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\n\n";
    String token = "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"a\"}}]}\n\n";
    String usage =
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":1}}\n\n";
    var conversion = new Conversion.GaugedStream(CHAT.watch(), CHAT.streamGauge());
    assertThat(conversion.take(utf8(head), false)).isInstanceOf(Conversion.Hold.class);
    assertThat(conversion.take(utf8(token), false)).isInstanceOf(Conversion.Through.class);
    assertThat(conversion.take(utf8(token.substring(0, 9)), false))
        .isInstanceOfSatisfying(Conversion.Emit.class, e -> assertThat(e.bytes()).isEmpty());
    assertThat(conversion.take(utf8(token.substring(9) + usage), true))
        .isInstanceOfSatisfying(
            Conversion.Emit.class, e -> assertThat(e.bytes()).isEqualTo(utf8(token)));
    assertThat(Objects.requireNonNull(conversion.count().usage()).input()).isEqualTo(7);
  }

  /** The whole stream, whatever is cut where, but for the chunk that nobody asked for. */
  @Test
  void theFirstTokenMayComeInTheMiddleOfAChunk() {
    String stream =
        """
        data: {"choices":[{"index":0,"delta":{"role":"assistant"}}]}

        data: {"choices":[{"index":0,"delta":{"content":"a"}}]}

        data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}

        data: [DONE]

        """;
    String usage =
        "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":1}}\n\n";
    byte[] all = utf8(stream.replace("data: [DONE]", usage + "data: [DONE]"));
    for (int size = 1; size < all.length; size += 7) {
      var conversion = new Conversion.GaugedStream(CHAT.watch(), CHAT.streamGauge());
      var client = new ByteArrayOutputStream();
      var held = new ByteArrayOutputStream();
      for (int from = 0; from < all.length; from += size) {
        int to = Math.min(all.length, from + size);
        byte[] chunk = Arrays.copyOfRange(all, from, to);
        held.writeBytes(chunk);
        switch (conversion.take(chunk, to == all.length)) {
          case Conversion.Hold() -> {
            continue;
          }
          case Conversion.Emit(byte[] bytes, var _) -> client.writeBytes(bytes);
          case Conversion.Through(), Conversion.Pass() -> client.writeBytes(held.toByteArray());
          case Conversion.Fail(var failure) -> throw new AssertionError(failure);
        }
        held.reset();
      }
      assertThat(client.toString(StandardCharsets.UTF_8)).as("cut by " + size).isEqualTo(stream);
    }
  }

  @Test
  void anArrayOfGeminisSaysItsUsageSoFar() {
    var gemini = new Gemini(CARRIER);
    var conversion = new Conversion.GaugedStream(gemini.watch(), gemini.streamGauge());
    conversion.take(
        utf8(
            "[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}],"
                + "\"usageMetadata\":{\"promptTokenCount\":9,\"candidatesTokenCount\":2}}"),
        false);
    assertThat(Objects.requireNonNull(conversion.count().usage()).output()).isEqualTo(2);
    assertThat(conversion.count().current()).isTrue();
  }
}
