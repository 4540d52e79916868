package dev.sluice.wire;

import java.util.Arrays;

/**
 * Looks for words in bytes, eight bytes at a step: it stops where a byte is that is rare elsewhere
 * and part of every word.
 */
public final class Scan {
  private final byte rare;
  private final byte[][] words;
  private final int[] before;

  /**
   * Looks for these words.
   *
   * @param rare a character of US-ASCII that is in each of them; its first place counts
   */
  public Scan(char rare, byte[]... words) {
    this.rare = (byte) rare;
    this.words = words.clone();
    this.before = new int[words.length];
    for (int i = 0; i < words.length; i++) {
      int at = 0;
      while (words[i][at] != this.rare) {
        at++;
      }
      before[i] = at;
    }
  }

  /** Whether one of the words is in the bytes. */
  public boolean in(byte[] bytes) {
    long eight = Eight.times(rare);
    int at = 0;
    for (; at <= bytes.length - Long.BYTES; at += Long.BYTES) {
      long found = Eight.equal(Eight.at(bytes, at), eight);
      for (; found != 0; found &= found - 1) {
        int place = at + Long.numberOfTrailingZeros(found) / Byte.SIZE;
        if (bytes[place] == rare && word(bytes, place)) {
          return true;
        }
      }
    }
    for (; at < bytes.length; at++) {
      if (bytes[at] == rare && word(bytes, at)) {
        return true;
      }
    }
    return false;
  }

  private boolean word(byte[] bytes, int place) {
    for (int i = 0; i < words.length; i++) {
      byte[] word = words[i];
      int from = place - before[i];
      int to = from + word.length;
      if (from >= 0 && to <= bytes.length && Arrays.equals(bytes, from, to, word, 0, word.length)) {
        return true;
      }
    }
    return false;
  }
}
