package dev.sluice.routing;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps requests off a place that fails. It opens at so many failures in a row, or at such a share
 * of recent ones; after a rest single requests go through to see, one at a time and at most one in
 * {@value #SHARE} of those that it kept off; a success closes it, a failure doubles the rest.
 *
 * <p>Only tries that began after it had opened can close it or keep it open: what was under way
 * then tells nothing new. Safe for many threads; while it is closed, nobody waits for anybody.
 *
 * @see <a href="https://martinfowler.com/bliki/CircuitBreaker.html">Fowler, CircuitBreaker, after
 *     Nygard, Release It!</a>
 */
@Policy
final class Breaker {
  /** Of so many requests kept off one may be a probe: 2 %. */
  static final int SHARE = 50;

  /**
   * No rest grows beyond this. Probes are a share of what is kept off anyway, so a longer rest
   * would save nothing and see a recovery later.
   */
  private static final long LONGEST = 5_000_000_000L;

  private static final int PATIENT = 4;
  private static final int LONG_DEAD = 32;

  /** So long after its opening a probe may go through although few requests were kept off. */
  private static final long PATIENCE = 20_000_000_000L;

  /** A probe of which nothing was heard for so long is forgotten. */
  private static final long PROBE_LOST = 120_000_000_000L;

  /** Between two tries of which there is nothing better. */
  private static final long DESPERATE = 1_000_000_000L;

  private static final double SHARE_HALF_LIFE = 5e9;
  private static final double VOLUME = 20;
  private static final int GOOD = 0;
  private static final int BAD = 1;

  private final AtomicInteger row = new AtomicInteger();
  private volatile long rowBegan;
  private final AtomicInteger rivals = new AtomicInteger();
  private final Tally tally = new Tally(2);
  private final AtomicLong probing = new AtomicLong();
  private final AtomicInteger probes = new AtomicInteger();
  private final AtomicLong keptOff = new AtomicLong();
  private final AtomicLong desperate = new AtomicLong();
  private double recentGood;
  private double recentBad;
  private long folded;

  // Written under this object's lock, read without.
  private volatile long firstOpenedAt;
  private volatile long openedAt;
  private volatile long until;
  private volatile int level;
  private volatile long closedAt;
  private volatile String why = "";

  /** Whether it keeps requests off, but for probes. */
  boolean open() {
    return until != 0;
  }

  /** When its rest ends; 0: it is closed. */
  long until() {
    return until;
  }

  long openedAt() {
    return openedAt;
  }

  String why() {
    return why;
  }

  /**
   * How many times as long as a living place usually takes the newest probe should wait. Once
   * mostly, or a dead place would hold each probe for long and its recovery be seen late; one probe
   * in {@value #PATIENT} waits twice as long, and after {@value #LONG_DEAD} probes as long as any
   * try, or a place that has become slow would never be seen to live.
   */
  double patience() {
    int count = probes.get();
    if (count % PATIENT != 0) {
      return 1;
    }
    return count <= LONG_DEAD ? 2 : Double.POSITIVE_INFINITY;
  }

  /** Whether a request may go through now: it is closed, or a probe is due. */
  boolean lets(long now) {
    return until == 0 || due(now);
  }

  private boolean due(long now) {
    return now >= until
        && probing.get() < now
        && (keptOff.get() >= SHARE || now >= openedAt + PATIENCE);
  }

  /** Whether its rest is over and no probe is under way, however few requests it kept off. */
  boolean rested(long now) {
    return until != 0 && now >= until && probing.get() < now;
  }

  /**
   * Takes the place of the one probe.
   *
   * @param counted whether the caller has seen to it that probes are few
   * @return false: this request is kept off
   */
  boolean admit(long now, boolean counted) {
    if (until == 0) {
      return true;
    }
    long before = probing.get();
    if ((counted ? rested(now) : due(now)) && probing.compareAndSet(before, now + PROBE_LOST)) {
      keptOff.set(0);
      probes.incrementAndGet();
      return true;
    }
    keptOff.incrementAndGet();
    return false;
  }

  /**
   * From then on the next probe may go out although nothing was heard of this one. One that waits
   * long for its answer, in case the place has become slow, does not keep the others.
   */
  void holds(long end) {
    long before = probing.get();
    if (before > end) {
      probing.compareAndSet(before, end);
    }
  }

  /** Whether a request that has nothing better may go through all the same: one in a second. */
  boolean admitDesperate(long now) {
    long before = desperate.get();
    return now - before >= DESPERATE && desperate.compareAndSet(before, now);
  }

  /** The request that took the probe's place says nothing. */
  void dropped() {
    probing.set(0);
  }

  /** A try goes out. */
  void begins() {
    if (row.get() != 0) {
      rivals.incrementAndGet();
    }
  }

  /**
   * A try that began at {@code begun} has ended well.
   *
   * @return after how many failures in a row that closed it; 0: it did not
   */
  int good(long begun, long now) {
    tally.add(GOOD, 1);
    return alive(begun, now);
  }

  /**
   * The first token came of a try that began at {@code begun}. Where it began before the failures
   * in a row did, that is no news: what was under way goes on well for seconds.
   *
   * @return after how many failures in a row that closed it; 0: it did not
   */
  int alive(long begun, long now) {
    if (until == 0) {
      if (row.get() != 0 && begun >= rowBegan) {
        row.set(0);
      }
      return 0;
    }
    return begun >= firstOpenedAt ? closed(now) : 0;
  }

  private synchronized int closed(long now) {
    int failures = until == 0 ? 0 : Math.max(1, row.get());
    if (failures > 0) {
      close(now);
    }
    return failures;
  }

  /**
   * A try that began at {@code begun} has failed.
   *
   * @param most so many in a row open it; 0: any number is borne
   * @param rest how long at first, in nanoseconds
   */
  void bad(long begun, long now, String reason, int most, long rest) {
    if (begun < closedAt) {
      return; // It belongs to the trouble that is over.
    }
    tally.add(BAD, 1);
    int count = row.incrementAndGet();
    if (count == 1) {
      rivals.set(0);
      rowBegan = begun;
    }
    if (until == 0) {
      // Failures often come sooner than first tokens: a few among many that still wait are no row.
      if (most > 0 && count >= most && 2 * count >= rivals.get()) {
        open(now, count + " failures in a row, the last: " + reason, rest);
      }
    } else if (begun >= openedAt) {
      again(now, rest);
    }
  }

  private synchronized void again(long now, long rest) {
    if (until != 0) {
      probing.set(0);
      level++;
      openedAt = now;
      until = now + pause(rest);
    }
  }

  /** Opens it where the share of recent failures is too high; 0: any share is borne. */
  void fold(long now, double most, long rest) {
    double[] batch = tally.take();
    double kept = Math.exp(-Math.log(2) * (now - folded) / SHARE_HALF_LIFE);
    folded = now;
    recentGood = recentGood * kept + batch[GOOD];
    recentBad = recentBad * kept + batch[BAD];
    double all = recentGood + recentBad;
    if (most > 0 && until == 0 && all >= VOLUME && recentBad >= most * all) {
      open(now, Math.round(100 * recentBad / all) + " % of recent tries failed", rest);
    }
  }

  private synchronized void open(long now, String reason, long rest) {
    if (until == 0 && rest > 0) {
      level = 0;
      probes.set(0);
      firstOpenedAt = now;
      openedAt = now;
      keptOff.set(0);
      probing.set(0);
      why = reason;
      until = now + pause(rest);
    }
  }

  private long pause(long rest) {
    long longest = Math.max(rest, LONGEST);
    return Math.min(rest << Math.min(level, 10), longest);
  }

  private void close(long now) {
    until = 0;
    probing.set(0);
    closedAt = now;
    why = "";
    row.set(0);
    recentGood = 0;
    recentBad = 0;
  }

  /** Closes it by hand; false: it was not open. */
  synchronized boolean release(long now) {
    boolean was = until != 0;
    close(now);
    level = 0;
    return was;
  }
}
