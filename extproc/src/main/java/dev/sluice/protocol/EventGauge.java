package dev.sluice.protocol;

/** Looks at a stream through its protocol's own reader, whose events are counted and dropped. */
public final class EventGauge implements Gauge {
  private final Count count = new Count();
  private final Protocol.Reader reader;

  /** Counts the events of {@code reader}. */
  public EventGauge(Protocol.Reader reader) {
    this.reader = reader;
  }

  @Override
  public byte[] pass(byte[] bytes, boolean last) {
    reader.read(bytes).forEach(count::see);
    if (last) {
      reader.end().forEach(count::see);
    }
    count.saidSoFar(reader.usage());
    return bytes;
  }

  @Override
  public Count count() {
    return count;
  }
}
