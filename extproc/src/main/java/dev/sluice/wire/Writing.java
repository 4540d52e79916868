package dev.sluice.wire;

import dev.sluice.wire.Json.Arr;
import dev.sluice.wire.Json.Bool;
import dev.sluice.wire.Json.Null;
import dev.sluice.wire.Json.Num;
import dev.sluice.wire.Json.Obj;
import dev.sluice.wire.Json.Str;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetEncoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value's bytes without white space. Texts are encoded in slices that stay in a core's
 * cache, and their runs without an escape copied, so that a picture of some megabytes is copied and
 * not spelled.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8259#section-7">RFC 8259, section 7</a>
 */
final class Writing {
  private static final byte[] DIGITS = bytes("0123456789ABCDEF");
  private static final byte[] NOTHING = {};
  private static final byte[] TRUE = bytes("true");
  private static final byte[] FALSE = bytes("false");
  private static final byte[] NULL = bytes("null");

  /** So many characters of a text are encoded at a time. */
  private static final int SLICE = 16 * 1024;

  /** So long a text is written without a copy of it. */
  private static final int SHORT = 64;

  /** Bytes of UTF-8 that a character takes at most. */
  private static final int LONGEST = 3;

  /** By the byte: what stands behind the backslash, 'u' for a number; 0 where there is none. */
  private static final byte[] ESCAPES = new byte[128];

  static {
    Arrays.fill(ESCAPES, 0, ' ', (byte) 'u');
    ESCAPES['\b'] = 'b';
    ESCAPES['\t'] = 't';
    ESCAPES['\n'] = 'n';
    ESCAPES['\f'] = 'f';
    ESCAPES['\r'] = 'r';
    ESCAPES['"'] = '"';
    ESCAPES['\\'] = '\\';
  }

  private byte[] bytes;
  private int size;
  private @Nullable Encoding encoding;

  private Writing(int size) {
    this.bytes = new byte[size];
  }

  /** The value's bytes. A surrogate that stands alone becomes a question mark. */
  static byte[] bytes(Json json) {
    return bytes(NOTHING, json, NOTHING);
  }

  /** The same between these. */
  static byte[] bytes(byte[] before, Json json, byte[] after) {
    var writing = new Writing(Math.toIntExact(least(json) + before.length + after.length));
    writing.put(before);
    writing.value(json);
    writing.put(after);
    return writing.size == writing.bytes.length
        ? writing.bytes
        : Arrays.copyOf(writing.bytes, writing.size);
  }

  /** How many bytes it takes where all is US-ASCII and nothing is escaped. */
  private static long least(Json json) {
    return switch (json) {
      case Obj(Map<String, Json> members) -> {
        long sum = 2L + Math.max(0, members.size() - 1);
        var all = (Members) members;
        for (int i = 0; i < all.size(); i++) {
          sum += all.name(i).length() + 3L + least(all.value(i));
        }
        yield sum;
      }
      case Arr(List<Json> items) -> {
        long sum = 2L + Math.max(0, items.size() - 1);
        for (Json item : items) {
          sum += least(item);
        }
        yield sum;
      }
      case Str(String value) -> value.length() + 2L;
      case Num(String lexeme) -> lexeme.length();
      case Bool(boolean value) -> value ? TRUE.length : FALSE.length;
      case Null() -> NULL.length;
    };
  }

  private void value(Json json) {
    switch (json) {
      case Obj(Map<String, Json> members) -> {
        char before = '{';
        var all = (Members) members;
        for (int i = 0; i < all.size(); i++) {
          put(before);
          text(all.name(i));
          put(':');
          value(all.value(i));
          before = ',';
        }
        if (members.isEmpty()) {
          put('{');
        }
        put('}');
      }
      case Arr(List<Json> items) -> {
        char before = '[';
        for (Json item : items) {
          put(before);
          value(item);
          before = ',';
        }
        if (items.isEmpty()) {
          put('[');
        }
        put(']');
      }
      case Str(String value) -> text(value);
      case Num(String lexeme) -> put(bytes(lexeme));
      case Bool(boolean value) -> put(value ? TRUE : FALSE);
      case Null() -> put(NULL);
    }
  }

