package dev.sluice.protocol;

import dev.sluice.conversation.Event;
import dev.sluice.conversation.Failure;
import java.util.List;

/** Watches a stream through its protocol's own reader, whose events are looked at and dropped. */
public final class EventWatch implements Watch {
  private final Protocol.Reader reader;

  /** Watches through {@code reader}. */
  public EventWatch(Protocol.Reader reader) {
    this.reader = reader;
  }

  @Override
  public Sight see(byte[] bytes) {
    return sight(reader.read(bytes));
  }

  @Override
  public Sight end() {
    Sight last = sight(reader.end());
    return last instanceof Silent ? new Failed(Unreadable.tooEarly()) : last;
  }

  private static Sight sight(List<Event> events) {
    for (Event event : events) {
      if (event instanceof Event.Failed(Failure failure)) {
        return new Failed(failure);
      }
      if (event.content() || event instanceof Event.Finish) {
        return new Begun();
      }
    }
    return new Silent();
  }
}
