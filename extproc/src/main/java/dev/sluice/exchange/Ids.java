package dev.sluice.exchange;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongSupplier;

/**
 * The ids of requests that are over. Each is remembered for a minute at least, where there are not
 * more than {@value #MOST} in it, and for two at most after the next one is over.
 *
 * <p>An id is kept as 64 bits in an array, not as a text in a map: thousands of them come and go
 * each second, and would be most of what the garbage collector copies. An id that never was here is
 * taken for another one with a chance of one in 10<sup>14</sup>. Safe for use by several threads,
 * without a lock.
 */
final class Ids {
  static final int MOST = 100_000;
  private static final Duration REMEMBERED = Duration.ofMinutes(1);
  private static final long FACTOR = 0x9E37_79B9_7F4A_7C15L;

  /** Of these the older one is forgotten as a whole. */
  private record Pair(Table newer, Table older, long since) {
    boolean full(long now) {
      return newer.size.get() >= MOST || now - since > REMEMBERED.toNanos();
    }

    boolean has(long id) {
      return newer.has(id) || older.has(id);
    }
  }

  /** Open addressing, with steps of one; 0 is an empty slot. */
  private static final class Table {
    /** A power of two that leaves a quarter empty. */
    private static final int SLOTS = 1 << 17;

    private final AtomicLongArray slots = new AtomicLongArray(SLOTS);
    private final AtomicInteger size = new AtomicInteger();

    void add(long id) {
      int slot = first(id);
      for (int steps = 0; steps < SLOTS; steps++) {
        long there = slots.get(slot);
        if (there == 0) {
          there = slots.compareAndExchange(slot, 0, id);
          if (there == 0) {
            size.incrementAndGet();
            return;
          }
        }
        if (there == id) {
          return;
        }
        slot = next(slot);
      }
    }

    boolean has(long id) {
      int slot = first(id);
      for (int steps = 0; steps < SLOTS; steps++) {
        long there = slots.get(slot);
        if (there == id || there == 0) {
          return there == id;
        }
        slot = next(slot);
      }
      return false;
    }

    private static int first(long id) {
      return (int) id & (SLOTS - 1);
    }

    private static int next(int slot) {
      return (slot + 1) & (SLOTS - 1);
    }
  }

  private final LongSupplier nanoTime;
  private final AtomicReference<Pair> over;

  /**
   * @param nanoTime the clock, in nanoseconds from any time
   */
  Ids(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    var first = new Table();
    over = new AtomicReference<>(new Pair(first, first, nanoTime.getAsLong()));
  }

  void add(String id) {
    Pair pair = over.get();
    long now = nanoTime.getAsLong();
    if (pair.full(now)) {
      var next = new Pair(new Table(), pair.newer(), now);
      pair = over.compareAndSet(pair, next) ? next : over.get();
    }
    pair.newer().add(bits(id));
  }

  boolean has(String id) {
    return over.get().has(bits(id));
  }

  private static long bits(String id) {
    long bits = id.length();
    for (int i = 0; i < id.length(); i++) {
      bits = bits * FACTOR + id.charAt(i);
    }
    return bits == 0 ? 1 : bits;
  }
}
