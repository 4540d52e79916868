package dev.sluice.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.protocol.chat.Chat;
import dev.sluice.protocol.gemini.Gemini;
import dev.sluice.protocol.messages.Messages;
import dev.sluice.protocol.responses.Responses;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/** What a glance at a request tells of its conversation and its size. */
final class GistTest {
  private static final Carrier CARRIER = new Carrier(() -> new byte[] {1});
  private static final Protocol CHAT = new Chat(CARRIER);
  private static final Protocol MESSAGES = new Messages(CARRIER);
  private static final Protocol RESPONSES = new Responses(CARRIER);
  private static final Protocol GEMINI = new Gemini(CARRIER);

  private static Gist gist(Protocol protocol, String body) {
    var call = new Call(Call.Operation.GENERATE, protocol.equals(GEMINI) ? "m" : null, false);
    try {
      return protocol.ask(call, body.getBytes(StandardCharsets.UTF_8)).gist();
    } catch (Refusal refusal) {
      throw new AssertionError(refusal.failure().message(), refusal);
    }
  }

  static final List<Arguments> NAMED =
      List.of(
          Arguments.of(CHAT, "{'model':'m','messages':[],'prompt_cache_key':'k'}", "k", "", 0),
          Arguments.of(CHAT, "{'model':'m','messages':[],'user':'u','max_tokens':7}", "", "u", 7),
          Arguments.of(
              CHAT,
              "{'model':'m','messages':[],'user':'u','safety_identifier':'s',"
                  + "'max_completion_tokens':9,'max_tokens':7}",
              "",
              "s",
              9),
          Arguments.of(
              MESSAGES,
              "{'model':'m','max_tokens':5,'messages':[],'metadata':{'a':[1],'user_id':'me'}}",
              "me",
              "",
              5),
          Arguments.of(
              MESSAGES, "{'model':'m','max_tokens':5,'messages':[],'metadata':{}}", "", "", 5),
          Arguments.of(RESPONSES, "{'model':'m','input':'x','conversation':'c'}", "c", "", 0),
          Arguments.of(
              RESPONSES,
              "{'model':'m','input':'x','conversation':{'id':'c'},'max_output_tokens':3}",
              "c",
              "",
              3),
          Arguments.of(
              GEMINI,
              "{'contents':[],'cachedContent':'cachedContents/1',"
                  + "'generationConfig':{'topK':1,'maxOutputTokens':8}}",
              "cachedContents/1",
              "",
              8));

  @ParameterizedTest
  @FieldSource("NAMED")
  void theClientsOwnWords(
      Protocol protocol, String body, String conversation, String person, long answer) {
    Gist gist = gist(protocol, body.replace('\'', '"'));
    assertThat(gist.conversation()).isEqualTo(conversation);
    assertThat(gist.person()).isEqualTo(person);
    assertThat(gist.answerTokens()).isEqualTo(answer);
  }

  /** One conversation on its first and on a later turn, and two that begin otherwise. */
  record Opening(Protocol protocol, String first, String later, List<String> others) {}

  static final List<Opening> OPENINGS =
      List.of(
          new Opening(
              CHAT,
              "{'model':'m','messages':[{'role':'system','content':'s'},{'role':'user','content':'a'}]}",
              "{'model':'m','messages':[{'role':'system','content':'s'},{'role':'user','content':'a'},"
                  + "{'role':'assistant','content':'b'},{'role':'user','content':'c'}]}",
              List.of(
                  "{'model':'m','messages':[{'role':'system','content':'t'},{'role':'user','content':'a'}]}",
                  "{'model':'m','messages':[{'role':'system','content':'s'},{'role':'user','content':'b'}]}")),
          new Opening(
              MESSAGES,
              "{'model':'m','max_tokens':1,'system':'s','messages':[{'role':'user','content':'a'}]}",
              "{'model':'m','max_tokens':1,'messages':[{'role':'user','content':'a'},"
                  + "{'role':'assistant','content':'b'}],'system':'s'}",
              List.of(
                  "{'model':'m','max_tokens':1,'system':'t','messages':[{'role':'user','content':'a'}]}",
                  "{'model':'m','max_tokens':1,'messages':[{'role':'user','content':'a'}]}")),
          new Opening(
              RESPONSES,
              "{'model':'m','instructions':'s','input':[{'role':'user','content':'a'}]}",
              "{'model':'m','instructions':'s','input':[{'role':'user','content':'a'},"
                  + "{'type':'reasoning'},{'role':'user','content':'b'}]}",
              List.of("{'model':'m','instructions':'s','input':'a'}")),
          new Opening(
              GEMINI,
              "{'systemInstruction':{'parts':[{'text':'s'}]},'contents':[{'parts':[{'text':'a'}]}]}",
              "{'systemInstruction':{'parts':[{'text':'s'}]},'contents':[{'parts':[{'text':'a'}]},"
                  + "{'role':'model','parts':[]}]}",
              List.of("{'contents':[{'parts':[{'text':'b'}]}]}")));

  @ParameterizedTest
  @FieldSource("OPENINGS")
  void aConversationIsKnownByItsOpening(Opening opening) {
    long first = gist(opening.protocol(), opening.first().replace('\'', '"')).opening();
    assertThat(gist(opening.protocol(), opening.later().replace('\'', '"')).opening())
        .isEqualTo(first)
        .isNotZero();
    for (String other : opening.others()) {
      assertThat(gist(opening.protocol(), other.replace('\'', '"')).opening()).isNotEqualTo(first);
    }
  }

  /** Of long first words the beginning counts, wherever it is cut. */
  @Test
  void longFirstWords() {
    String body = "{'model':'m','messages':[{'role':'user','content':'%s'}%s]}";
    for (int size = 8_100; size < 8_200; size++) {
      String words = "é\\\\".repeat(5) + "x".repeat(size) + " end";
      long first = opening(body.formatted(words, ""));
      assertThat(opening(body.formatted(words, ",{'role':'assistant','content':'y'}")))
          .as("%d", size)
          .isEqualTo(first);
      assertThat(opening(body.formatted("z" + words, ""))).as("%d", size).isNotEqualTo(first);
    }
    String many = "x".repeat(100_000);
    assertThat(opening(body.formatted(many + "y", "")))
        .isEqualTo(opening(body.formatted(many + "z", "")));
  }

  private static long opening(String body) {
    return gist(CHAT, body.replace('\'', '"')).opening();
  }

  @Test
  void picturesCountAsPictures() {
    String words = "lorem ipsum ".repeat(10_000);
    String picture = "aB3/".repeat(250_000);
    String body = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]}";
    assertThat(gist(CHAT, body.formatted(words)).promptTokens()).isBetween(30_000L, 30_020L);
    assertThat(gist(CHAT, body.formatted(words + " " + picture)).promptTokens())
        .isBetween(31_600L, 31_620L);
    assertThat(gist(CHAT, body.formatted(picture + " " + picture)).promptTokens())
        .isBetween(3_200L, 3_220L);
  }
}
