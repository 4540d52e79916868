package dev.sluice.protocol;

import dev.sluice.conversation.Event;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Stop;
import dev.sluice.conversation.Usage;
import java.util.List;

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

  /** What is known after these events; the first that says something counts. */
  public Watch.Sight see(List<Event> events) {
    for (Event event : events) {
      Watch.Sight sight = see(event);
      if (!(sight instanceof Watch.Silent)) {
        return sight;
      }
    }
    return new Watch.Silent();
  }

  /** What is known after the last events; where they say nothing either, it came too early. */
  public Watch.Sight end(List<Event> events) {
    Watch.Sight last = see(events);
    return last instanceof Watch.Silent ? new Watch.Failed(Unreadable.tooEarly()) : last;
  }

  /** Whether an answer without content that ended so is none at all. */
  public static boolean empty(Stop stop, Usage usage) {
    return (stop == Stop.END || stop == Stop.TOOL_CALLS) && usage.output() == 0;
  }
}
