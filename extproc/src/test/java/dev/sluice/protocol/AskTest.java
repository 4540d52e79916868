package dev.sluice.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.protocol.chat.Chat;
import dev.sluice.protocol.gemini.Gemini;
import dev.sluice.protocol.messages.Messages;
import dev.sluice.protocol.responses.Responses;
import dev.sluice.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** What a request says beside its conversation, which is not read again for its answer. */
final class AskTest {
  private static final Carrier CARRIER = new Carrier(() -> new byte[] {1});

  static final List<Arguments> BODIES =
      List.of(
          Arguments.of(
              new Chat(CARRIER),
              "{'model':'m', 'messages' : [{'role':'user','content':'x'}] ,'tools':[{'a':[1]}]}",
              "{'model':'m','messages':null,'tools':[{'a':[1]}]}"),
          Arguments.of(
              new Messages(CARRIER),
              "{'max_tokens':5,'model':'m','messages':[1]}",
              "{'max_tokens':5,'model':'m','messages':null}"),
          Arguments.of(
              new Responses(CARRIER),
              "{'model':'m','input':'x','metadata':{'input':'y'}}",
              "{'model':'m','input':null,'metadata':{'input':'y'}}"),
          Arguments.of(
              new Responses(CARRIER),
              "{'model':'m','previous_response_id':'r'}",
              "{'model':'m','previous_response_id':'r'}"),
          Arguments.of(
              new Gemini(CARRIER),
              "{'contents':[{'parts':[]}],'generationConfig':{'topK':1}}",
              "{'contents':null,'generationConfig':{'topK':1}}"));

  @ParameterizedTest
  @FieldSource("BODIES")
  void allButTheTurns(Protocol protocol, String body, String around) throws Refusal {
    var call = new Call(Call.Operation.GENERATE, "m", false);
    Json.Obj said = protocol.ask(call, bytes(body)).around();
    assertThat(said == null ? "" : said.text()).isEqualTo(around.replace('\'', '"'));
  }

  @Test
  void noObject() {
    var call = new Call(Call.Operation.GENERATE, null, null);
    for (String body : List.of("", "[1]", "{'a':", "{'model':'m'} x")) {
      assertThat(new Ask(call, "m", false, bytes(body)).around()).as(body).isNull();
    }
  }

  private static byte[] bytes(String body) {
    return body.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
  }
}
