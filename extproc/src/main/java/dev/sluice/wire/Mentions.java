package dev.sluice.wire;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;

/**
 * Counts how often a member of JSON that comes piece by piece has a text that begins in a certain
 * way, at whatever depth; several documents in a row, as in a stream, too. One for each answer; not
 * safe for several threads.
 */
public final class Mentions {
  private static final int LONGEST = 64;

  private final Set<String> names;
  private final String begins;
  private final ByteArrayOutputStream text = new ByteArrayOutputStream(LONGEST);
  private boolean inside;
  private boolean escaped;
  private boolean valued;
  private int count;

  /**
   * Counts these.
   *
   * @param names of the members, each of at most {@value #LONGEST} bytes without escapes
   * @param begins what their texts begin with, likewise
   */
  public Mentions(Set<String> names, String begins) {
    this.names = Set.copyOf(names);
    this.begins = begins;
  }

  /** Takes the next bytes. */
  public void feed(byte[] bytes) {
    for (byte b : bytes) {
      if (inside) {
        inText(b);
      } else {
        between(b);
      }
    }
  }

  private void inText(byte b) {
    if (!escaped && b == '"') {
      inside = false;
      if (valued && text().startsWith(begins)) {
        count++;
      }
      valued = false;
      return;
    }
    escaped = !escaped && b == '\\';
    if (text.size() < LONGEST) {
      text.write(b);
    }
  }

  private void between(byte b) {
    switch (b) {
      case '"' -> {
        inside = true;
        text.reset();
      }
      case ':' -> valued = names.contains(text());
      case ' ', '\t', '\r', '\n' -> {}
      default -> {
        valued = false;
        text.reset();
      }
    }
  }

  private String text() {
    return text.toString(StandardCharsets.UTF_8);
  }

  /** How many there were. */
  public int count() {
    return count;
  }
}
