package dev.sluice.exchange;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The beginning of a body. What looks like Base64 and is longer than {@value #BLOB} characters is
 * counted and not kept. Takes at most {@value #BEYOND} bytes more than are asked for, so that what
 * begins before the cut can be recognised. Safe for several threads.
 */
final class Capture {
  /** The longest run of characters of Base64 that is kept. */
  static final int BLOB = 256;

  /** Longer than any credential. */
  static final int BEYOND = 4 * 1024;

  private static final boolean[] BASE64 = new boolean[256];

  static {
    for (char c = '0'; c <= 'z'; c++) {
      BASE64[c] = Character.isLetterOrDigit(c);
    }
    // With the URL's alphabet, and with what JSON and URLs escape by.
    for (char c : "+/=_-\\%".toCharArray()) {
      BASE64[c] = true;
    }
  }

  private final int max;
  private byte[] bytes;
  private int size;
  private long run;
  private long total;
  private boolean released;

  /**
   * Begins one.
   *
   * @param max bytes that are asked for
   */
  Capture(int max) {
    this.max = max;
    this.bytes = new byte[Math.min(1_024, max + BEYOND)];
  }

  /**
   * What was seen.
   *
   * @param text without blobs, maybe longer than it is asked for
   * @param max bytes that are asked for
   * @param total bytes that came, blobs included
   * @param full whether more came than {@code text} holds
   * @param released whether more follows that was not seen
   */
  record Seen(String text, int max, long total, boolean full, boolean released) {}

  /** The next bytes. */
  synchronized void add(byte[] more) {
    total += more.length;
    for (int i = 0; i < more.length && !full(); i++) {
      byte b = more[i];
      if (BASE64[b & 0xff]) {
        if (++run <= BLOB) {
          keep(b);
        }
      } else {
        close();
        keep(b);
      }
    }
  }

  /** The next bytes, and nothing of what came before. */
  synchronized void begin(byte[] first) {
    size = 0;
    run = 0;
    total = 0;
    add(first);
  }

  /** What follows is not seen. */
  synchronized void release() {
    released = true;
  }

  /** How many bytes it may come to hold. */
  int room() {
    return max + BEYOND;
  }

  synchronized Seen seen() {
    boolean full = full();
    close();
    return new Seen(new String(bytes, 0, size, StandardCharsets.UTF_8), max, total, full, released);
  }

  private boolean full() {
    return size >= max + BEYOND;
  }

  private void keep(byte b) {
    if (size == bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.min(2 * size, max + BEYOND));
    }
    if (size < bytes.length) {
      bytes[size++] = b;
    }
  }

  /** The end of a run, of which the first characters are kept. */
  private void close() {
    if (run > BLOB) {
      size -= BLOB;
      for (byte b : ("[" + run + " characters]").getBytes(StandardCharsets.US_ASCII)) {
        keep(b);
      }
    }
    run = 0;
  }
}
