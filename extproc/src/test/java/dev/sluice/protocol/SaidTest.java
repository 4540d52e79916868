package dev.sluice.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.conversation.Usage;
import dev.sluice.protocol.chat.Chat;
import dev.sluice.protocol.gemini.Gemini;
import dev.sluice.protocol.messages.Messages;
import dev.sluice.protocol.responses.Responses;
import dev.sluice.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the last values at a stream's paths say, and the usage of whole and unread answers. */
final class SaidTest {
  private static final Carrier CARRIER = new Carrier(() -> new byte[] {1});

  private static Protocol protocol(String name) {
    return switch (name) {
      case "chat" -> new Chat(CARRIER);
      case "messages" -> new Messages(CARRIER);
      case "responses" -> new Responses(CARRIER);
      default -> new Gemini(CARRIER);
    };
  }

  private static String text(@Nullable Usage usage) {
    return usage == null
        ? "nothing"
        : usage.input() + "+" + usage.cacheRead() + "+" + usage.cacheWrite() + "/" + usage.output();
  }

  private static Map<String, String> parts(String json) throws Exception {
    var parts = new LinkedHashMap<String, String>();
    ((Json.Obj) Json.parse(json))
        .members()
        .forEach(
            (path, value) ->
                parts.put(path, value instanceof Json.Str(String text) ? text : value.text()));
    return parts;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "chat | {} | nothing CUT",
        "chat | {\"finish\":\"stop\"} | nothing WHOLE",
        "chat |"
            + " {\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4,\"prompt_tokens_details\":{\"cached_tokens\":2}}}"
            + " | 7+2+0/4 WHOLE",
        "chat | {\"usage\":{\"prompt_tokens\":9},\"error\":\"true\"} | 9+0+0/0 CUT",
        "messages |"
            + " {\"message.usage\":{\"input_tokens\":3,\"cache_read_input_tokens\":5,\"cache_creation_input_tokens\":2,\"output_tokens\":1}}"
            + " | 3+5+2/1 CUT",
        "messages |"
            + " {\"message.usage\":{\"input_tokens\":3,\"output_tokens\":1},\"usage\":{\"output_tokens\":40},\"delta.stop_reason\":\"end_turn\"}"
            + " | 3+0+0/40 WHOLE",
        "messages |"
            + " {\"message.usage\":{\"input_tokens\":3},\"usage\":{\"input_tokens\":6,\"output_tokens\":40},\"delta.stop_reason\":\"end_turn\",\"error\":\"true\"}"
            + " | 6+0+0/40 CUT",
        "responses | {\"response.status\":\"in_progress\"} | nothing CUT",
        "responses | {\"response.status\":\"failed\",\"response.usage\":{\"input_tokens\":5}} |"
            + " 5+0+0/0 CUT",
        "responses |"
            + " {\"response.status\":\"completed\",\"response.usage\":{\"input_tokens\":5,\"output_tokens\":6,\"input_tokens_details\":{\"cached_tokens\":1,\"cache_write_tokens\":3}}}"
            + " | 1+1+3/6 WHOLE",
        "responses |"
            + " {\"response.status\":\"incomplete\",\"response.usage\":{\"input_tokens\":5,\"output_tokens\":6}}"
            + " | 5+0+0/6 WHOLE",
        "gemini |"
            + " {\"usageMetadata\":{\"promptTokenCount\":8,\"cachedContentTokenCount\":3,\"candidatesTokenCount\":2,\"thoughtsTokenCount\":4}}"
            + " | 5+3+0/6 CUT",
        "gemini | {\"usageMetadata\":{\"promptTokenCount\":8},\"finish\":\"STOP\"} | 8+0+0/0 WHOLE",
        "gemini | {\"usageMetadata\":\"no JSON\",\"error\":\"true\"} | nothing CUT"
      })
  void theLastValuesOfAStream(String name, String json, String expected) throws Exception {
    Said said = protocol(name).said(parts(json));
    assertThat(text(said.usage()) + " " + said.end()).isEqualTo(expected);
    assertThat(said.current()).isEqualTo(name.equals("gemini"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "chat | {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4}} | 9+0+0/4",
        "messages |"
            + " {\"content\":[{\"usage\":1}],\"usage\":{\"input_tokens\":9,\"output_tokens\":4}} |"
            + " 9+0+0/4",
        "responses | {\"usage\":{\"input_tokens\":9,\"output_tokens\":4},\"output\":[]} | 9+0+0/4",
        "responses | {\"status\":\"queued\",\"usage\":null} | nothing",
        "gemini | {\"usageMetadata\":{\"promptTokenCount\":9,\"candidatesTokenCount\":4}} |"
            + " 9+0+0/4",
        "gemini | {\"usage_metadata\":{\"prompt_token_count\":9,\"candidates_token_count\":4}} |"
            + " 9+0+0/4",
        "chat | {\"choices\":[],\"usage\":{}} | nothing"
      })
  void theUsageOfAWholeAnswer(String name, String json, String expected) {
    Gauge gauge = protocol(name).gauge();
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    assertThat(gauge.pass(bytes, true)).isSameAs(bytes);
    assertThat(text(gauge.count().usage())).isEqualTo(expected);
  }

  /** Beside what the same request's model counts. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"model\":\"gpt\",\"messages\":[{\"role\":\"user\",\"content\":\"four words are here\"}]}"
            + " | 5 | 15",
        "{\"m\":\"日本語\"} | 3 | 4",
        "{\"m\":\"größe\"} | 2 | 2",
        "{\"m\":\"a \\\"quoted\\\" word\"} | 4 | 5",
        "{\"n\":123456789} | 1 | 1",
        " | 1 | 1"
      })
  void anUnreadBodyIsEstimatedByItsTexts(@Nullable String json, long least, long most) {
    byte[] bytes = json == null ? new byte[0] : json.getBytes(StandardCharsets.UTF_8);
    assertThat(Estimate.of(bytes)).isBetween(least, most);
  }

  @ParameterizedTest
  @CsvSource({"100, 25, 30", "4000, 100, 130", "4000000, 1600, 1610"})
  void dataAreNoWords(int length, long least, long most) {
    byte[] bytes =
        ("{\"data\":\"" + "aB3/".repeat(length / 4) + "\"}").getBytes(StandardCharsets.UTF_8);
    assertThat(Estimate.of(bytes)).isBetween(least, most);
  }
}
