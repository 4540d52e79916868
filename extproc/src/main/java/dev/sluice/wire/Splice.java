package dev.sluice.wire;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the top level of a JSON object in its bytes, and changes single members there with every
 * other byte left as it was.
 */
public final class Splice {
  private Splice() {}

  /**
   * Where a top-level member's value stands.
   *
   * @param from of its first byte
   * @param to after its last byte
   * @param kind what it is
   * @param text a string's value, else null
   */
  public record Span(int from, int to, Kind kind, @Nullable String text) {}

  /** What a value is. */
  public enum Kind {
    OBJECT,
    ARRAY,
    STRING,
    NUMBER,
    TRUE,
    FALSE,
    NULL
  }

  /**
   * The top-level members in their order; of members with one name, the last.
   *
   * @throws Malformed the bytes are not exactly one JSON object
   */
  public static Map<String, Span> members(byte[] bytes) throws Malformed {
    var members = new LinkedHashMap<String, Span>();
    var reading = new Reading(bytes);
    if (reading.next() != '{') {
      throw new Malformed("the body is not a JSON object");
    }
    if (reading.begin('{', '}')) {
      do {
        String name = reading.name();
        Kind kind = kind(reading.next());
        int from = reading.at();
        String text = null;
        if (kind == Kind.STRING) {
          text = reading.text(false);
        } else {
          reading.skip();
        }
        members.put(name, new Span(from, reading.at(), kind, text));
      } while (reading.more('}'));
    }
    reading.end("object");
    return members;
  }

  /**
   * The text at a path of members, looked for in an object that need not be complete: of members
   * with one name, the first; null where it is not there before the end or the first mistake.
   */
  public static @Nullable String first(byte[] bytes, String... path) {
    try (JsonParser parser = Json.Codec.FACTORY.createParser(bytes)) {
      int depth = 0;
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return null;
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean here = parser.currentName().equals(path[depth]);
        JsonToken token = parser.nextToken();
        if (!here) {
          parser.skipChildren();
        } else if (depth == path.length - 1) {
          return token == JsonToken.VALUE_STRING ? parser.getText() : null;
        } else if (token == JsonToken.START_OBJECT) {
          depth++;
        } else {
          return null;
        }
      }
      return null;
    } catch (JsonProcessingException e) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The text or number of a member of the object at {@code span}; null where it is not there or
   * something else.
   */
  public static @Nullable String scalar(byte[] bytes, Span span, String name) {
    try (JsonParser parser = parser(bytes, span)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return null;
      }
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        boolean here = parser.currentName().equals(name);
        JsonToken token = parser.nextToken();
        if (here) {
          return token == JsonToken.VALUE_STRING || token.isNumeric() ? parser.getText() : null;
        }
        parser.skipChildren();
      }
      return null;
    } catch (JsonProcessingException e) {
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Where the first element of the array at {@code span} ends whose member {@code name} says {@code
   * value}; an element without that member counts too. The span's end where there is none, or where
   * the array goes on after that.
   */
  public static int through(byte[] bytes, Span span, String name, String value) {
    var reading = new Reading(bytes, span.from(), span.to());
    try {
      if (span.kind() != Kind.ARRAY || !reading.begin('[', ']')) {
        return span.to();
      }
      do {
        String said = said(reading, name);
        if (said == null || said.equals(value)) {
          return reading.at();
        }
      } while (reading.more(']'));
      return span.to();
    } catch (Malformed e) {
      return span.to();
    }
  }

  /** Passes the next value; the text of its member of this name, null where it has none. */
  private static @Nullable String said(Reading reading, String name) throws Malformed {
    String said = null;
    if (reading.next() != '{') {
      reading.skip();
    } else if (reading.begin('{', '}')) {
      do {
        if (reading.name().equals(name) && reading.next() == '"') {
          said = reading.text(false);
        } else {
          reading.skip();
        }
      } while (reading.more('}'));
    }
    return said;
  }

  private static JsonParser parser(byte[] bytes, Span span) throws IOException {
    return Json.Codec.FACTORY.createParser(bytes, span.from(), span.to() - span.from());
  }

  /** The bytes of a span as they are. */
  public static String excerpt(byte[] bytes, Span span) {
    return new String(bytes, span.from(), span.to() - span.from(), StandardCharsets.UTF_8);
  }

  private static Kind kind(byte first) {
    return switch (first) {
      case '{' -> Kind.OBJECT;
      case '[' -> Kind.ARRAY;
      case '"' -> Kind.STRING;
      case 't' -> Kind.TRUE;
      case 'f' -> Kind.FALSE;
      case 'n' -> Kind.NULL;
      default -> Kind.NUMBER;
    };
  }

  /** The same bytes with those of {@code span} replaced. */
  public static byte[] replace(byte[] bytes, Span span, byte[] by) {
    byte[] spliced = new byte[bytes.length - (span.to() - span.from()) + by.length];
    System.arraycopy(bytes, 0, spliced, 0, span.from());
    System.arraycopy(by, 0, spliced, span.from(), by.length);
    System.arraycopy(bytes, span.to(), spliced, span.from() + by.length, bytes.length - span.to());
    return spliced;
  }

  /**
   * The same bytes with a top-level string member changed; the very same array where it says that
   * already.
   *
   * @throws Malformed the bytes are not a JSON object, or have no such string member
   */
  public static byte[] text(byte[] bytes, String name, String value) throws Malformed {
    Span span = members(bytes).get(name);
    if (span == null || span.kind() != Kind.STRING) {
      throw new Malformed("no string member '" + name + "'");
    }
    return value.equals(span.text()) ? bytes : replace(bytes, span, Json.quoted(value));
  }

  /** {@code bytes} as text, for the eyes of people: at most {@code limit} characters. */
  public static String excerpt(byte[] bytes, int limit) {
    String text = new String(bytes, 0, Math.min(bytes.length, limit * 4), StandardCharsets.UTF_8);
    return text.length() <= limit ? text : text.substring(0, limit) + "…";
  }
}
