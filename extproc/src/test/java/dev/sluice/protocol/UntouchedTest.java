package dev.sluice.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.conversation.Failure.Kind;
import dev.sluice.protocol.gemini.Gemini;
import dev.sluice.protocol.responses.Responses;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Responses and Gemini, whose answers pass untouched: what a stream, an error or a path says. */
final class UntouchedTest {
  private static final String BEGUN = "begun";
  private static final Carrier CARRIER = new Carrier(() -> new byte[] {1});

  private static Protocol protocol(String name) {
    return name.equals("gemini") ? new Gemini(CARRIER) : new Responses(CARRIER);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String verdict(Watch.Sight sight) {
    return switch (sight) {
      case Watch.Silent _ -> "silent";
      case Watch.Begun _ -> BEGUN;
      case Watch.Failed(var failure) -> failure.kind() + " " + failure.status();
    };
  }

  @ParameterizedTest(name = "{0} {2}: {1}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "responses | : ping                                                            | silent",
        "responses | data: {\"type\":\"response.created\",\"response\":{}}             | silent",
        "responses | data: {\"type\":\"response.in_progress\"}                         | silent",
        "responses | data:"
            + " {\"type\":\"response.output_item.added\",\"item\":{\"type\":\"message\"}} | silent",
        "responses | data:"
            + " {\"type\":\"response.output_item.added\",\"item\":{\"type\":\"reasoning\"}} |"
            + " silent",
        "responses | data:"
            + " {\"type\":\"response.output_item.added\",\"item\":{\"type\":\"function_call\"}} |"
            + " begun",
        "responses | data: {\"type\":\"response.output_text.delta\",\"delta\":\"ü\"}   | begun",
        "responses | data: {\"type\":\"response.incomplete\",\"response\":{\"output\":[{}]}} |"
            + " begun",
        "responses | data: {\"type\":\"response.completed\",\"response\":{\"output\":[]}} |"
            + " INTERNAL 500",
        "responses | data:"
            + " {\"type\":\"error\",\"code\":\"rate_limit_exceeded\",\"message\":\"slow\"} |"
            + " RATE_LIMIT 429",
        "responses | data:"
            + " {\"type\":\"response.failed\",\"response\":{\"error\":{\"code\":\"server_error\"}}}"
            + " | INTERNAL 502",
        "responses | data: <html>                                                      | INTERNAL"
            + " 500",
        "gemini | data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"\"}]}}]} | silent",
        "gemini | data: {\"usageMetadata\":{}}                                         | silent",
        "gemini | data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"ü\"}]}}]} | begun",
        "gemini | data: {\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{}}]}}]} |"
            + " begun",
        "gemini | data: {\"candidates\":[{\"finishReason\":\"SAFETY\"}]}               | begun",
        "gemini | data: {\"promptFeedback\":{\"blockReason\":\"OTHER\"}}               | begun",
        "gemini | data: {\"error\":{\"code\":503,\"status\":\"UNAVAILABLE\"}}          |"
            + " UNAVAILABLE 503",
        "gemini | [{\"usageMetadata\":{\"a\":\"]}\\\"\"}}                              | silent",
        "gemini | [{\"usageMetadata\":{}},{\"candidates\":[{\"finishReason\":\"STOP\"}]}] |"
            + " INTERNAL 500",
        "gemini | [{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\"}}]       | RATE_LIMIT"
            + " 429",
      })
  void aStreamSaysTheSameUnderEveryCut(String name, String stream, String verdict) {
    byte[] bytes = utf8(stream + "\n\n");
    for (int cut = 0; cut <= bytes.length; cut++) {
      Watch watch = protocol(name).watch();
      String head = verdict(watch.see(Arrays.copyOf(bytes, cut)));
      String seen =
          head.equals("silent")
              ? verdict(watch.see(Arrays.copyOfRange(bytes, cut, bytes.length)))
              : head;
      assertThat(seen).as("cut at %d", cut).isEqualTo(verdict);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"responses", "gemini"})
  void anEndWithoutContentIsAFailure(String name) {
    assertThat(verdict(protocol(name).watch().end())).isEqualTo("INTERNAL 500");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "responses | 429 | {\"error\":{\"code\":\"insufficient_quota\"}}         | QUOTA",
        "responses | 401 | {\"error\":{\"message\":\"no\"}}                      | AUTHENTICATION",
        "responses | 503 | <html>                                                | UNAVAILABLE",
        "gemini    | 400 | [{\"error\":{\"code\":400,\"message\":\"no\"}}]       | INVALID_REQUEST",
        "gemini    | 429 | {\"error\":{\"status\":\"RESOURCE_EXHAUSTED\"}}       | RATE_LIMIT",
        "gemini    | 504 | ''                                                    | TIMEOUT",
      })
  void anErrorStatusIsRead(String name, int status, String body, Kind kind) {
    var failure = protocol(name).failure(status, Map.of("retry-after", "3"), utf8(body));
    assertThat(failure.kind()).isEqualTo(kind);
    assertThat(failure.status()).isEqualTo(status);
    assertThat(failure.retryAfter()).isEqualTo(Duration.ofSeconds(3));
  }

  @ParameterizedTest
  @CsvSource({
    "/v1beta/models/gemini-2.5-pro:generateContent?key=k, gemini-2.5-pro, false",
    "/v1beta/models/a/b:streamGenerateContent?alt=sse, a/b, true",
    "/v1/models/a%2Fb+c:generateContent, a/b+c, false",
  })
  void geminiReadsItsPath(String path, String model, boolean stream) {
    assertThat(new Gemini(CARRIER).call("POST", path, Map.of()))
        .isEqualTo(new Call(Call.Operation.GENERATE, model, stream));
  }

  @ParameterizedTest
  @CsvSource({
    "gemini, false, /models/a/b:generateContent",
    "gemini, true, /models/a/b:streamGenerateContent?alt=sse",
    "responses, true, /responses",
  })
  void theProvidersPath(String name, boolean stream, String path) {
    assertThat(protocol(name).path("https://provider.test", "a/b", stream)).isEqualTo(path);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "responses | {\"input\":\"hi\"}            | model",
        "responses | {\"model\":\"m\"}             | input",
        "gemini    | {\"generationConfig\":{}}     | contents",
      })
  void whatLacksIsNamed(String name, String body, String field) {
    Call call =
        new Call(Call.Operation.GENERATE, name.equals("gemini") ? "m" : null, Boolean.FALSE);
    assertThatThrownBy(() -> protocol(name).ask(call, utf8(body)))
        .isInstanceOfSatisfying(
            Refusal.class, refusal -> assertThat(refusal.failure().field()).isEqualTo(field));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "responses | {\"input\" : \"ü\", \"model\":\"m\" , \"new\":1.50} | {\"input\" : \"ü\","
            + " \"model\":\"n\" , \"new\":1.50}",
        "gemini    | {\"contents\" : [ ], \"model\":\"m\"}               | {\"contents\" : [ ],"
            + " \"model\":\"m\"}",
      })
  void onlyTheNameChanges(String name, String body, String renamed) throws Refusal {
    Protocol protocol = protocol(name);
    Call call = new Call(Call.Operation.GENERATE, "m", Boolean.FALSE);
    assertThat(protocol.rename(protocol.ask(call, utf8(body)), "n")).isEqualTo(utf8(renamed));
  }
}
