package dev.sluice.exchange;

import java.util.ArrayList;
import java.util.List;

/** A body as it comes, piece by piece; where it comes at once it is not copied. */
final class Pieces {
  private static final byte[] NONE = {};

  private final List<byte[]> pieces = new ArrayList<>(1);
  private int size;

  /** Adds one, which must not change any more. */
  void add(byte[] piece) {
    if (piece.length > 0) {
      pieces.add(piece);
      size = Math.addExact(size, piece.length);
    }
  }

  /** How many bytes they are. */
  int size() {
    return size;
  }

  /** All of them, maybe in the array in which they came. */
  byte[] whole() {
    return switch (pieces.size()) {
      case 0 -> NONE;
      case 1 -> pieces.getFirst();
      default -> {
        byte[] all = new byte[size];
        int at = 0;
        for (byte[] piece : pieces) {
          System.arraycopy(piece, 0, all, at, piece.length);
          at += piece.length;
        }
        pieces.clear();
        pieces.add(all);
        yield all;
      }
    };
  }
}
