package dev.sluice.routing;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.sluice.catalog.Limits;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.LongSupplier;

/**
 * Requests in a minute, tokens in a minute, requests at a time: by name, of keys or of anything
 * else. In no span of 60 seconds is more let through than the limit; tokens are estimated when a
 * request begins and settled when it ends. Safe for many threads, without locks. At most {@value
 * #NAMES} names; those that were used longest ago go first.
 */
@Policy
public final class Limit {
  private static final int NAMES = 100_000;
  private static final Duration IDLE = Duration.ofHours(2);

  private final LongSupplier nanoTime;
  private final long origin;
  private final Cache<String, Meter> meters;

  /**
   * Nothing used yet.
   *
   * @param nanoTime never goes back, as {@link System#nanoTime}
   */
  public Limit(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.origin = nanoTime.getAsLong();
    this.meters =
        Caffeine.newBuilder()
            .maximumSize(NAMES)
            .expireAfterAccess(IDLE)
            .ticker(nanoTime::getAsLong)
            .executor(Runnable::run)
            .build();
  }

  /** What is limited. */
  public enum Kind {
    /** Requests in a minute. */
    REQUESTS,
    /** Tokens in a minute. */
    TOKENS,
    /** Requests at a time. */
    CONCURRENCY
  }

  /** Whether there was room. */
  public sealed interface Answer {}

  /**
   * There was none, and nothing was taken.
   *
   * @param kind of what
   * @param retryAfter when there will be, as far as can be told; at least a second
   */
  public record Over(Kind kind, Duration retryAfter) implements Answer {}

  /**
   * How much is left.
   *
   * @param requests in this minute; -1: not limited
   * @param tokens in this minute; -1: not limited
   * @param concurrent at a time; -1: not limited
   * @param reset when all of the minute's are there again
   */
  public record Room(long requests, long tokens, long concurrent, Duration reset) {}

  /**
   * Takes room for one request.
   *
   * @param name whose limits they are
   * @param tokens about as many as it will use
   * @return {@link Over}, or a {@link Grant} which must be ended
   */
  public Answer take(String name, Limits limits, long tokens) {
    return meter(name).take(limits, tokens, now());
  }

  /** How much room is left. */
  public Room room(String name, Limits limits) {
    return meter(name).room(limits, now());
  }

  private Meter meter(String name) {
    return meters.get(name, _ -> new Meter());
  }

  private long now() {
    return nanoTime.getAsLong() - origin + 1;
  }

  /** Room that was taken. Safe for several threads. */
  public static final class Grant implements Answer {
    private final Meter meter;
    private final long estimated;
    private final AtomicBoolean ended = new AtomicBoolean();

    private Grant(Meter meter, long estimated) {
      this.meter = meter;
      this.estimated = estimated;
    }

    /**
     * The request is over. Only the first call counts.
     *
     * @param tokens as many as it used; negative: as estimated
     */
    public void end(long tokens) {
      if (ended.compareAndSet(false, true)) {
        meter.running.decrementAndGet();
        if (tokens >= 0) {
          meter.tokens.settle(tokens - estimated);
        }
      }
    }
  }

  /** What one name has used. */
  static final class Meter {
    private static final long SECOND = 1_000_000_000L;

    private final AtomicLong running = new AtomicLong();
    private final Minute requests = new Minute();
    private final Minute tokens = new Minute();

    /**
     * Takes room, or says when there will be.
     *
     * @param now in nanoseconds, greater than 0
     */
    Answer take(Limits limits, long estimate, long now) {
      long second = now / SECOND;
      if (!enter(limits.concurrency())) {
        return new Over(Kind.CONCURRENCY, Duration.ofSeconds(1));
      }
      if (!requests.take(1, limits.rpm(), second)) {
        running.decrementAndGet();
        return new Over(Kind.REQUESTS, requests.wait(1, limits.rpm(), now));
      }
      // A request that is larger than the whole limit could otherwise never be.
      long needed = limits.tpm() > 0 ? Math.min(estimate, limits.tpm()) : estimate;
      if (!tokens.take(needed, limits.tpm(), second)) {
        running.decrementAndGet();
        requests.settle(-1);
        return new Over(Kind.TOKENS, tokens.wait(needed, limits.tpm(), now));
      }
      return new Grant(this, needed);
    }

    private boolean enter(long most) {
      if (most <= 0) {
        running.incrementAndGet();
        return true;
      }
      for (long has = running.get(); has < most; has = running.get()) {
        if (running.compareAndSet(has, has + 1)) {
          return true;
        }
      }
      return false;
    }

