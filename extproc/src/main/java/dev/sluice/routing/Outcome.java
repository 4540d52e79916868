package dev.sluice.routing;

import dev.sluice.catalog.Rule;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Usage;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** How a try ended. */
public sealed interface Outcome {
  /**
   * With an answer.
   *
   * @param used what the provider said, or an estimate; {@link Usage#NONE} where nothing is known
   * @param total from the try's begin to the answer's end
   */
  record Answered(Usage used, Duration total) implements Outcome {}

  /**
   * Without one.
   *
   * @param failure what went wrong
   * @param status the provider's; 0 where there was no answer
   * @param rule the operator's error rule that held; null: none did
   */
  record Failed(Failure failure, int status, @Nullable Rule rule) implements Outcome {}

  /** The client left. Says nothing about the candidate but how long it had been silent. */
  record Abandoned() implements Outcome {}

  /**
   * Another try that raced with it was faster.
   *
   * @param waited how long this one had been under way
   */
  record Beaten(Duration waited) implements Outcome {}
}
