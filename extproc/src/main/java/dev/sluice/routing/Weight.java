package dev.sluice.routing;

import dev.sluice.catalog.Channel;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Draws without replacement, each channel with a probability proportional to its weight.
 *
 * @see <a href="https://doi.org/10.1016/j.ipl.2005.11.003">Efraimidis and Spirakis, Weighted random
 *     sampling with a reservoir</a>
 */
final class Weight {
  private final RandomGenerator random;

  /** Draws from {@code random}, which must be safe for several threads. */
  Weight(RandomGenerator random) {
    this.random = random;
  }

  List<Channel> order(List<Channel> equals) {
    var rank = new HashMap<String, Double>();
    for (Channel channel : equals) {
      rank.put(channel.name(), -Math.log(1 - random.nextDouble()) / channel.weight());
    }
    return equals.stream()
        .sorted(Comparator.comparingDouble(c -> rank.getOrDefault(c.name(), 0.0)))
        .toList();
  }
}
