package dev.sluice.wire;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Jackson takes is read as it reads it, and what it does not take is malformed. */
final class ReadingTest {
  private static final int VALUES = 60_000;

  private static final JsonFactory JACKSON =
      JsonFactory.builder().disable(JsonFactory.Feature.CHARSET_DETECTION).build();

  private static @Nullable Json jackson(byte[] bytes) throws IOException {
    try (JsonParser parser = JACKSON.createParser(bytes)) {
      JsonToken token = parser.nextToken();
      if (token == null) {
        return null;
      }
      Json value = jackson(parser, token);
      return parser.nextToken() == null ? value : null;
    } catch (JsonProcessingException e) {
      return null;
    }
  }

  private static Json jackson(JsonParser parser, JsonToken token) throws IOException {
    return switch (token) {
      case START_OBJECT -> {
        var members = new LinkedHashMap<String, Json>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
          String name = parser.currentName();
          members.put(name, jackson(parser, parser.nextToken()));
        }
        yield new Json.Obj(members);
      }
      case START_ARRAY -> {
        var items = new ArrayList<Json>();
        for (JsonToken t = parser.nextToken(); t != JsonToken.END_ARRAY; t = parser.nextToken()) {
          items.add(jackson(parser, t));
        }
        yield new Json.Arr(items);
      }
      case VALUE_STRING -> Json.of(parser.getText());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Json.Num(parser.getText());
      case VALUE_TRUE -> Json.of(true);
      case VALUE_FALSE -> Json.of(false);
      default -> Json.nil();
    };
  }

  private static @Nullable Json ours(byte[] bytes) {
    try {
      return Json.parse(bytes);
    } catch (Malformed e) {
      return null;
    }
  }

  private static boolean passed(byte[] bytes) {
    try {
      var reading = new Reading(bytes);
      reading.skip();
      reading.end("value");
      return true;
    } catch (Malformed e) {
      return false;
    }
  }

  /** Some bytes changed for others that mean something, cut out, or put in. */
  private static byte[] damaged(byte[] bytes, SplittableRandom random) {
    byte[] from = " \t\n{}[]:,\"\\/bu019-+.eEtfn\u00fc\u0001".getBytes(UTF_8);
    byte[] damaged = bytes.clone();
    for (int i = random.nextInt(3); i >= 0 && damaged.length > 0; i--) {
      int at = random.nextInt(damaged.length);
      byte b = from[random.nextInt(from.length)];
      switch (random.nextInt(3)) {
        case 0 -> damaged[at] = b;
        case 1 -> {
          byte[] rest = Arrays.copyOfRange(damaged, at + 1, damaged.length);
          damaged = Arrays.copyOf(damaged, damaged.length - 1);
          System.arraycopy(rest, 0, damaged, at, rest.length);
        }
        default -> {
          byte[] more = Arrays.copyOf(damaged, damaged.length + 1);
          System.arraycopy(damaged, at, more, at + 1, damaged.length - at);
          more[at] = b;
          damaged = more;
        }
      }
    }
    return damaged;
  }

  @Test
  void whatJacksonReads() throws IOException {
    var random = new SplittableRandom(11);
    int good = 0;
    int bad = 0;
    for (int i = 0; i < VALUES; i++) {
      byte[] bytes = WritingTest.value(random, 0).bytes();
      if (i % 4 != 0) {
        bytes = damaged(bytes, random);
      }
      Json theirs = jackson(bytes);
      assertThat(ours(bytes)).as(new String(bytes, UTF_8)).isEqualTo(theirs);
      assertThat(passed(bytes)).as(new String(bytes, UTF_8)).isEqualTo(theirs != null);
      if (theirs == null) {
        bad++;
      } else {
        good++;
      }
    }
    assertThat(good).isGreaterThan(VALUES / 4);
    assertThat(bad).isGreaterThan(VALUES / 4);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "é🙂/\b\f\n\r\t\"\\ and a long one behind",
        "eight or more, then é and 日本語 and more of it",
        "\ud83d alone"
      })
  void aText(String text) throws Exception {
    var escaped = new StringBuilder();
    text.chars().forEach(c -> escaped.append("\\u%04x".formatted(c)));
    assertThat(Json.parse("[\"" + escaped + "\"]")).isEqualTo(Json.array(Json.of(text)));
    byte[] written = Json.of(text).bytes();
    assertThat(Json.parse(written).bytes()).isEqualTo(written);
  }

  @ParameterizedTest
  @ValueSource(ints = {0xff, 0xc3, 0xe2, 0xf0, 0x80, 0x1f, 0x00})
  void bytesThatAreNoText(int b) {
    byte[] bytes = "[\"abcdefghij.klmnop\"]".getBytes(StandardCharsets.US_ASCII);
    bytes[12] = (byte) b;
    assertThatThrownBy(() -> Json.parse(bytes)).isInstanceOf(Malformed.class);
  }

  @Test
  void ofMembersWithOneNameTheLastCounts() throws Exception {
    assertThat(Json.parse("{\"a\":1,\"b\":2,\"a\":3}").text()).isEqualTo("{\"a\":3,\"b\":2}");
  }

  @Test
  void manyMembersAreFoundAndKeepTheirOrder() throws Exception {
    var members = new LinkedHashMap<String, Json>();
    for (int i = 0; i < 1000; i++) {
      members.put("name" + i * 7919 % 1000, Json.of(i));
    }
    var object = new Json.Obj(members);
    assertThat(Json.parse(object.bytes())).isEqualTo(object);
    assertThat(object.members().keySet()).containsExactlyElementsOf(members.keySet());
    members.forEach((name, value) -> assertThat(object.get(name)).isEqualTo(value));
    assertThat(object.get("name1000")).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"a\" 1} | '1' where ':' is expected at offset 5",
        "[1 2] | '2' where ',' or ']' is expected at offset 3",
        "{\"a\":01} | '1' where ',' or '}' is expected at offset 6",
        "[\"a | a text does not end",
        "[ | the JSON ends where a value is expected"
      })
  void whatIsWrongAndWhere(String json, String message) {
    assertThatThrownBy(() -> Json.parse(json)).hasMessage(message);
  }
}
