package dev.sluice.protocol;

import dev.sluice.conversation.Event;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Stop;
import dev.sluice.conversation.Usage;

/**
 * Tells from a stream's events when its answer has begun. An end counts as one where it has a
 * reason of its own or tokens were spent on it; an end after nothing is no answer. One for each
 * attempt; not safe for several threads.
 */
public final class Beginning {
  private Usage usage = Usage.NONE;

  /** What is known after this event, as long as it was {@link Watch.Silent} before. */
  public Watch.Sight see(Event event) {
    return switch (event) {
      case Event.Failed(Failure failure) -> new Watch.Failed(failure);
      case Event.Tally(Usage tally) -> {
        usage = tally;
        yield new Watch.Silent();
      }
      case Event.Finish(Stop stop, var _) ->
          empty(stop, usage) ? new Watch.Failed(Unreadable.noAnswer("content")) : new Watch.Begun();
      default -> event.content() ? new Watch.Begun() : new Watch.Silent();
    };
  }

  /** Whether an answer without content that ended so is none at all. */
  public static boolean empty(Stop stop, Usage usage) {
    return (stop == Stop.END || stop == Stop.TOOL_CALLS) && usage.output() == 0;
  }
}
