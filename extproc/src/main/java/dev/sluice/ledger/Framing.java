package dev.sluice.ledger;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.zip.CRC32C;

/** Bytes to which frames are appended; the array is used again after {@link #clear}. */
final class Framing {
  private static final char REPLACEMENT = '\ufffd';

  private final int usual;
  private byte[] bytes;
  private ByteBuffer numbers;
  private int size;

  /** Begins with nothing; grows beyond so many bytes. */
  Framing(int room) {
    usual = room;
    bytes = new byte[room];
    numbers = ByteBuffer.wrap(bytes);
  }

  int size() {
    return size;
  }

  /** All of them; changes with this. */
  ByteBuffer bytes() {
    return ByteBuffer.wrap(bytes, 0, size);
  }

  /** All of them as a text. */
  String base64() {
    return Base64.getEncoder().encodeToString(Arrays.copyOf(bytes, size));
  }

  /** Begins anew; of a large array nothing is kept. */
  void clear(int most) {
    size = 0;
    if (bytes.length > most) {
      bytes = new byte[usual];
      numbers = ByteBuffer.wrap(bytes);
    }
  }

  void put(byte value) {
    room(1);
    bytes[size++] = value;
  }

  void put(boolean value) {
    put((byte) (value ? 1 : 0));
  }

  void put(int value) {
    room(Integer.BYTES);
    numbers.putInt(size, value);
    size += Integer.BYTES;
  }

  void put(long value) {
    room(Long.BYTES);
    numbers.putLong(size, value);
    size += Long.BYTES;
  }

  void put(double value) {
    put(Double.doubleToLongBits(value));
  }

  /** Writes a number where another one was written before. */
  void set(int at, int value) {
    numbers.putInt(at, value);
  }

  /** A text of at most so many characters in UTF-8, after its length; no zeros stand in it. */
  void put(String text, int most) {
    int length = Math.min(text.length(), most);
    room(Integer.BYTES + length);
    int at = size + Integer.BYTES;
    for (int i = 0; i < length; i++) {
      char c = text.charAt(i);
      if (c == 0 || c >= 0x80) {
        encoded(text.substring(0, length).replace('\0', REPLACEMENT));
        return;
      }
      bytes[at + i] = (byte) c;
    }
    put(length);
    size += length;
  }

  private void encoded(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    put(utf8.length);
    room(utf8.length);
    System.arraycopy(utf8, 0, bytes, size, utf8.length);
    size += utf8.length;
  }

  /** The CRC-32C of what was written since there were so many bytes. */
  int crc(int from) {
    var crc = new CRC32C();
    crc.update(bytes, from, size - from);
    return (int) crc.getValue();
  }

  private void room(int more) {
    if (bytes.length - size < more) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, Math.addExact(size, more)));
      numbers = ByteBuffer.wrap(bytes);
    }
  }
}
