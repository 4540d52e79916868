package dev.sluice.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MentionsTest {
  @ParameterizedTest(name = "{1}: {0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "1 | {'mimeType':'image/png'}",
        "1 | {'mimeType' : ¶ 'image/png', 'data':'x'}",
        "2 | [{'a':{'mimeType':'image/png'}},{'a':[{'mime_type':'image/jpeg'}]}]",
        "2 | data: {'mimeType':'image/png'}¶¶data: {'mimeType':'image/png'}¶¶",
        "0 | {'mimeType':'audio/wav'}",
        "0 | {'text':'image/png'}",
        "0 | {'mimeType':null,'text':'image/png'}",
        "0 | {'mimeType':['image/png']}",
        "0 | {'text':'mimeType','other':'image/png'}",
        "0 | {'text':'\\'mimeType\\':\\'image/png\\''}",
        "0 | {'text':'a \\\\','b':'\\'mimeType\\':', 'c':'image/png'}",
        "1 | {'text':'\\\\','mimeType':'image/png'}",
        "0 | {'mimeType':'image'",
      })
  void countsTheMembersHoweverTheyAreCut(int count, String json) {
    byte[] bytes = json.replace('\'', '"').replace('¶', '\n').getBytes(StandardCharsets.UTF_8);
    for (int piece = 1; piece <= bytes.length; piece++) {
      var mentions = new Mentions(Set.of("mimeType", "mime_type"), "image/");
      for (int from = 0; from < bytes.length; from += piece) {
        mentions.feed(
            java.util.Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + piece)));
      }
      assertThat(mentions.count()).isEqualTo(count);
    }
  }
}
