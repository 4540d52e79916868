package dev.sluice.wire;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds a member at the top level of a JSON object that comes piece by piece, and keeps nothing
 * else of it. Of several the last counts. One for each object; not safe for several threads.
 */
public final class Member {
  /** The most bytes of a value that is kept. */
  private static final int MAX_VALUE = 64 * 1024;

  private static final int MAX_NAME = 64;
  private static final int USUAL_VALUE = 256;

  private final Set<String> names;
  private final byte[] name = new byte[MAX_NAME];
  private int nameSize;
  private byte[] value = new byte[USUAL_VALUE];
  private int valueSize;
  private byte @Nullable [] found;
  private int depth;
  private boolean text;
  private boolean escaped;
  private boolean naming = true;
  private boolean wanted;

  /** Looks for a member of one of these names, each of at most 64 bytes without escapes. */
  public Member(Set<String> names) {
    this.names = Set.copyOf(names);
  }

  /** Takes the next bytes. */
  public void feed(byte[] bytes) {
    for (int at = 0; at < bytes.length; at++) {
      if (text && !escaped && !wanted && !(depth == 1 && naming)) {
        at = pass(bytes, at);
        if (at == bytes.length) {
          return;
        }
      }
      if (text) {
        inText(bytes[at]);
      } else {
        between(bytes[at]);
      }
    }
  }

  /** Where the first byte from here is that may end a text; eight at a step while none is. */
  private static int pass(byte[] bytes, int from) {
    int at = from;
    while (at <= bytes.length - Long.BYTES && Eight.escaped(Eight.at(bytes, at)) == 0) {
      at += Long.BYTES;
    }
    while (at < bytes.length && bytes[at] != '"' && bytes[at] != '\\') {
      at++;
    }
    return at;
  }

  private void inText(byte b) {
    keep(b);
    if (escaped) {
      escaped = false;
    } else if (b == '\\') {
      escaped = true;
    } else if (b == '"') {
      text = false;
      return;
    }
    if (depth == 1 && naming && nameSize < MAX_NAME) {
      name[nameSize++] = b;
    }
  }

  private void between(byte b) {
    switch (b) {
      case '"' -> {
        text = true;
        if (depth == 1 && naming) {
          nameSize = 0;
        }
        keep(b);
      }
      case '{', '[' -> {
        depth++;
        keep(b);
      }
      case '}', ']' -> {
        depth--;
        if (depth == 0) {
          endOfValue();
        } else {
          keep(b);
        }
      }
      case ':' -> {
        if (depth == 1) {
          naming = false;
          wanted = names.contains(new String(name, 0, nameSize, StandardCharsets.UTF_8));
          valueSize = 0;
        } else {
          keep(b);
        }
      }
      case ',' -> {
        if (depth == 1) {
          endOfValue();
        } else {
          keep(b);
        }
      }
      default -> keep(b);
    }
  }

  private void keep(byte b) {
    if (wanted && valueSize <= MAX_VALUE) {
      if (valueSize == value.length) {
        value = Arrays.copyOf(value, 2 * valueSize);
      }
      value[valueSize++] = b;
    }
  }

  private void endOfValue() {
    if (wanted && valueSize <= MAX_VALUE) {
      found = Arrays.copyOf(value, valueSize);
    }
    wanted = false;
    naming = true;
  }

  /** The value as far as the object has come; null where there is none that is JSON. */
  public @Nullable Json value() {
    byte[] bytes = found;
    if (bytes == null) {
      return null;
    }
    try {
      return Json.parse(bytes);
    } catch (Malformed e) {
      return null;
    }
  }
}
