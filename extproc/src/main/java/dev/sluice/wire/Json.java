package dev.sluice.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteConstraints;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value (RFC 8259, in UTF-8) that forgets nothing but white space: numbers keep their
 * lexemes and objects the order of their members. Immutable. Nesting is bounded by 512, a number by
 * 1,000 characters, a text by 256 MiB; of members with one name the last counts.
 */
public sealed interface Json {
  /** The most characters of a text that is read. */
  int MAX_TEXT = 256 * 1024 * 1024;

  /** The deepest nesting that is read. */
  int MAX_DEPTH = 512;

  /** {@code null}. */
  static Json nil() {
    return new Null();
  }

  /** An object without members. */
  static Obj empty() {
    return new Obj(Map.of());
  }

  /** An object. */
  record Obj(Map<String, Json> members) implements Json {
    /** Copies the map, in its order, unless it is an object's already. */
    public Obj {
      members = members instanceof Members ? members : new Members(new LinkedHashMap<>(members));
    }

    /** The member's value; null where there is none or it is JSON's null. */
    public @Nullable Json get(String name) {
      Json value = members.get(name);
      return value instanceof Null ? null : value;
    }

    /** Whether the member is there, be it null. */
    public boolean has(String name) {
      return members.containsKey(name);
    }

    /** The member's text; null where it is no string. */
    public @Nullable String text(String name) {
      return members.get(name) instanceof Str(String value) ? value : null;
    }

    /** The member's text; {@code otherwise} where it is no string. */
    public String text(String name, String otherwise) {
      return members.get(name) instanceof Str(String value) ? value : otherwise;
    }

    /** The member as an object; null where it is none. */
    public @Nullable Obj obj(String name) {
      return members.get(name) instanceof Obj value ? value : null;
    }

    /** The member's items; empty where it is no array. */
    public List<Json> items(String name) {
      return members.get(name) instanceof Arr(List<Json> items) ? items : List.of();
    }

    /** The member as a whole number; null where it is none that fits a long. */
    public @Nullable Long integer(String name) {
      return members.get(name) instanceof Num number ? number.integer() : null;
    }

    /** Whether the member is {@code true}. */
    public boolean isTrue(String name) {
      return members.get(name) instanceof Bool(boolean value) && value;
    }

    /** The members but these. */
    public Obj without(java.util.Collection<String> names) {
      var rest = new LinkedHashMap<>(members);
      rest.keySet().removeAll(names);
      return new Obj(rest);
    }
  }

  /** An array. */
  record Arr(List<Json> items) implements Json {
    /** Copies the list. */
    public Arr {
      items = List.copyOf(items);
    }
  }

  /** A string. */
  record Str(String value) implements Json {}

  /** A number as it was written. */
  record Num(String lexeme) implements Json {
    /** The value where it is a whole number that fits a long; null otherwise. */
    public @Nullable Long integer() {
      try {
        return Long.valueOf(lexeme);
      } catch (NumberFormatException e) {
        return null;
      }
    }
  }

  /** {@code true} or {@code false}. */
  record Bool(boolean value) implements Json {}

  /** {@code null}. */
  record Null() implements Json {}

  /** A number. */
  static Num of(long value) {
    return new Num(Long.toString(value));
  }

  /** A string. */
  static Str of(String value) {
    return new Str(value);
  }

  /** {@code true} or {@code false}. */
  static Json of(boolean value) {
    return new Bool(value);
  }

  /** An array of these. */
  static Arr array(Json... items) {
    return new Arr(List.of(items));
  }

  /** An object whose members {@code fill} puts. */
  static Obj object(Consumer<Builder> fill) {
    var builder = new Builder();
    fill.accept(builder);
    return builder.last();
  }

  /** Collects an object's members in order. A null value puts nothing. */
  final class Builder {
    private LinkedHashMap<String, Json> members = new LinkedHashMap<>();

    /** What was put, without a copy; whatever is put from now on is in another object. */
    private Obj last() {
      var all = new Members(members);
      members = new LinkedHashMap<>();
      return new Obj(all);
    }

    /** Puts a value. */
    public Builder put(String name, @Nullable Json value) {
      if (value != null) {
        members.put(name, value);
      }
      return this;
    }

    /** Puts a string. */
    public Builder put(String name, @Nullable String value) {
      return value == null ? this : put(name, new Str(value));
    }

    /** Puts a number. */
    public Builder put(String name, @Nullable Long value) {
      return value == null ? this : put(name, of(value.longValue()));
    }

    /** Puts true or false. */
    public Builder put(String name, @Nullable Boolean value) {
      return value == null ? this : put(name, of(value.booleanValue()));
    }

