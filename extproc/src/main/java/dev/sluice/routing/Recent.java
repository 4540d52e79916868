package dev.sluice.routing;

/**
 * How much a new batch of samples weighs against what was known before: by the time that it covers,
 * not by its count, so that a thousand samples in a second tell of one second only. A batch after a
 * long pause would then be all that is known; its count bounds that.
 *
 * <p>An exponentially weighted mean of samples at irregular times. One thread at a time.
 *
 * @see <a href="https://doi.org/10.1142/S0219024901000900">Zumbach and Müller, Operators on
 *     inhomogeneous time series</a>
 */
final class Recent {
  private final double halfLifeNanos;
  private final double grain;
  private double evidence;
  private long last;

  /**
   * Nothing known yet.
   *
   * @param halfLifeNanos after so long what was known counts half
   * @param grain so many samples can at most replace half of what was known
   */
  Recent(double halfLifeNanos, double grain) {
    this.halfLifeNanos = halfLifeNanos;
    this.grain = grain;
  }

  /** The batch's weight, over 0 to 1; what was known has the rest. */
  double weigh(double count, long now) {
    double byTime = 1 - Math.exp(-Math.log(2) * Math.max(0, now - last) / halfLifeNanos);
    double byCount = count / (count + grain);
    double whileNew = count / (count + evidence);
    evidence = Math.min(evidence + count, 1e9);
    last = now;
    return Math.max(whileNew, Math.min(byTime, byCount));
  }

  /** So many samples there were. */
  double evidence() {
    return evidence;
  }

  /** When the last came. */
  long last() {
    return last;
  }

  /** What was known may be over: it counts as no more than so many samples. */
  void doubt(double samples) {
    evidence = Math.min(evidence, samples);
  }

  /** As if {@code samples} had told what was known. */
  void trust(double samples, long now) {
    evidence = samples;
    last = now;
  }
}
