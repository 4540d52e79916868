package dev.sluice.protocol.responses;

import dev.sluice.protocol.EventWatch;
import dev.sluice.protocol.Watch;

/**
 * Tells when a stream has begun: when its events say so, or when the provider's own tools are at
 * work, which may take minutes before the model says anything.
 */
final class ResponsesWatch implements Watch {
  private final Reader reader = new Reader();
  private final EventWatch events = new EventWatch(reader);

  @Override
  public Sight see(byte[] bytes) {
    Sight sight = events.see(bytes);
    return sight instanceof Silent && reader.working() ? new Begun() : sight;
  }

  @Override
  public Sight end() {
    return events.end();
  }
}
