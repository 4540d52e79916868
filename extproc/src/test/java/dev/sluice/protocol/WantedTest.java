package dev.sluice.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Block.Kind;
import dev.sluice.conversation.Block.Source.Inline;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Request;
import dev.sluice.protocol.chat.Chat;
import dev.sluice.protocol.gemini.Gemini;
import dev.sluice.protocol.messages.Messages;
import dev.sluice.protocol.responses.Responses;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which media by an address a provider takes only as bytes, and what becomes of them. */
final class WantedTest {
  private static final Carrier CARRIER = new Carrier(() -> Tokens.KEY);

  private static Protocol.Translator of(Origin origin) {
    return switch (origin) {
      case CHAT -> new Chat(CARRIER);
      case RESPONSES -> new Responses(CARRIER);
      case MESSAGES -> new Messages(CARRIER);
      case GEMINI -> new Gemini(CARRIER);
    };
  }

  private static Protocol.Target target(String model) {
    return new Protocol.Target(model, false, "issuer");
  }

  @ParameterizedTest
  @CsvSource({
    "CHAT, gpt-5.4, IMAGE, https://h/a.png, false",
    "CHAT, gpt-5.4, AUDIO, https://h/a.mp3, true",
    "CHAT, gpt-5.4, DOCUMENT, https://h/a.pdf, true",
    "CHAT, gpt-5.4, VIDEO, https://h/a.mp4, false",
    "RESPONSES, gpt-5.4, IMAGE, https://h/a.png, false",
    "RESPONSES, gpt-5.4, DOCUMENT, https://h/a.pdf, false",
    "RESPONSES, gpt-5.4, AUDIO, https://h/a.mp3, false",
    "MESSAGES, claude-sonnet-4-6, IMAGE, https://h/a.png, false",
    "MESSAGES, claude-sonnet-4-6, IMAGE, http://h/a.png, true",
    "MESSAGES, claude-sonnet-4-6, DOCUMENT, https://h/a.pdf, false",
    "MESSAGES, claude-sonnet-4-6, DOCUMENT, https://h/a, false",
    "MESSAGES, claude-sonnet-4-6, DOCUMENT, https://h/a.txt?v=1, true",
    "MESSAGES, claude-sonnet-4-6, AUDIO, https://h/a.mp3, false",
    "GEMINI, gemini-3-pro, IMAGE, https://h/a.png, false",
    "GEMINI, gemini-3-pro, AUDIO, https://h/a.mp3, true",
    "GEMINI, gemini-3-pro, VIDEO, https://h/a.mp4, true",
    "GEMINI, gemini-3-pro, VIDEO, https://youtu.be/x, false",
    "GEMINI, gemini-2.0-flash, IMAGE, https://h/a.png, true",
    "GEMINI, gemini-2.0-flash, DOCUMENT, http://h/a.pdf, true",
    "GEMINI, gemini-2.0-flash, DOCUMENT, gs://bucket/a.pdf, false",
  })
  void aMedium(Origin to, String model, Kind kind, String url, boolean wanted) {
    assertThat(of(to).takesBytesAlone(kind, url, target(model))).isEqualTo(wanted);
  }

  /** From a client of Messages, with a document in each place where there may be one. */
  private static Request request() throws Refusal {
    return read(
        Origin.MESSAGES,
        """
        {"model": "m", "max_tokens": 9, "messages": [
          {"role": "user", "content": [
            {"type": "document", "source": {"type": "url", "url": "https://h/a.pdf"}}]},
          {"role": "assistant", "content": [
            {"type": "document", "source": {"type": "url", "url": "https://h/not.pdf"}},
            {"type": "tool_use", "id": "t", "name": "look", "input": {}}]},
          {"role": "user", "content": [{"type": "tool_result", "tool_use_id": "t", "content": [
            {"type": "text", "text": "here"},
            {"type": "document", "source": {"type": "url", "url": "https://h/b.pdf"}}]},
            {"type": "document", "source": {"type": "url", "url": "https://h/a.pdf"}}]}]}
        """);
  }

  private static Request read(Origin from, String body) throws Refusal {
    return of(from)
        .read(
            new Ask(
                new Call(Call.Operation.GENERATE, "m", null),
                "m",
                false,
                body.getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void everyPlaceOfTheUsersSide() throws Exception {
    assertThat(Wanted.of(request(), of(Origin.CHAT), target("gpt-5.4")))
        .containsExactly(
            new Wanted("https://h/a.pdf", Kind.DOCUMENT, "messages[0].content[0]"),
            new Wanted("https://h/b.pdf", Kind.DOCUMENT, "messages[2].content[0].content[1]"),
            new Wanted("https://h/a.pdf", Kind.DOCUMENT, "messages[2].content[1]"));
  }

  @Test
  void theirBytesAreWrittenInTheirPlaces() throws Exception {
    Request request =
        request()
            .inline(
                Map.of(
                    "https://h/a.pdf", new Inline("application/pdf", "QQ=="),
                    "https://h/b.pdf", new Inline("application/pdf", "Qg==")));
    Written written = of(Origin.CHAT).write(request, target("gpt-5.4"));
    String text = new String(written.bytes(), StandardCharsets.UTF_8);
    assertThat(text).doesNotContain("https://");
    assertThat(text.split("data:application/pdf;base64,QQ==", -1)).hasSize(3);
    assertThat(text.split("data:application/pdf;base64,Qg==", -1)).hasSize(2);
    assertThat(written.losses()).extracting(Loss::field).containsExactly("messages[1].content[0]");
  }

  @Test
  void whatTurnsOutToBeAPictureIsOne() throws Exception {
    Request request =
        read(
                Origin.GEMINI,
                """
                {"contents": [{"role": "user", "parts": [
                  {"fileData": {"fileUri": "https://h/a"}}]}]}
                """)
            .inline(Map.of("https://h/a", new Inline("image/png", "QQ==")));
    assertThat(request.turns().getFirst().blocks())
        .isEqualTo(
            List.of(
                new Block.Media(
                    Kind.IMAGE, new Inline("image/png", "QQ=="), null, null, null, null)));
  }
}
