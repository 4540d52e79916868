package dev.sluice.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One member of an object that comes in pieces. */
final class MemberTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"usage\":{\"a\":1}}                                   | {\"a\":1}",
        "{ \"x\" : [1,{\"usage\":2}] , \"usage\" : {\"a\":[1,2]} } | {\"a\":[1,2]}",
        "{\"text\":\"\\\"usage\\\":{\\\"a\\\":9}\",\"usage\":3}  | 3",
        "{\"usage\":null,\"usage\":{\"a\":2},\"z\":\"}\"}        | {\"a\":2}",
        "{\"uses\":{\"a\":1},\"usage_metadata\":\"}{\"}          | \"}{\"",
        "{\"x\":{\"usage\":{\"a\":1}}}                           | none",
        "{\"a\":\"long, and \\\"usage\\\":{\\\"a\\\":1} \\\\\",\"usage\":4,\"b\":\"it goes on and"
            + " on\"} | 4",
        "{\"a\":[{\"long enough\":\"gr\u00fc\u00dfe, \\\\\\\"usage\\\\\"}],\"usage\":\"a text of"
            + " some length\"} | \"a text of some length\"",
        "{\"usage\":{\"a\":1                                     | none",
        "not JSON at all                                         | none",
        "{\"usage\":{\"a\":oops}}                                | none"
      })
  void itIsFoundHoweverTheBytesAreCut(String json, String expected) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    for (int size = 1; size <= bytes.length; size++) {
      var member = new Member(Set.of("usage", "usage_metadata"));
      for (int from = 0; from < bytes.length; from += size) {
        member.feed(Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + size)));
      }
      Json value = member.value();
      assertThat(value == null ? "none" : value.text()).as("cut by " + size).isEqualTo(expected);
    }
  }
}
