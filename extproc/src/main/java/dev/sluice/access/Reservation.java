package dev.sluice.access;

import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A request that may go on, with what is reserved for it until it is {@link #settle settled}. That
 * must happen once for each, however the request ends; a second time does nothing. One that is
 * forgotten counts as its estimate after a day. Safe for several threads.
 */
public final class Reservation implements Admission {
  private final Budgets budgets;
  private final Budgets.Taken taken;
  private final AtomicBoolean over = new AtomicBoolean();

  Reservation(Budgets budgets, Budgets.Taken taken) {
    this.budgets = budgets;
    this.taken = taken;
  }

  /** What was estimated when it was made. */
  public Amount estimate() {
    return taken.estimate();
  }

  /** The request is over, and all its attempts together came to this. */
  public void settle(Amount actual) {
    settle(actual, Instant.ofEpochMilli(taken.at()));
  }

  /**
   * The same.
   *
   * @param began when the request began, as the request log says it
   */
  public void settle(Amount actual, Instant began) {
    if (over.compareAndSet(false, true)) {
      budgets.settle(this, taken, actual, began.toEpochMilli());
    }
  }

  /** The request is over and cost nothing. */
  public void release() {
    settle(Amount.NONE);
  }
}
