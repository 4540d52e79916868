package dev.sluice.protocol;

import dev.sluice.wire.Mentions;

/** Counts the pictures of an answer that another gauge looks at. */
public final class PictureGauge implements Gauge {
  private final Gauge gauge;
  private final Mentions pictures;

  /**
   * Counts beside {@code gauge}.
   *
   * @param pictures finds them
   */
  public PictureGauge(Gauge gauge, Mentions pictures) {
    this.gauge = gauge;
    this.pictures = pictures;
  }

  @Override
  public byte[] pass(byte[] bytes, boolean last) {
    pictures.feed(bytes);
    gauge.count().pictures(pictures.count());
    return gauge.pass(bytes, last);
  }

  @Override
  public Count count() {
    return gauge.count();
  }
}
