package dev.sluice.examples.bench;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What the provider shall do. It travels in the user's words, which every gateway hands on as they
 * are, whatever it does to the rest.
 *
 * @param stream whether events are sent, or one whole answer
 * @param id of the request, up to 8 digits
 * @param events how many events with content a stream has, up to 4 digits
 * @param gapMillis between two events, up to 6 digits; 0: as fast as it can
 */
record Order(boolean stream, int id, int events, int gapMillis) {
  private static final byte[] BEGIN = "bench#".getBytes(StandardCharsets.US_ASCII);

  /** Where the id's digits begin in {@link #text}. */
  static final int ID_AT = 8;

  static final int ID_DIGITS = 8;
  private static final int LENGTH = 29;

  /** The words, of the same length for every order. */
  String text() {
    return "bench#%s.%08d.%04d.%06d#".formatted(stream ? "s" : "w", id, events, gapMillis);
  }

  Order with(int newId) {
    return new Order(stream, newId, events, gapMillis);
  }

  /** The first order in these bytes; null where there is none. */
  static @Nullable Order find(byte[] bytes, int length) {
    for (int at = 0; at + LENGTH <= length; at++) {
      if (begins(bytes, at)) {
        return new Order(
            bytes[at + BEGIN.length] == 's',
            number(bytes, at + ID_AT, ID_DIGITS),
            number(bytes, at + 17, 4),
            number(bytes, at + 22, 6));
      }
    }
    return null;
  }

  private static boolean begins(byte[] bytes, int at) {
    for (int i = 0; i < BEGIN.length; i++) {
      if (bytes[at + i] != BEGIN[i]) {
        return false;
      }
    }
    return true;
  }

  static int number(byte[] bytes, int at, int digits) {
    int number = 0;
    for (int i = at; i < at + digits; i++) {
      number = number * 10 + (bytes[i] - '0');
    }
    return number;
  }
}
