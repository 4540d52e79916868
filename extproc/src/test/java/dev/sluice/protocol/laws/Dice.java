package dev.sluice.protocol.laws;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.RandomDistribution;

/**
 * Choices drawn from bytes, so that a property's and a fuzzer's input are the same thing and what
 * shrinks are the bytes. Where they are used up every choice is the first, which is the simplest.
 */
final class Dice {
  private static final List<String> TEXTS =
      List.of(
          "a",
          "",
          "ü🙂",
          "two\nlines",
          "data: {\"x\":1}\r\n\r\n",
          "\"quoted\\\" {[",
          " ",
          "\u0000\u2028\uFEFF",
          "event: error",
          "[DONE]",
          "long ".repeat(40));
  private static final List<String> NAMES = List.of("a", "get_weather", "x-1", "Read");

  private final byte[] bytes;
  private int at;

  Dice(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Up to {@code most} bytes to draw from. */
  static Arbitrary<byte[]> bytes(int most) {
    return Arbitraries.bytes()
        .withDistribution(RandomDistribution.uniform())
        .list()
        .ofMaxSize(most)
        .withSizeDistribution(RandomDistribution.uniform())
        .map(
            list -> {
              var bytes = new byte[list.size()];
              for (int i = 0; i < bytes.length; i++) {
                bytes[i] = list.get(i);
              }
              return bytes;
            });
  }

  /** A number from 0 to {@code sides} exclusive. */
  int roll(int sides) {
    if (at >= bytes.length || sides < 2) {
      return 0;
    }
    int value = Byte.toUnsignedInt(bytes[at++]);
    if (sides > 256 && at < bytes.length) {
      value = value << 8 | Byte.toUnsignedInt(bytes[at++]);
    }
    return value % sides;
  }

  boolean over() {
    return at >= bytes.length;
  }

  /** True one time in {@code of}; never where the bytes are used up. */
  boolean once(int of) {
    return roll(of) == of - 1;
  }

  boolean half() {
    return once(2);
  }

  @SafeVarargs
  final <T> T of(T... values) {
    return values[roll(values.length)];
  }

  <T> T of(List<T> values) {
    return values.get(roll(values.size()));
  }

  String text() {
    return of(TEXTS);
  }

  /** A text that says something, without NUL and blanks alone. */
  String words() {
    return of("a", "ü🙂", "two\nlines", "b c", "\"quoted\\\" {[", "data: x", "long ".repeat(40));
  }

  String name() {
    return of(NAMES);
  }

  /** A JSON object's text as a model writes it. */
  String arguments() {
    return of("{}", "{\"a\":1.50}", "{\"path\":\"ü\\n\",\"deep\":[null,{\"b\":true}]}");
  }

  String number() {
    return of("1", "0", "0.5", "1.0", "0.70", "1e-1");
  }

  String base64() {
    return of("AAAA", "UklGRg==", "aGVsbG8=");
  }
}