  private void text(String text) {
    room(text.length() + 2);
    bytes[size++] = '"';
    int from = text.length() <= SHORT ? ascii(text) : 0;
    while (text.length() - from > SLICE) {
      int to = from + SLICE;
      to = Character.isHighSurrogate(text.charAt(to - 1)) ? to + 1 : to;
      slice(text, from, to);
      from = to;
    }
    if (from < text.length()) {
      inside(from == 0 ? text : text.substring(from));
    }
    put('"');
  }

  /** Writes a short text up to its first character that is no plain one; where that is. */
  private int ascii(String text) {
    int length = text.length();
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c >= ESCAPES.length || ESCAPES[c] != 0) {
        size += i;
        return i;
      }
      bytes[size + i] = (byte) c;
    }
    size += length;
    return length;
  }

  /** A part of a long text, encoded to where it shall stand unless something has to be escaped. */
  private void slice(String text, int from, int to) {
    if (bytes.length - size >= LONGEST * (to - from)) {
      Encoding how = encoding;
      if (how == null) {
        how = new Encoding();
        encoding = how;
      }
      int end = how.encode(text, from, to, bytes, size);
      if (plain(bytes, size, end) == end) {
        size = end;
        return;
      }
    }
    inside(text.substring(from, to));
  }

  /** Encodes slices without a copy of them. */
  private static final class Encoding {
    private final CharsetEncoder encoder =
        StandardCharsets.UTF_8
            .newEncoder()
            .onMalformedInput(CodingErrorAction.REPLACE)
            .onUnmappableCharacter(CodingErrorAction.REPLACE);

    private final char[] chars = new char[SLICE + 1];

    /** Writes the bytes from a place on, for which there is room; where they end. */
    int encode(String text, int from, int to, byte[] into, int at) {
      text.getChars(from, to, chars, 0);
      var out = ByteBuffer.wrap(into, at, into.length - at);
      encoder.reset().encode(CharBuffer.wrap(chars, 0, to - from), out, true);
      encoder.flush(out);
      return out.position();
    }
  }

  private void inside(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    room(utf8.length);
    int copied = 0;
    for (int at = plain(utf8, 0, utf8.length);
        at < utf8.length;
        at = plain(utf8, copied, utf8.length)) {
      put(utf8, copied, at);
      escape(utf8[at]);
      copied = at + 1;
    }
    put(utf8, copied, utf8.length);
  }

  /** Where the first byte from here is that must be escaped; eight at a step while none is. */
  private static int plain(byte[] utf8, int from, int to) {
    int at = from;
    while (at <= to - Long.BYTES && Eight.escaped(Eight.at(utf8, at)) == 0) {
      at += Long.BYTES;
    }
    while (at < to && (utf8[at] < 0 || ESCAPES[utf8[at]] == 0)) {
      at++;
    }
    return at;
  }

  private void escape(byte b) {
    room(6);
    bytes[size++] = '\\';
    bytes[size++] = ESCAPES[b];
    if (ESCAPES[b] == 'u') {
      bytes[size++] = '0';
      bytes[size++] = '0';
      bytes[size++] = DIGITS[b >> 4];
      bytes[size++] = DIGITS[b & 0xf];
    }
  }

  private void put(char c) {
    room(1);
    bytes[size++] = (byte) c;
  }

  private void put(byte[] all) {
    put(all, 0, all.length);
  }

  private void put(byte[] all, int from, int to) {
    room(to - from);
    System.arraycopy(all, from, bytes, size, to - from);
    size += to - from;
  }

  private void room(int more) {
    if (bytes.length - size < more) {
      int half = bytes.length + (bytes.length >> 1);
      bytes = Arrays.copyOf(bytes, Math.max(half, Math.addExact(size, more)));
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
