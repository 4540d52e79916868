package dev.sluice.protocol;

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
    return beginning.see(reader.read(bytes));
  }

  @Override
  public Sight end() {
    return beginning.end(reader.end());
  }
}
