package dev.sluice.protocol;

import dev.sluice.conversation.Event;
import java.util.List;

/** Watches a stream through its protocol's own reader, whose events are looked at and dropped. */
public final class EventWatch implements Watch {
  private final Protocol.Reader reader;
  private final Beginning beginning = new Beginning();

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

  private Sight sight(List<Event> events) {
    for (Event event : events) {
      Sight sight = beginning.see(event);
      if (!(sight instanceof Silent)) {
        return sight;
      }
    }
    return new Silent();
  }
}