    /** Puts an array. */
    public Builder put(String name, List<? extends Json> items) {
      return put(name, new Arr(List.copyOf(items)));
    }

    /** What was put so far. */
    public Obj build() {
      return new Obj(members);
    }

    /** Puts all members of another object. */
    public Builder all(Obj other) {
      members.putAll(other.members());
      return this;
    }
  }

  /**
   * Reads one value.
   *
   * @throws Malformed the bytes are not exactly one JSON value within the bounds
   */
  static Json parse(byte[] bytes) throws Malformed {
    int mark = Codec.mark(bytes);
    try (JsonParser parser = Codec.FACTORY.createParser(bytes, mark, bytes.length - mark)) {
      return Codec.whole(parser);
    } catch (JsonProcessingException e) {
      throw Codec.malformed(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads one value.
   *
   * @throws Malformed the text is not exactly one JSON value within the bounds
   */
  static Json parse(String text) throws Malformed {
    try (JsonParser parser = Codec.FACTORY.createParser(text)) {
      return Codec.whole(parser);
    } catch (JsonProcessingException e) {
      throw Codec.malformed(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The value without white space. */
  default String text() {
    var writer = new StringWriter();
    try (JsonGenerator generator = Codec.FACTORY.createGenerator(writer)) {
      Codec.write(this, generator);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return writer.toString();
  }

  /** The value without white space, in UTF-8. */
  default byte[] bytes() {
    return Writing.bytes(this);
  }

  /** {@code value} as a JSON string with its quotes, in UTF-8. */
  static byte[] quoted(String value) {
    return of(value).bytes();
  }

  /** Jackson's parser and generator under our bounds. */
  final class Codec {
    static final JsonFactory FACTORY =
        JsonFactory.builder()
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(1000)
                    .maxStringLength(MAX_TEXT)
                    .build())
            .streamWriteConstraints(
                StreamWriteConstraints.builder().maxNestingDepth(MAX_DEPTH + 16).build())
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .build();

    private Codec() {}

    /** How many bytes a byte order mark takes in front, which may be ignored. */
    static int mark(byte[] bytes) {
      return bytes.length >= 3
              && bytes[0] == (byte) 0xEF
              && bytes[1] == (byte) 0xBB
              && bytes[2] == (byte) 0xBF
          ? 3
          : 0;
    }

    private static Json whole(JsonParser parser) throws IOException, Malformed {
      JsonToken token = parser.nextToken();
      if (token == null) {
        throw new Malformed("there is no JSON value");
      }
      Json value = value(parser, token);
      if (parser.nextToken() != null) {
        throw new Malformed("something follows the JSON value");
      }
      return value;
    }

    private static Json value(JsonParser parser, JsonToken token) throws IOException {
      return switch (token) {
        case START_OBJECT -> {
          var members = new LinkedHashMap<String, Json>();
          while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            members.put(name, value(parser, parser.nextToken()));
          }
          yield new Obj(new Members(members));
        }
        case START_ARRAY -> {
          var items = new ArrayList<Json>();
          for (JsonToken t = parser.nextToken(); t != JsonToken.END_ARRAY; t = parser.nextToken()) {
            items.add(value(parser, t));
          }
          yield new Arr(items);
        }
        case VALUE_STRING -> new Str(parser.getText());
        case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> new Num(parser.getText());
        case VALUE_TRUE -> new Bool(true);
        case VALUE_FALSE -> new Bool(false);
        default -> new Null();
      };
    }

    private static Malformed malformed(JsonProcessingException e) {
      long at = e.getLocation() == null ? -1 : e.getLocation().getByteOffset();
      if (at < 0 && e.getLocation() != null) {
        at = e.getLocation().getCharOffset();
      }
      return new Malformed(e.getOriginalMessage() + (at < 0 ? "" : " at offset " + at));
    }

    private static void write(Json json, JsonGenerator to) throws IOException {
      switch (json) {
        case Obj(Map<String, Json> members) -> {
          to.writeStartObject();
          for (var member : members.entrySet()) {
            to.writeFieldName(member.getKey());
            write(member.getValue(), to);
          }
          to.writeEndObject();
        }
        case Arr(List<Json> items) -> {
          to.writeStartArray();
          for (Json item : items) {
            write(item, to);
          }
          to.writeEndArray();
        }
        case Str(String value) -> to.writeString(value);
        case Num(String lexeme) -> to.writeNumber(lexeme);
        case Bool(boolean value) -> to.writeBoolean(value);
        case Null() -> to.writeNull();
      }
    }
  }
}
