package dev.sluice.routing.simulation;

import java.util.List;

/**
 * A channel of the simulated world.
 *
 * @param name its channel's name
 * @param input USD per million tokens of the prompt
 * @param cached USD per million tokens of the prompt that it has in its cache; negative: it has no
 *     cache
 * @param output USD per million tokens of the answer
 * @param weight what the operator gave it
 * @param normal how it is when nothing happens
 */
record Seller(
    String name, double input, double cached, double output, double weight, Truth normal) {

  private static final double NEVER = Double.POSITIVE_INFINITY;

  /** In the operator's order of priority. */
  static final List<Seller> ALL =
      List.of(
          new Seller(
              "direct",
              1.25,
              0.125,
              10,
              10,
              new Truth(1, 0.6, 0.35, 10_000, 80, 0.003, 0.3, 0.0005, 1_500, NEVER)),
          new Seller(
              "budget",
              0.5,
              0.05,
              4,
              8,
              new Truth(1, 1.4, 0.6, 6_000, 40, 0.02, 0.5, 0.004, 1_200, NEVER)),
          new Seller(
              "rapid",
              2.5,
              0.25,
              15,
              6,
              new Truth(1, 0.3, 0.7, 20_000, 200, 0.008, 0.2, 0.003, 900, NEVER)),
          new Seller(
              "reseller",
              0.8,
              -1,
              6,
              8,
              new Truth(1, 0.9, 0.5, 8_000, 60, 0.01, 0.4, 0.002, 1_200, NEVER)),
          new Seller(
              "steadfast",
              3,
              0.3,
              12,
              6,
              new Truth(1, 0.5, 0.15, 12_000, 70, 0.0005, 0.3, 0.0001, 900, NEVER)));

  boolean caches() {
    return cached >= 0;
  }

  /** In US cents. */
  double cents(double factor, double fresh, double held, double written) {
    return factor
        * (fresh * input + held * (caches() ? cached : input) + written * output)
        / 10_000;
  }
}
