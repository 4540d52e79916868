package dev.sluice.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Eight bytes looked at in one step, the first of them lowest. What is found has the highest bit of
 * its byte set; the lowest that is found is true, those above it may be false, since a subtraction
 * borrows from them.
 *
 * @see <a href="https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord">Anderson, Bit
 *     Twiddling Hacks</a>
 */
final class Eight {
  private static final VarHandle BYTES =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGHS = ONES << 7;
  private static final long BLANKS = ONES * ' ';
  private static final long QUOTES = ONES * '"';
  private static final long BACKSLASHES = ONES * '\\';

  private Eight() {}

  /** Those from there on; there must be as many. */
  static long at(byte[] bytes, int from) {
    return (long) BYTES.get(bytes, from);
  }

  /** The same byte eight times. */
  static long times(byte b) {
    return (b & 0xffL) * ONES;
  }

  /** Where two are equal. */
  static long equal(long eight, long other) {
    long differs = eight ^ other;
    return (differs - ONES) & ~differs & HIGHS;
  }

  /** What a JSON text must escape: quotes, backslashes, controls. */
  static long escaped(long eight) {
    return ((eight - BLANKS) & ~eight & HIGHS) | equal(eight, QUOTES) | equal(eight, BACKSLASHES);
  }

  /** What is no US-ASCII. */
  static long foreign(long eight) {
    return eight & HIGHS;
  }
}
