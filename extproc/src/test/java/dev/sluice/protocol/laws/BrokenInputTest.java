package dev.sluice.protocol.laws;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.conversation.Event;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Request;
import dev.sluice.protocol.Call;
import dev.sluice.protocol.Refusal;
import dev.sluice.wire.Json;
import dev.sluice.wire.Sse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is too large, too deep or broken off is told as that, and does nothing else. */
final class BrokenInputTest {
  private static final String DEEP = "[".repeat(Json.MAX_DEPTH + 1);

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static List<Side> sides() {
    return Side.PROTOCOLS;
  }

  static Stream<Arguments> broken() {
    return sides().stream()
        .flatMap(
            side ->
                Stream.of(
                        "",
                        "{",
                        "null",
                        "[]",
                        "<html>",
                        "{\"model\":\"m\"",
                        "{\"model\":\"m\",\"x\":" + DEEP + "]".repeat(Json.MAX_DEPTH + 1) + "}",
                        "{\"model\":\"m\",\"x\":" + DEEP.repeat(200),
                        "{\"model\":\"m\",\"x\":1" + "0".repeat(2000) + "}",
                        "{\"model\":\"m\",\"x\":\"" + "a".repeat(1 << 20),
                        "{\"model\":\"m\"} {}",
                        "\u0000",
                        "\u0000\u0000\u0000{\u0000\u0000\u0000}\u7fff\u7fff",
                        "{\u0000}\u0000")
                    .map(body -> Arguments.of(side, body)));
  }

  @ParameterizedTest
  @MethodSource("broken")
  void aBrokenRequestIsRefused(Side side, String body) {
    var call = new Call(Call.Operation.GENERATE, "m", false);
    assertThatThrownBy(() -> side.translator().read(side.protocol().ask(call, utf8(body))))
        .isInstanceOfSatisfying(
            Refusal.class,
            refusal -> {
              assertThat(refusal.failure().status()).isEqualTo(400);
              assertThat(refusal.failure().message()).isNotBlank().hasSizeLessThan(2_000);
            });
  }

  @ParameterizedTest
  @MethodSource("broken")
  void aBrokenAnswerIsNone(Side side, String body) {
    Failure failure = side.protocol().judge(utf8(body));
    assertThat(failure).isNotNull();
    assertThat(failure.message()).isNotBlank().hasSizeLessThan(2_000);
    assertThatThrownBy(() -> side.translator().readAnswer(utf8(body))).isInstanceOf(Refusal.class);
  }

  @ParameterizedTest
  @MethodSource("broken")
  void aBrokenChunkFailsTheStream(Side side, String body) {
    for (String end : List.of("\n", "\r", "\r\n")) {
      String stream = ": ping" + end + end + "data: " + body + end + end + ": ping" + end + end;
      List<Event> events = Streams.read(side.translator().reader(), utf8(stream));
      Streams.assertGrammar(events);
      assertThat(events.getLast()).isInstanceOf(Event.Failed.class);
    }
  }

  @ParameterizedTest
  @MethodSource("broken")
  void aBrokenErrorIsStillOne(Side side, String body) {
    Failure failure = side.protocol().failure(503, java.util.Map.of(), utf8(body));
    assertThat(failure.status()).isEqualTo(503);
    assertThat(failure.message()).isNotBlank();
  }

  @ParameterizedTest
  @MethodSource("sides")
  void anEventThatNeverEndsFailsTheStream(Side side) {
    var reader = side.translator().reader();
    byte[] chunk = new byte[1 << 20];
    Arrays.fill(chunk, (byte) 'x');
    var events = new ArrayList<>(reader.read(utf8("data: ")));
    for (int i = 0; i <= Sse.MAX_EVENT / chunk.length; i++) {
      events.addAll(reader.read(chunk));
    }
    assertThat(events).hasSize(1);
    assertThat(events.getFirst()).isInstanceOf(Event.Failed.class);
    assertThat(reader.read(chunk)).isEmpty();
    assertThat(reader.end()).isEmpty();
  }

  private static String list(int many, String each) {
    return (each + ",").repeat(many) + each;
  }

  /** Each would take minutes if the time grew with the square of the number. */
  static Stream<Arguments> large() {
    int many = 60_000;
    String names = IntStream.range(0, many).mapToObj(i -> "\"x" + i + "\":1").collect(joining(","));
    String call = "{\"functionCall\":{\"name\":\"a\",\"args\":{}}}";
    String result = "{\"functionResponse\":{\"name\":\"b\",\"response\":{}}}";
    return Stream.of(
        Arguments.of(
            Side.MESSAGES, "{\"model\":\"m\",\"max_tokens\":9,\"messages\":[]," + names + "}"),
        Arguments.of(Side.CHAT, "{\"model\":\"m\",\"messages\":[]," + names + "}"),
        Arguments.of(
            Side.GEMINI,
            "{\"contents\":["
                + list(many, "{\"role\":\"model\",\"parts\":[{\"text\":\"a\"}]}")
                + "]}"),
        Arguments.of(
            Side.GEMINI,
            "{\"contents\":[{\"role\":\"model\",\"parts\":["
                + list(many, call)
                + "]},{\"parts\":["
                + list(many, result)
                + "]}]}"));
  }

  @ParameterizedTest
  @MethodSource("large")
  @Timeout(60)
  void aLargeRequestTakesNoLonger(Side side, String body) throws Exception {
    Request request = side.read(utf8(body));
    for (Side to : Side.ALL) {
      assertThat(to.write(request).bytes()).isNotEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("sides")
  void whatCameBeforeTheBreakCounts(Side side) throws Exception {
    List<Event> events =
        List.of(
            new Event.Start("a", "m"),
            new Event.Open(0, new Event.Shape.Prose()),
            new Event.Delta(0, "said"),
            new Event.Delta(0, " more"));
    byte[] begun = Streams.write(side.translator().writer(side.asked(true), Side.STAMP), events);
    for (String rest : List.of("", "data: {\"half\":", "data: {\"half\":\n\n", "\r\rdata: x\r\r")) {
      List<Event> read = Streams.read(side.translator().reader(), utf8(Side.show(begun) + rest));
      Streams.assertGrammar(read);
      assertThat(read).contains(new Event.Delta(0, "said"));
      assertThat(read.getLast()).isInstanceOf(Event.Failed.class);
    }
  }
}
