package dev.sluice.wire;

import dev.sluice.wire.Json.Arr;
import dev.sluice.wire.Json.Bool;
import dev.sluice.wire.Json.Null;
import dev.sluice.wire.Json.Num;
import dev.sluice.wire.Json.Obj;
import dev.sluice.wire.Json.Str;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Goes through JSON in UTF-8. A text without escapes is made of its bytes at once, and looked
 * through eight bytes at a step, so that a picture of some megabytes is copied and not spelled.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8259">RFC 8259</a>
 */
final class Reading {
  private static final int MAX_NUMBER = 1000;
  private static final int MAX_NAME = 50_000;

  /** Names that came before, by their hash, so that most need no text of their own. */
  private static final String[] NAMES = new String[1024];

  private static final int SHORT_NAME = 32;

  private final byte[] bytes;
  private final int end;
  private int at;
  private int depth;

  /** Reads all, but for a byte order mark in front, which may be ignored. */
  Reading(byte[] bytes) {
    this(bytes, mark(bytes), bytes.length);
  }

  /** Reads what stands there. */
  Reading(byte[] bytes, int from, int to) {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
  }

  private static int mark(byte[] bytes) {
    return bytes.length >= 3
            && bytes[0] == (byte) 0xEF
            && bytes[1] == (byte) 0xBB
            && bytes[2] == (byte) 0xBF
        ? 3
        : 0;
  }

  /** Where the next byte is. */
  int at() {
    return at;
  }

  /** The next byte that is no white space, which is not passed; 0: there is none. */
  byte next() {
    while (at < end) {
      byte b = bytes[at];
      if (b > ' ' || (b != ' ' && b != '\n' && b != '\r' && b != '\t')) {
        return b;
      }
      at++;
    }
    return 0;
  }

  /** Passes this byte, after white space. */
  void pass(char wanted) throws Malformed {
    if (next() != wanted || at == end) {
      throw unexpected("'" + wanted + "'");
    }
    at++;
  }

  /**
   * Whether an object or array goes on: passes a comma or the closing byte.
   *
   * @param closing that byte
   */
  boolean more(char closing) throws Malformed {
    byte b = next();
    if (b == ',') {
      at++;
      return true;
    }
    if (b == closing) {
      at++;
      depth--;
      return false;
    }
    throw unexpected("',' or '" + closing + "'");
  }

  /** Begins an object or array; whether it has anything inside. */
  boolean begin(char opening, char closing) throws Malformed {
    pass(opening);
    if (++depth > Json.MAX_DEPTH) {
      throw new Malformed("the nesting is deeper than " + Json.MAX_DEPTH + place());
    }
    if (next() == closing) {
      at++;
      depth--;
      return false;
    }
    return true;
  }

  /** The name of the next member, with its colon. */
  String name() throws Malformed {
    String name = text(true);
    pass(':');
    return name;
  }

  /** The one value that there is. */
  Json whole() throws Malformed {
    if (next() == 0 && at == end) {
      throw new Malformed("there is no JSON value");
    }
    Json value = value();
    end("value");
    return value;
  }

  /** Nothing may follow. */
  void end(String what) throws Malformed {
    next();
    if (at < end) {
      throw new Malformed("something follows the JSON " + what);
    }
  }

  /** The next value. */
  Json value() throws Malformed {
    return switch (next()) {
      case '"' -> new Str(text(false));
      case '{' -> object();
      case '[' -> array();
      case 't' -> {
        word("true");
        yield Bool.TRUE;
      }
      case 'f' -> {
        word("false");
        yield Bool.FALSE;
      }
      case 'n' -> {
        word("null");
        yield Null.NULL;
      }
      default -> {
        int from = at;
        number();
        yield new Num(new String(bytes, from, at - from, StandardCharsets.ISO_8859_1));
      }
    };
  }

  private Json object() throws Malformed {
    var members = new Members();
    if (begin('{', '}')) {
      do {
        String name = name();
        members.add(name, value());
      } while (more('}'));
    }
    return new Obj(members);
  }

  private Json array() throws Malformed {
    var items = new ArrayList<Json>();
    if (begin('[', ']')) {
      do {
        items.add(value());
      } while (more(']'));
    }
    return new Arr(items);
  }

  /** Passes the next value, which is looked at as closely as one that is kept. */
  void skip() throws Malformed {
    switch (next()) {
      case '"' -> {
        at++;
        while (!plain()) {
          at++;
          escape();
        }
      }
      case '{' -> {
        if (begin('{', '}')) {
          do {
            skipText();
            pass(':');
            skip();
          } while (more('}'));
        }
      }
      case '[' -> {
        if (begin('[', ']')) {
          do {
            skip();
          } while (more(']'));
        }
      }
      case 't' -> word("true");
      case 'f' -> word("false");
      case 'n' -> word("null");
      default -> number();
    }
  }

  private void skipText() throws Malformed {
    if (next() != '"') {
      throw unexpected("a name");
    }
    skip();
  }

  private void word(String word) throws Malformed {
    for (int i = 0; i < word.length(); i++, at++) {
      if (at == end || bytes[at] != word.charAt(i)) {
        throw unexpected("'" + word + "'");
      }
    }
  }

