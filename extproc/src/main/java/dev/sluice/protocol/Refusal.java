package dev.sluice.protocol;

import dev.sluice.conversation.Failure;

/** A client's request that cannot be served, or a provider's answer that is none; says why. */
public final class Refusal extends Exception {
  private static final long serialVersionUID = 1;

  private final transient Failure failure;

  /** Carries {@code failure} to whoever answers the client. */
  public Refusal(Failure failure) {
    super(failure.message(), null, false, false);
    this.failure = failure;
  }

  /** What is to be said. */
  public Failure failure() {
    return failure;
  }
}
