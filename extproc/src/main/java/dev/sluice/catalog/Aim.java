package dev.sluice.catalog;

/**
 * What a group wants of a channel, as weights of the parts of its score. Only their proportions
 * count.
 *
 * @param cost 0 or more
 * @param latency 0 or more
 * @param availability 0 or more
 * @param quality 0 or more: how good another model is where one stands in for what was asked for
 */
public record Aim(double cost, double latency, double availability, double quality) {
  /** Mostly cheap. */
  public static final Aim ECONOMY = new Aim(0.8, 0.12, 0.08, 0.2);

  /** Mostly fast. */
  public static final Aim PERFORMANCE = new Aim(0.1, 0.85, 0.05, 0.2);

  /** Mostly there. */
  public static final Aim STABILITY = new Aim(0.05, 0.2, 0.75, 0.2);
}