  private void number() throws Malformed {
    int from = at;
    if (at < end && bytes[at] == '-') {
      at++;
    }
    if (at < end && bytes[at] == '0') {
      at++;
    } else {
      digits();
    }
    if (at < end && bytes[at] == '.') {
      at++;
      digits();
    }
    if (at < end && (bytes[at] == 'e' || bytes[at] == 'E')) {
      at++;
      if (at < end && (bytes[at] == '+' || bytes[at] == '-')) {
        at++;
      }
      digits();
    }
    if (at - from > MAX_NUMBER) {
      throw new Malformed("a number is longer than " + MAX_NUMBER + " characters" + place());
    }
  }

  private void digits() throws Malformed {
    int from = at;
    while (at < end && bytes[at] >= '0' && bytes[at] <= '9') {
      at++;
    }
    if (at == from) {
      throw unexpected("a value");
    }
  }

  // ---- texts

  /** The next text. */
  String text(boolean name) throws Malformed {
    if (next() != '"') {
      throw unexpected(name ? "a name" : "a text");
    }
    int from = ++at;
    if (name) {
      String known = known(from);
      if (known != null) {
        return known;
      }
    }
    boolean plain = plain();
    int length = at - from - 1;
    String text;
    if (plain) {
      text = new String(bytes, from, length, StandardCharsets.UTF_8);
    } else {
      text = escaped(from);
    }
    if (name && text.length() > MAX_NAME) {
      throw new Malformed("a name is longer than " + MAX_NAME + " characters" + place());
    }
    if (text.length() > Json.MAX_TEXT) {
      throw new Malformed("a text is longer than " + Json.MAX_TEXT + " characters" + place());
    }
    return text;
  }

  /** A short name of plain US-ASCII, which is passed; null: it is no such name. */
  private @Nullable String known(int from) {
    int hash = 0;
    int to = Math.min(end, from + SHORT_NAME);
    for (int i = from; i < to; i++) {
      byte b = bytes[i];
      if (b == '"') {
        int length = i - from;
        int place = (hash ^ (hash >>> 10)) & (NAMES.length - 1);
        String name = NAMES[place];
        if (name == null || !same(name, from, length)) {
          name = new String(bytes, from, length, StandardCharsets.ISO_8859_1);
          NAMES[place] = name;
        }
        at = i + 1;
        return name;
      }
      if (b < ' ' || b == '\\') {
        return null;
      }
      hash = 31 * hash + b;
    }
    return null;
  }

  private boolean same(String name, int from, int length) {
    if (name.length() != length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (name.charAt(i) != bytes[from + i]) {
        return false;
      }
    }
    return true;
  }

  /** Passes a text with its closing quote; false before an escape. */
  private boolean plain() throws Malformed {
    while (true) {
      while (at <= end - Long.BYTES && plain(Eight.at(bytes, at))) {
        at += Long.BYTES;
      }
      if (at >= end) {
        throw new Malformed("a text does not end");
      }
      byte b = bytes[at];
      if (b == '"') {
        at++;
        return true;
      }
      if (b == '\\') {
        return false;
      }
      if (b >= ' ') {
        at++;
      } else {
        at += sequence(b);
      }
    }
  }

  /** How many bytes the character takes that begins with this one. */
  private int sequence(byte lead) throws Malformed {
    if (lead >= 0) {
      throw new Malformed("a text has a control character" + place());
    }
    int length =
        (lead & 0xE0) == 0xC0 ? 2 : (lead & 0xF0) == 0xE0 ? 3 : (lead & 0xF8) == 0xF0 ? 4 : 0;
    if (length == 0 || at + length > end) {
      throw new Malformed("a text is not in UTF-8" + place());
    }
    for (int i = 1; i < length; i++) {
      if ((bytes[at + i] & 0xC0) != 0x80) {
        throw new Malformed("a text is not in UTF-8" + place());
      }
    }
    return length;
  }

  /** Whether none of eight bytes ends a run. */
  private static boolean plain(long eight) {
    return (Eight.escaped(eight) | Eight.foreign(eight)) == 0;
  }

  /** Goes on at an escape of the text that begins there. */
  private String escaped(int from) throws Malformed {
    var text = new StringBuilder();
    int run = from;
    do {
      append(text, run, at);
      at++;
      text.append(escape());
      run = at;
    } while (!plain());
    append(text, run, at - 1);
    return text.toString();
  }

  private void append(StringBuilder text, int from, int to) {
    if (to > from) {
      text.append(new String(bytes, from, to - from, StandardCharsets.UTF_8));
    }
  }

  private char escape() throws Malformed {
    if (at >= end) {
      throw new Malformed("a text does not end");
    }
    byte b = bytes[at++];
    return switch (b) {
      case '"', '\\', '/' -> (char) b;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> {
        int unit = 0;
        for (int i = 0; i < 4; i++) {
          int digit = at < end ? Character.digit((char) bytes[at], 16) : -1;
          if (digit < 0) {
            throw unexpected("a hexadecimal digit");
          }
          unit = unit << 4 | digit;
          at++;
        }
        yield (char) unit;
      }
      default -> {
        at--;
        throw unexpected("a character that may be escaped");
      }
    };
  }

  // ---- what is wrong

  private Malformed unexpected(String wanted) {
    if (at >= end) {
      return new Malformed("the JSON ends where " + wanted + " is expected");
    }
    int found = bytes[at] & 0xff;
    String shown = found > ' ' && found < 0x7f ? "'" + (char) found + "'" : "byte " + found;
    return new Malformed(shown + " where " + wanted + " is expected" + place());
  }

  private String place() {
    return " at offset " + at;
  }
}
