package dev.sluice.routing;

import java.util.List;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Where each of very many sessions is bound, by 128 bits of each, in arrays alone. No object stays
 * behind for a session, so the garbage collector has nothing to copy, to mark or to search through
 * however many there are.
 *
 * <p>A session has one of the {@value #WAYS} slots of the set that its bits name. Where a set is
 * full, the one of it that was used longest ago goes: with half of all slots in use that is one
 * session in a thousand, with three quarters one in fifty. The arrays begin small and are doubled
 * where a set is full. Safe for use by several threads; the lock of a part is held for a moment,
 * and longest while the part grows.
 */
final class Sessions<T> {
  /** Slots of a set: they are looked through one by one. */
  static final int WAYS = 16;

  private static final int MOST_PARTS = 16;
  private static final int FIRST_SETS = 2;
  private static final long FACTOR = 0x9E37_79B9_7F4A_7C15L;

  private final List<Part<T>> parts;

  /**
   * Holds at most so many sessions.
   *
   * @param most {@value #WAYS} at least; rounded down to a power of two
   * @param lasting nanoseconds for which a session stays there after its last use
   */
  Sessions(int most, ToLongFunction<T> lasting) {
    int sets = Integer.highestOneBit(most / WAYS);
    int count = Math.min(MOST_PARTS, sets);
    parts = Stream.generate(() -> new Part<>(sets / count, lasting)).limit(count).toList();
  }

  /** Where it is, and that it was used; null: nowhere, or not any more. */
  @Nullable T find(long high, long low, long now) {
    return part(high, low).find(high, low, now);
  }

  void bind(long high, long low, T to, long now) {
    part(high, low).bind(high, low, to, now);
  }

  /** How many are bound; looks through all. */
  long count(long now) {
    return parts.stream().mapToLong(part -> part.count(now)).sum();
  }

  private Part<T> part(long high, long low) {
    return parts.get((int) (spread(high, low) >>> Integer.SIZE) & (parts.size() - 1));
  }

  /** The bits may be sums of products, whose lower half knows little of what was added. */
  private static long spread(long high, long low) {
    long mixed = (high ^ low >>> Integer.SIZE) * FACTOR;
    return mixed ^ mixed >>> 29;
  }

  /** A part with a lock of its own; slots of one session have the same place in each array. */
  private static final class Part<T> {
    private final int mostSets;
    private final ToLongFunction<T> lasting;
    private int sets;
    private long[] highs;
    private long[] lows;
    private long[] used;
    private @Nullable T[] bound;

    Part(int mostSets, ToLongFunction<T> lasting) {
      this.mostSets = mostSets;
      this.lasting = lasting;
      sets = Math.min(FIRST_SETS, mostSets);
      highs = new long[sets * WAYS];
      lows = new long[sets * WAYS];
      used = new long[sets * WAYS];
      bound = array(sets * WAYS);
    }

    @SuppressWarnings("unchecked")
    private static <T> @Nullable T[] array(int length) {
      return (@Nullable T[]) new Object[length];
    }

    synchronized @Nullable T find(long high, long low, long now) {
      int slot = slot(high, low);
      T there = slot < 0 ? null : live(slot, now);
      if (there != null) {
        used[slot] = now;
      }
      return there;
    }

    synchronized void bind(long high, long low, T to, long now) {
      int slot = slot(high, low);
      put(slot < 0 ? room(high, low, now) : slot, high, low, now, to);
    }

    synchronized long count(long now) {
      return IntStream.range(0, bound.length).filter(slot -> live(slot, now) != null).count();
    }

    private void put(int slot, long high, long low, long when, @Nullable T to) {
      highs[slot] = high;
      lows[slot] = low;
      used[slot] = when;
      bound[slot] = to;
    }

    private @Nullable T live(int slot, long now) {
      T there = bound[slot];
      return there == null || now - used[slot] > lasting.applyAsLong(there) ? null : there;
    }

    /** The first slot of the session's set. */
    private int first(long high, long low) {
      return ((int) spread(high, low) & (sets - 1)) * WAYS;
    }

    /** The session's slot; -1: it has none. */
    private int slot(long high, long low) {
      int first = first(high, low);
      for (int slot = first; slot < first + WAYS; slot++) {
        if (lows[slot] == low && highs[slot] == high && bound[slot] != null) {
          return slot;
        }
      }
      return -1;
    }

    /** A slot that is free, or that of the session that was used longest ago. */
    private int room(long high, long low, long now) {
      while (true) {
        int first = first(high, low);
        int oldest = first;
        for (int slot = first; slot < first + WAYS; slot++) {
          if (live(slot, now) == null) {
            return slot;
          }
          if (used[slot] - used[oldest] < 0) {
            oldest = slot;
          }
        }
        if (sets == mostSets) {
          return oldest;
        }
        grow();
      }
    }

    /** Each set becomes two, so that all find room. */
    private void grow() {
      long[] oldHighs = highs;
      long[] oldLows = lows;
      long[] oldUsed = used;
      @Nullable T[] oldBound = bound;
      sets *= 2;
      highs = new long[sets * WAYS];
      lows = new long[sets * WAYS];
      used = new long[sets * WAYS];
      bound = array(sets * WAYS);
      for (int old = 0; old < oldBound.length; old++) {
        if (oldBound[old] != null) {
          int slot = first(oldHighs[old], oldLows[old]);
          while (bound[slot] != null) {
            slot++;
          }
          put(slot, oldHighs[old], oldLows[old], oldUsed[old], oldBound[old]);
        }
      }
    }
  }
}
