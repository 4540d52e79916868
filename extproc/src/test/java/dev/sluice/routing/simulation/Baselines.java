package dev.sluice.routing.simulation;

import java.util.Comparator;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** The ways to choose that a router has to beat. */
final class Baselines {
  /** Each by its name. */
  static final List<Entrant> ALL =
      List.of(
          new Entrant("priority", PriorityOnly::new),
          new Entrant("weighted", Weighted::new),
          new Entrant("round robin", RoundRobin::new),
          new Entrant("least latency", LeastLatency::new),
          new Entrant("lowest price", LowestPrice::new),
          new Entrant("ε-greedy", Epsilon::new),
          new Entrant("UCB", Ucb::new),
          new Entrant("Thompson", Thompson::new));

  private static final double ELSEWHERE = 0.05;

  private Baselines() {}

  /** The one whose moving average is least; one request in twenty goes anywhere. */
  private static int nearly(Baseline chooser, List<Integer> open, Baseline.Memory memory) {
    memory.age(chooser.now());
    return chooser.random.nextDouble() < ELSEWHERE
        ? open.get(chooser.random.nextInt(open.size()))
        : least(open, memory::mean);
  }

  private static int least(List<Integer> open, ToDoubleFunction<Integer> by) {
    return open.stream().min(Comparator.comparingDouble(by)).orElseThrow();
  }

  /** The operator's order. */
  private static final class PriorityOnly extends Baseline {
    PriorityOnly(World world) {
      super(world);
    }

    @Override
    int choose(Request request, List<Integer> open) {
      return open.getFirst();
    }
  }

  /** By chance, in proportion to the operator's weights. */
  private static final class Weighted extends Baseline {
    Weighted(World world) {
      super(world);
    }

    @Override
    int choose(Request request, List<Integer> open) {
      double all = open.stream().mapToDouble(c -> Seller.ALL.get(c).weight()).sum();
      double at = random.nextDouble() * all;
      for (int channel : open) {
        at -= Seller.ALL.get(channel).weight();
        if (at < 0) {
          return channel;
        }
      }
      return open.getLast();
    }
  }

  /** In turn. */
  private static final class RoundRobin extends Baseline {
    private int turn;

    RoundRobin(World world) {
      super(world);
    }

    @Override
    int choose(Request request, List<Integer> open) {
      return open.get(turn++ % open.size());
    }
  }

  /**
   * By the moving average of the time to the end. One request in twenty goes anywhere, or a channel
   * that was slow once would stay forgotten.
   */
  private static final class LeastLatency extends Baseline {
    private static final double FAILURE = 20;

    private final Memory memory = new Memory(20);

    LeastLatency(World world) {
      super(world);
    }

    @Override
    int choose(Request request, List<Integer> open) {
      return nearly(this, open, memory);
    }

    @Override
    void ended(int channel, double seconds, boolean whole) {
      memory.add(now(), channel, whole ? seconds : FAILURE);
    }
  }

  /** By the price in the catalog, for the prompt and an answer of usual length. */
  private static final class LowestPrice extends Baseline {
    private static final int OUTPUT = 300;

    LowestPrice(World world) {
      super(world);
    }

    @Override
    int choose(Request request, List<Integer> open) {
      return least(open, c -> Seller.ALL.get(c).cents(price(c), request.prompt(), 0, OUTPUT));
    }
  }

  /** What learns from the mode's own loss, of the last minute for the most part. */
  private abstract static class OfLosses extends Baseline {
    final Memory memory = new Memory(60);

    OfLosses(World world) {
      super(world);
    }

    @Override
    void lost(int channel, double loss) {
      memory.add(now(), channel, loss);
    }
  }

  /** By the moving average of the mode's own loss; one request in twenty goes anywhere. */
  private static final class Epsilon extends OfLosses {
    Epsilon(World world) {
      super(world);
    }

    @Override
    int choose(Request request, List<Integer> open) {
      return nearly(this, open, memory);
    }
  }

  /**
   * Discounted UCB on the mode's own loss.
   *
   * @see <a href="https://arxiv.org/abs/0805.3415">Garivier and Moulines, On upper-confidence bound
   *     policies for non-stationary bandit problems</a>
   */
  private static final class Ucb extends OfLosses {
    private static final double XI = 0.6;

    Ucb(World world) {
      super(world);
    }

    @Override
    int choose(Request request, List<Integer> open) {
      memory.age(now());
      double scale = memory.deviation();
      double all = Math.log(Math.max(Math.E, memory.weight()));
      return least(
          open,
          c -> {
            double weight = memory.weight(c);
            return weight < 1
                ? weight - 1e9
                : memory.mean(c) - scale * Math.sqrt(XI * all / weight);
          });
    }
  }

  /**
   * Thompson sampling on the mode's own loss with a discounted normal posterior.
   *
   * @see <a href="https://arxiv.org/abs/2305.10718">Qi et al., Discounted Thompson sampling for
   *     non-stationary bandit problems</a>
   */
  private static final class Thompson extends OfLosses {
    Thompson(World world) {
      super(world);
    }

    @Override
    int choose(Request request, List<Integer> open) {
      memory.age(now());
      double scale = memory.deviation();
      return least(
          open,
          c ->
              memory.mean(c)
                  + scale * random.nextGaussian() / Math.sqrt(Math.max(0.1, memory.weight(c))));
    }
  }
}
