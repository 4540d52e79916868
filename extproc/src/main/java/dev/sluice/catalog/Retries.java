package dev.sluice.catalog;

/**
 * How many further tries there may be over all traffic, so that providers that fail do not multiply
 * the load.
 *
 * @param share of all recent requests, 0 or more
 * @param floor so many a second are always allowed, 0 or more
 */
public record Retries(double share, double floor) {
  /** Where nothing is said. */
  public static final Retries USUAL = new Retries(0.2, 10);
}
