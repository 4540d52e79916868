package dev.sluice.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bytes that are written are those that Jackson writes, and what it reads is read alike. */
final class WritingTest {
  private static final JsonFactory JACKSON = new JsonFactory();
  private static final int VALUES = 20_000;

  /** Any value. */
  static Json value(SplittableRandom random, int depth) {
    return switch (random.nextInt(depth > 4 ? 5 : 7)) {
      case 0 -> Json.nil();
      case 1 -> Json.of(random.nextBoolean());
      case 2 -> Json.of(random.nextLong());
      case 3, 4 -> Json.of(text(random));
      case 5 ->
          Json.array(
              Stream.generate(() -> value(random, depth + 1))
                  .limit(random.nextInt(4))
                  .toArray(Json[]::new));
      default -> {
        var members = new LinkedHashMap<String, Json>();
        IntStream.range(0, random.nextInt(4))
            .forEach(_ -> members.put(text(random), value(random, depth + 1)));
        yield new Json.Obj(members);
      }
    };
  }

  /** Of all planes, with what must be escaped and surrogates that stand alone. */
  private static String text(SplittableRandom random) {
    var text = new StringBuilder();
    for (int i = random.nextInt(12); i > 0; i--) {
      switch (random.nextInt(6)) {
        case 0 -> text.append((char) random.nextInt(0x20));
        case 1 -> text.append(random.nextBoolean() ? '"' : '\\');
        case 2 -> text.appendCodePoint(random.nextInt(0x10000, 0x110000));
        case 3 -> text.append((char) random.nextInt(0x10000));
        default -> text.append((char) random.nextInt(0x20, 0x80));
      }
    }
    return text.toString();
  }

  private static byte[] jackson(Json json) throws IOException {
    var text = new StringWriter();
    try (JsonGenerator to = JACKSON.createGenerator(text)) {
      jackson(json, to);
    }
    return text.toString().getBytes(UTF_8);
  }

  private static void jackson(Json json, JsonGenerator to) throws IOException {
    switch (json) {
      case Json.Obj(var members) -> {
        to.writeStartObject();
        for (var member : members.entrySet()) {
          to.writeFieldName(member.getKey());
          jackson(member.getValue(), to);
        }
        to.writeEndObject();
      }
      case Json.Arr(var items) -> {
        to.writeStartArray();
        for (Json item : items) {
          jackson(item, to);
        }
        to.writeEndArray();
      }
      case Json.Str(String value) -> to.writeString(value);
      case Json.Num(String lexeme) -> to.writeNumber(lexeme);
      case Json.Bool(boolean value) -> to.writeBoolean(value);
      case Json.Null() -> to.writeNull();
    }
  }

  @Test
  void whatJacksonWrites() throws IOException {
    var random = new SplittableRandom(7);
    for (int i = 0; i < VALUES; i++) {
      Json json = value(random, 0);
      assertThat(json.bytes()).as(json.text()).isEqualTo(jackson(json));
    }
  }

  /** What is encoded in slices is cut between two characters. */
  @Test
  void longTexts() throws IOException {
    var random = new SplittableRandom(8);
    for (int size : new int[] {16_383, 16_384, 16_385, 32_767, 32_768, 50_000}) {
      for (String end : List.of("", "\uD83D\uDE00", "\uD83D", "\uDE00", "\"", "\u00e4\u4e00")) {
        for (int shift = 0; shift < 3; shift++) {
          Json json = Json.of("x".repeat(size - shift) + end + text(random) + "y".repeat(80_000));
          assertThat(json.bytes()).as(size + end).isEqualTo(jackson(json));
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 0, 6", "3, 0, 6", "6, 0, 6", "7, 7, 13", "9, 7, 13", "13, 7, 13", "14, 14, 14"})
  void aRunOfBase64(int place, int start, int end) {
    byte[] bytes = "ab+/=_ Zz09-=\"".getBytes(UTF_8);
    assertThat(Base64.start(bytes, place)).isEqualTo(start);
    assertThat(Base64.end(bytes, place)).isEqualTo(end);
  }
}
