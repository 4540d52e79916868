package dev.sluice.examples.bench;

import io.netty.buffer.ByteBuf;

/**
 * 32 bytes in the text of each event that say whose it is, which one it is, and when it was sent:
 * {@code ~SSSSSSSS.EEEE.NNNNNNNNNNNNNNNN~}. So a client sees what was lost or mixed and how long it
 * took, without reading any JSON.
 */
final class Mark {
  static final int LENGTH = 32;
  static final String BLANK = "~00000000.0000.0000000000000000~";
  private static final byte EDGE = '~';
  private static final int EVENT_AT = 10;
  private static final int NANOS_AT = 15;

  private Mark() {}

  /** Writes one over the 32 bytes at {@code at}. */
  static void set(ByteBuf to, int at, int stream, int event, long nanos) {
    decimal(to, at + 1, Order.ID_DIGITS, stream);
    decimal(to, at + EVENT_AT, 4, event);
    long left = nanos;
    for (int i = at + NANOS_AT + 15; i >= at + NANOS_AT; i--) {
      int digit = (int) (left & 15);
      to.setByte(i, digit < 10 ? '0' + digit : 'a' + digit - 10);
      left >>>= 4;
    }
  }

  static void decimal(ByteBuf to, int at, int digits, int number) {
    int left = number;
    for (int i = at + digits - 1; i >= at; i--) {
      to.setByte(i, '0' + left % 10);
      left /= 10;
    }
  }

  /** Hears of each mark that was found. */
  interface Found {
    void mark(int stream, int event, long nanos);

    /** Bytes that began as a mark and were none. */
    void garbled();
  }

  /** Finds the marks in an answer, however its bytes are cut. One for each answer. */
  static final class Finder {
    private final byte[] part = new byte[LENGTH];
    private int have;

    void find(ByteBuf in, Found found) {
      int at = in.readerIndex();
      int end = in.writerIndex();
      while (at < end) {
        if (have == 0) {
          at = in.indexOf(at, end, EDGE);
          if (at < 0) {
            return;
          }
        }
        int more = Math.min(LENGTH - have, end - at);
        in.getBytes(at, part, have, more);
        have += more;
        at += more;
        if (have == LENGTH) {
          have = 0;
          tell(found);
        }
      }
    }

    private void tell(Found found) {
      if (part[LENGTH - 1] != EDGE || part[EVENT_AT - 1] != '.' || part[NANOS_AT - 1] != '.') {
        found.garbled();
        return;
      }
      long nanos = 0;
      for (int i = NANOS_AT; i < LENGTH - 1; i++) {
        nanos = (nanos << 4) | Character.digit(part[i], 16);
      }
      found.mark(Order.number(part, 1, Order.ID_DIGITS), Order.number(part, EVENT_AT, 4), nanos);
    }
  }
}
