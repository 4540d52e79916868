package dev.sluice.exchange;

import java.util.concurrent.atomic.AtomicLong;

/** How many bytes of clients' bodies may be in memory at once, over all requests. */
final class BodyBudget {
  private final long limit;
  private final AtomicLong used = new AtomicLong();

  BodyBudget(long limit) {
    this.limit = limit;
  }

  /** Takes so many bytes; false, and nothing taken, where they are not left. */
  boolean take(long bytes) {
    if (used.addAndGet(bytes) <= limit) {
      return true;
    }
    used.addAndGet(-bytes);
    return false;
  }

  void give(long bytes) {
    used.addAndGet(-bytes);
  }

  long used() {
    return used.get();
  }
}
