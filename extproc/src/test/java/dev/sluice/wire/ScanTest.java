package dev.sluice.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Words in bytes, wherever they stand. */
final class ScanTest {
  private static final Scan SCAN = new Scan('b', utf8("abca"), utf8("bb"), utf8("ccccccccb"));

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static boolean is(String text) {
    return text.contains("abca") || text.contains("bb") || text.contains("ccccccccb");
  }

  /** Of three letters, so that words and halves of words are all over. */
  @Property(tries = 3000)
  void anyText(@ForAll @CharRange(from = 'a', to = 'c') @StringLength(max = 40) String text) {
    assertThat(SCAN.in(utf8(text))).isEqualTo(is(text));
  }

  @Property(tries = 1000)
  void anyBytes(@ForAll byte[] bytes) {
    assertThat(SCAN.in(bytes)).isEqualTo(is(new String(bytes, StandardCharsets.ISO_8859_1)));
  }

  @Property(tries = 300)
  void anyPlace(@ForAll @IntRange(max = 70) int before, @ForAll @IntRange(max = 20) int after) {
    byte[] bytes = utf8("\u00e9".repeat(before) + "abca" + "\u00ff".repeat(after));
    assertThat(SCAN.in(bytes)).isTrue();
    bytes[2 * before + 2] = 'x';
    assertThat(SCAN.in(bytes)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "b", "abc", "bca", "abcabc", "\u0001b\u0001b", "xxxxxxxbxxxxxxxb"})
  void halvesOfWords(String text) {
    assertThat(SCAN.in(utf8(text))).isEqualTo(is(text));
  }
}
