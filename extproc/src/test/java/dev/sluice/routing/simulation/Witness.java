package dev.sluice.routing.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Knows what the {@link Oracle} knows, but that a channel has died, which it sees by the outcomes
 * of its tries alone: at the first failure of one that began after the death, or when the tries
 * that wait there have waited longer than by chance, as it knows exactly how long they should. That
 * a channel lives again it knows at once, without a probe. So many requests meet a dead channel at
 * least, if it is used as the oracle does: nobody who does not know the moment of a death can leave
 * it sooner, unless he takes mere chance for one.
 */
final class Witness extends Oracle {
  static final String NAME = "witness";

  /** It leaves a channel whose silence would come by chance once in {@code e^8} moments. */
  private static final double CHANCE = 8;

  private final World world;
  private final Truth[] lively = new Truth[Seller.ALL.size()];
  private final boolean[] seen = new boolean[Seller.ALL.size()];
  private final double[] newest = new double[Seller.ALL.size()];
  private final List<List<Waiting>> waiting = new ArrayList<>();

  Witness(World world) {
    super(world);
    this.world = world;
    for (int channel = 0; channel < lively.length; channel++) {
      lively[channel] = world.truth(channel);
      waiting.add(new ArrayList<>());
    }
    Arrays.fill(newest, Double.NEGATIVE_INFINITY);
  }

  @Override
  Truth truth(int channel) {
    Truth truth = world.truth(channel);
    if (truth.fails() < 1) {
      lively[channel] = truth;
      seen[channel] = false;
    } else if (!seen[channel]) {
      seen[channel] = silent(channel);
    }
    return seen[channel] ? truth : lively[channel];
  }

  private boolean silent(int channel) {
    double evidence = 0;
    for (Waiting each : waiting.get(channel)) {
      if (each.begun > newest[channel]) {
        evidence -= Math.log(each.longer(world.now() - each.begun));
      }
    }
    return evidence > CHANCE;
  }

  @Override
  Try attempt(Request request, int channel) {
    Truth usual = truth(channel);
    double strain = usual.strain(world.busy(channel));
    double read = (request.prompt() - world.held(request, channel)) / usual.prefill();
    var begun = new Waiting(channel, world.now(), strain, read, usual);
    waiting.get(channel).add(begun);
    return begun;
  }

  private final class Waiting implements Try {
    private final int channel;
    private final double begun;
    private final double strain;
    private final double read;
    private final Truth usual;

    Waiting(int channel, double begun, double strain, double read, Truth usual) {
      this.channel = channel;
      this.begun = begun;
      this.strain = strain;
      this.read = read;
      this.usual = usual;
    }

    /** How likely its first token takes longer. */
    double longer(double seconds) {
      double own = seconds / strain - read;
      return own <= 0 ? 1 : above(Math.log(own / usual.first()) / usual.spread());
    }

    @Override
    public int channel() {
      return channel;
    }

    @Override
    public Duration firstToken() {
      return World.FIRST_TOKEN;
    }

    @Override
    public void first(Duration sinceBegin) {
      waiting.get(channel).remove(this);
      newest[channel] = Math.max(newest[channel], begun);
    }

    @Override
    public void ended(End end) {
      waiting.get(channel).remove(this);
      boolean failed = end instanceof End.Crash || end instanceof End.Late;
      seen[channel] |= failed && world.dead(channel, begun);
    }
  }

  /**
   * How likely a standard normal deviate is above this.
   *
   * @see <a href="https://doi.org/10.3926/jiem.2009.v2n1.p114-127">Bowling et al., A logistic
   *     approximation to the cumulative normal distribution</a>
   */
  private static double above(double deviations) {
    double bounded = Math.clamp(deviations, -6, 6);
    return 1 / (1 + Math.exp(1.5976 * bounded + 0.07056 * bounded * bounded * bounded));
  }
}
