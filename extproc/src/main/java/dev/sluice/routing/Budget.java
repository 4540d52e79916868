package dev.sluice.routing;

import dev.sluice.catalog.Retries;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * How many further tries there may be over all traffic. Each request pays a part of one into a
 * purse, time pays a little, and each further try takes one out; so providers that all fail get at
 * most so much more load than there are requests. Safe for many threads.
 *
 * @see <a href="https://sre.google/sre-book/handling-overload/">Site Reliability Engineering,
 *     Handling Overload: deciding to retry</a>
 */
@Policy
final class Budget {
  private static final double WINDOW_SECONDS = 10;
  private static final double HALF_LIFE = 5e9;

  /** A purse that nobody has paid into yet. */
  private static final long START = 100;

  /** Thousandths of a try, so that small parts are not lost. */
  private static final long ONE = 1000;

  private final LongAdder requests = new LongAdder();
  private final AtomicLong purse = new AtomicLong(START * ONE);
  private long counted;
  private double rate;
  private long last;

  /** A request's first try. */
  void request() {
    requests.increment();
  }

  /** A further try; false: there may be none. */
  boolean retry() {
    for (long has = purse.get(); has >= ONE; has = purse.get()) {
      if (purse.compareAndSet(has, has - ONE)) {
        return true;
      }
    }
    return false;
  }

  /** The further try did not happen after all. */
  void giveBack() {
    purse.addAndGet(ONE);
  }

  /** How many further tries may begin at once now. */
  long left() {
    return purse.get() / ONE;
  }

  /**
   * Pays in what came since the last call; keeps no more than {@value #WINDOW_SECONDS} seconds'
   * pay.
   */
  void fold(long now, Retries allowed) {
    long all = requests.sum();
    long came = all - counted;
    counted = all;
    double passed = Math.max(0, now - last) / 1e9;
    last = now;
    if (passed > 0) {
      double kept = Math.exp(-Math.log(2) * passed * 1e9 / HALF_LIFE);
      rate = rate * kept + came / passed * (1 - kept);
    }
    double paid = allowed.share() * came + allowed.floor() * Math.min(passed, WINDOW_SECONDS);
    long most = (long) (ONE * WINDOW_SECONDS * (allowed.share() * rate + allowed.floor()) + ONE);
    long more = Math.round(ONE * paid);
    purse.updateAndGet(has -> Math.min(has + more, Math.max(most, 0)));
  }
}
