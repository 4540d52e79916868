package dev.sluice.protocol.gemini;

import dev.sluice.wire.Malformed;
import dev.sluice.wire.Sse;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Frames a JSON array whose elements come one after the other, however its bytes are cut. Every
 * byte is looked at once, and one element is held at a time. A lone object counts as an element.
 * One for each stream; not safe for several threads.
 */
final class Elements {
  private final ByteArrayOutputStream element = new ByteArrayOutputStream(256);
  private int depth;
  private boolean text;
  private boolean escaped;
  private boolean array;
  private boolean over;

  /** Whether the array has been closed. */
  boolean over() {
    return over;
  }

  /** Takes elements one by one. */
  @FunctionalInterface
  interface Sink {
    /** The next element's text. */
    void take(String element) throws Malformed;
  }

  /**
   * Hands on the elements that these bytes complete, up to the array's end.
   *
   * @throws Malformed something else stands between two elements, or one is too large
   */
  void feed(byte[] bytes, Sink sink) throws Malformed {
    int from = 0;
    for (int i = 0; i < bytes.length && !over; i++) {
      byte b = bytes[i];
      if (text) {
        if (escaped) {
          escaped = false;
        } else if (b == '\\') {
          escaped = true;
        } else if (b == '"') {
          text = false;
        }
      } else if (depth == 0) {
        from = i;
        between(b);
      } else if (b == '"') {
        text = true;
      } else if (b == '{' || b == '[') {
        depth++;
      } else if ((b == '}' || b == ']') && --depth == 0) {
        element.write(bytes, from, i + 1 - from);
        String complete = element.toString(StandardCharsets.UTF_8);
        element.reset();
        sink.take(complete);
      }
    }
    if (depth > 0) {
      element.write(bytes, from, bytes.length - from);
      if (element.size() > Sse.MAX_EVENT) {
        throw new Malformed("an element is larger than " + Sse.MAX_EVENT + " bytes");
      }
    }
  }

  private void between(byte b) throws Malformed {
    switch (b) {
      case ' ', '\t', '\r', '\n', ',' -> {}
      case '{' -> depth = 1;
      case '[' -> {
        if (array) {
          throw new Malformed("an array within the array");
        }
        array = true;
      }
      case ']' -> over = true;
      default -> throw new Malformed("something that is no JSON array");
    }
  }
}
