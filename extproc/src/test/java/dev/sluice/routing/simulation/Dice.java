package dev.sluice.routing.simulation;

/**
 * Chance as a function of what it decides, so that every arm meets the same luck with the same
 * request at the same channel.
 */
final class Dice {
  private Dice() {}

  /** Uniform in [0, 1). */
  static double of(long seed, long what, long where, long which) {
    long mixed = mix(mix(mix(mix(seed) + what) + where) + which);
    return (mixed >>> 11) * 0x1.0p-53;
  }

  /** A standard normal deviate, by Box and Muller. */
  static double normal(long seed, long what, long where, long which) {
    double radius = Math.sqrt(-2 * Math.log(1 - of(seed, what, where, which)));
    return radius * Math.cos(2 * Math.PI * of(seed, what, where, which + 1_000));
  }

  /**
   * Stafford's variant 13 of the finaliser.
   *
   * @see <a href="https://doi.org/10.1145/2660193.2660195">Steele, Lea and Flood, Fast splittable
   *     pseudorandom number generators</a>
   */
  private static long mix(long z) {
    long a = z + 0x9e3779b97f4a7c15L;
    a = (a ^ (a >>> 30)) * 0xbf58476d1ce4e5b9L;
    a = (a ^ (a >>> 27)) * 0x94d049bb133111ebL;
    return a ^ (a >>> 31);
  }
}
