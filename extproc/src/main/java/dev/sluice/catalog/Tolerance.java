package dev.sluice.catalog;

import java.time.Duration;

/**
 * How much of a channel may fail before it is set aside. Holds for each of its URLs, accounts and
 * models, and for the whole.
 *
 * @param failures in a row; 0: any number
 * @param share of recent tries, over 0 to 1; 0: any share
 * @param rest how long it is left alone at first; longer when it fails again. Zero: nothing of the
 *     channel is ever set aside by itself
 */
public record Tolerance(int failures, double share, Duration rest) {
  /** Where nothing is said. */
  public static final Tolerance USUAL = new Tolerance(5, 0.5, Duration.ofSeconds(5));
}
