package dev.sluice.protocol.messages;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.conversation.Loss;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Call;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Written;
import dev.sluice.protocol.chat.Chat;
import dev.sluice.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The beginning of an answer, of which newer models take none. */
final class PrefillTest {
  private static final Carrier CARRIER = new Carrier(() -> new byte[] {1});

  @ParameterizedTest
  @CsvSource({
    "claude-3-5-sonnet-20241022, , false",
    "claude-sonnet-4-5, , false",
    "claude-sonnet-4-5, high, true",
    "claude-opus-4-6, , true",
    "claude-sonnet-4-6, , true",
    "claude-opus-4-7, , true",
  })
  void whoIsAskedToGoOn(String model, String effort, boolean asked) throws Exception {
    String body =
        """
        {"model": "m"%s, "messages": [{"role": "user", "content": "Sing"},
          {"role": "assistant", "content": "La la \\n"}]}
        """
            .formatted(effort == null ? "" : ", \"reasoning_effort\": \"" + effort + "\"");
    var ask =
        new Ask(
            new Call(Call.Operation.GENERATE, null, null),
            "m",
            false,
            body.getBytes(StandardCharsets.UTF_8));
    Written written =
        new Messages(CARRIER)
            .write(new Chat(CARRIER).read(ask), new Protocol.Target(model, false, "a"));
    List<Json> messages = ((Json.Obj) Json.parse(written.bytes())).items("messages");
    var last = (Json.Obj) messages.getLast();
    assertThat(last.text("role")).isEqualTo(asked ? "user" : "assistant");
    assertThat(((Json.Obj) messages.get(1)).text("content"))
        .isEqualTo(asked ? "La la \n" : "La la");
    assertThat(written.losses().stream().map(Loss::field).toList())
        .isEqualTo(asked ? List.of("messages[1]") : List.of());
  }
}
