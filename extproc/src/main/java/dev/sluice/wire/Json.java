package dev.sluice.wire;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;
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
    return Null.NULL;
  }

  /** An object without members. */
  static Obj empty() {
    return Obj.EMPTY;
  }

  /** An object. */
  record Obj(Map<String, Json> members) implements Json {
    private static final Obj EMPTY = new Obj(Map.of());

    /** Copies the map, in its order, unless it is an object's already. */
    public Obj {
      members = members instanceof Members ? members : new Members(members);
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
    public Obj without(Collection<String> names) {
      return without(names::contains);
    }

    /** The members but those of which this is true. */
    public Obj without(Predicate<String> which) {
      var all = (Members) members;
      Members rest = null;
      for (int i = 0; i < all.size(); i++) {
        if (!which.test(all.name(i))) {
          rest = rest == null ? new Members() : rest;
          rest.add(all.name(i), all.value(i));
        }
      }
      return rest == null ? EMPTY : new Obj(rest);
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
  record Bool(boolean value) implements Json {
    static final Bool TRUE = new Bool(true);
    static final Bool FALSE = new Bool(false);
  }

  /** {@code null}. */
  record Null() implements Json {
    static final Null NULL = new Null();
  }

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
    return value ? Bool.TRUE : Bool.FALSE;
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
    private @Nullable Members members;

    private Members members() {
      Members to = members;
      if (to == null) {
        to = new Members();
        members = to;
      }
      return to;
    }

    /** What was put, without a copy; whatever is put from now on is in another object. */
    private Obj last() {
      Members all = members;
      members = null;
      return all == null ? Obj.EMPTY : new Obj(all);
    }

    /** Puts a value. */
    public Builder put(String name, @Nullable Json value) {
      if (value != null) {
        members().add(name, value);
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
      return members == null ? Obj.EMPTY : new Obj(new Members(members));
    }

    /** Puts all members of another object. */
    public Builder all(Obj other) {
      if (!other.members().isEmpty()) {
        other.members().forEach(members()::add);
      }
      return this;
    }
  }

  /**
   * Reads one value.
   *
   * @throws Malformed the bytes are not exactly one JSON value within the bounds
   */
  static Json parse(byte[] bytes) throws Malformed {
    return new Reading(bytes).whole();
  }

  /**
   * Reads one value.
   *
   * @throws Malformed the text is not exactly one JSON value within the bounds
   */
  static Json parse(String text) throws Malformed {
    return parse(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The value without white space. */
  default String text() {
    return new String(bytes(), StandardCharsets.UTF_8);
  }

  /** The value without white space, in UTF-8. */
  default byte[] bytes() {
    return Writing.bytes(this);
  }

  /** The value's bytes with these around them. */
  default byte[] bytes(byte[] before, byte[] after) {
    return Writing.bytes(before, this, after);
  }

  /** {@code value} as a JSON string with its quotes, in UTF-8. */
  static byte[] quoted(String value) {
    return of(value).bytes();
  }

  /** Jackson's parser under our bounds. */
  final class Codec {
    static final JsonFactory FACTORY =
        JsonFactory.builder()
            .streamReadConstraints(
                StreamReadConstraints.builder()
                    .maxNestingDepth(MAX_DEPTH)
                    .maxNumberLength(1000)
                    .maxStringLength(MAX_TEXT)
                    .build())
            .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
            .disable(JsonFactory.Feature.CHARSET_DETECTION)
            .build();

    private Codec() {}
  }
}
