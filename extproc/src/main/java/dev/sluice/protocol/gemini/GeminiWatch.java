package dev.sluice.protocol.gemini;

import dev.sluice.conversation.Event;
import dev.sluice.protocol.Beginning;
import dev.sluice.protocol.Watch;

/**
 * Watches a stream through its reader, whose events are looked at and dropped. A named end counts
 * as one before the stream is over where it has a reason of its own.
 */
final class GeminiWatch implements Watch {
  private final Reader reader = new Reader();
  private final Beginning beginning = new Beginning();

  @Override
  public Sight see(byte[] bytes) {
    Sight sight = beginning.see(reader.read(bytes));
    Event.Finish named = reader.named();
    return sight instanceof Silent && named != null && beginning.see(named) instanceof Begun begun
        ? begun
        : sight;
  }

  @Override
  public Sight end() {
    return beginning.end(reader.end());
  }
}
