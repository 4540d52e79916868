package dev.sluice.exchange;

import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Usage;
import dev.sluice.ledger.Settlement;
import dev.sluice.routing.Attempt;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Hears how each attempt ended, once for each. Called on any thread, and must not block. */
@FunctionalInterface
public interface Settled {
  /** The attempt is over. */
  void settled(Attempt attempt, Ended how);

  /**
   * How it ended.
   *
   * @param settlement as far as its bill is concerned
   * @param usage what it used, as far as is known
   * @param cause what went wrong at the provider; null: nothing
   * @param status the provider's; 0 where there was no answer
   * @param left whether it was the client who ended it
   * @param firstToken from the request's way out to the first content; null: there was none
   * @param took from the request's way out to the end
   */
  record Ended(
      Settlement settlement,
      Usage usage,
      @Nullable Failure cause,
      int status,
      boolean left,
      @Nullable Duration firstToken,
      Duration took) {}
}