    /** Whether there would be room. */
    boolean lets(Limits limits, long estimate, long now) {
      long second = now / SECOND;
      return (limits.concurrency() <= 0 || running.get() < limits.concurrency())
          && (limits.rpm() <= 0 || requests.used(second) < limits.rpm())
          && (limits.tpm() <= 0
              || tokens.used(second) + Math.min(estimate, limits.tpm()) <= limits.tpm());
    }

    Room room(Limits limits, long now) {
      long second = now / SECOND;
      return new Room(
          limits.rpm() > 0 ? Math.max(0, limits.rpm() - requests.used(second)) : -1,
          limits.tpm() > 0 ? Math.max(0, limits.tpm() - tokens.used(second)) : -1,
          limits.concurrency() > 0 ? Math.max(0, limits.concurrency() - running.get()) : -1,
          longer(
              requests.wait(limits.rpm(), limits.rpm(), now),
              tokens.wait(limits.tpm(), limits.tpm(), now)));
    }

    private static Duration longer(Duration one, Duration other) {
      return one.compareTo(other) > 0 ? one : other;
    }

    /** How long until there is room, as far as can be told; at least a second. */
    Duration wait(Limits limits, long estimate, long now) {
      long needed = limits.tpm() > 0 ? Math.min(estimate, limits.tpm()) : estimate;
      Duration minute =
          longer(requests.wait(1, limits.rpm(), now), tokens.wait(needed, limits.tpm(), now));
      return longer(minute, Duration.ofSeconds(1));
    }
  }

  /**
   * The sum of this second and the 60 before, so that no span of 60 seconds holds more. The sum is
   * taken and given by compare-and-set; one thread each second takes out of it what has become old.
   * So every amount goes in once and out once.
   */
  private static final class Minute {
    private static final int SECONDS = 61;
    private static final int RING = 64;

    private final AtomicLong sum = new AtomicLong();
    private final AtomicLong at = new AtomicLong();
    private volatile AtomicLongArray seconds = NONE;
    private static final AtomicLongArray NONE = new AtomicLongArray(0);

    /** Without a limit nothing is counted. */
    boolean take(long amount, long limit, long second) {
      if (limit <= 0) {
        return true;
      }
      long has = used(second);
      while (has + amount <= limit) {
        if (sum.compareAndSet(has, has + amount)) {
          ring().addAndGet((int) (second % RING), amount);
          return true;
        }
        has = sum.get();
      }
      return false;
    }

    /** More, or with a negative amount less, than was taken, counted as if it were now. */
    void settle(long amount) {
      AtomicLongArray ring = seconds;
      if (amount != 0 && ring.length() > 0) {
        sum.addAndGet(amount);
        ring.addAndGet((int) (at.get() % RING), amount);
      }
    }

    long used(long second) {
      long before = at.get();
      if (second > before && at.compareAndSet(before, second)) {
        AtomicLongArray ring = seconds;
        if (ring.length() > 0) {
          for (long old = Math.max(before + 1, second - RING + 1); old <= second; old++) {
            int slot = (int) ((old + RING - SECONDS) % RING);
            long amount = ring.getAndSet(slot, 0);
            if (amount != 0) {
              sum.addAndGet(-amount);
            }
          }
          if (second - before >= RING) {
            empty(ring);
          }
        }
      }
      return sum.get();
    }

    private void empty(AtomicLongArray ring) {
      for (int i = 0; i < RING; i++) {
        long amount = ring.getAndSet(i, 0);
        if (amount != 0) {
          sum.addAndGet(-amount);
        }
      }
    }

    /** How long until so much more fits. */
    Duration wait(long amount, long limit, long now) {
      AtomicLongArray ring = seconds;
      long second = now / Meter.SECOND;
      long over = used(second) + amount - limit;
      if (limit <= 0 || over <= 0 || ring.length() == 0) {
        return Duration.ofSeconds(limit <= 0 || over <= 0 ? 0 : 1);
      }
      for (long old = second - SECONDS + 1; old <= second; old++) {
        over -= ring.get((int) ((old + RING) % RING));
        if (over <= 0) {
          long nanos = (old + SECONDS) * Meter.SECOND - now;
          return Duration.ofSeconds(Math.max(1, (nanos + Meter.SECOND - 1) / Meter.SECOND));
        }
      }
      return Duration.ofSeconds(SECONDS);
    }

    private AtomicLongArray ring() {
      AtomicLongArray ring = seconds;
      return ring.length() > 0 ? ring : grow();
    }

    private synchronized AtomicLongArray grow() {
      if (seconds.length() == 0) {
        seconds = new AtomicLongArray(RING);
      }
      return seconds;
    }
  }
}
