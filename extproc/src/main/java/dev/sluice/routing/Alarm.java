package dev.sluice.routing;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether a URL has just died, told before its breaker may open. Three tries that began one after
 * the other have failed, and none that began among them waits or was answered: while all is well
 * that is a matter of one in many thousand tries. Then new requests go elsewhere for {@value
 * #MILLIS} ms, or until one that began since is answered, as what is under way tells whether the
 * breaker has to open. Where nothing is, the next one goes there and tells. Further tries of a
 * request keep their order.
 *
 * <p>A row in the order of beginning, not of ending: failures come sooner than answers, so that a
 * few failures in a row among many tries that still wait are mere chance.
 *
 * <p>Safe for many threads. Only failures, and first tokens after failures, wait for each other.
 */
@Policy
final class Alarm {
  static final long MILLIS = 400;

  private static final int ROW = 3;

  private final AtomicInteger begun = new AtomicInteger();
  private int first;
  private int last;
  private volatile int failures;
  private volatile long until;

  /** A try begins; its number. */
  int begins() {
    return begun.incrementAndGet();
  }

  /** That try has failed before its first token. */
  synchronized void failed(int number, long now) {
    // Numbers wrap around, so their differences are compared.
    first = failures == 0 || number - first < 0 ? number : first;
    last = failures == 0 || number - last > 0 ? number : last;
    failures++;
    if (failures >= ROW && last - first < failures) {
      until = begun.get() == last ? 0 : now + MILLIS * 1_000_000;
    }
  }

  /** That try was answered, if only with its first token. */
  void answered(int number) {
    if (failures > 0) {
      ends(number);
    }
  }

  private synchronized void ends(int number) {
    if (number - first >= 0) {
      failures = 0;
      until = 0;
    }
  }

  /** When it ends; 0: it is not raised. */
  long until(long now) {
    long end = until;
    return now < end ? end : 0;
  }
}
