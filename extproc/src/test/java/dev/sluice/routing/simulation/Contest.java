package dev.sluice.routing.simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/**
 * Every arm through the same scenario with the same seeds.
 *
 * @param scenario what happened
 * @param mode what was wanted
 * @param victim the channel that it happened to
 * @param runs of each arm by its name, the oracle's first, one a seed; the witness's where a
 *     channel died
 */
record Contest(Scenario scenario, Mode mode, int victim, Map<String, List<Figures>> runs) {
  static final String ORACLE = "oracle";

  /** Runs it, several runs at a time. */
  static Contest of(Scenario scenario, Mode mode, int seeds, List<Entrant> arms) {
    int victim = World.run(Scenario.STEADY, mode, -1, 1, Oracle::new).favourite();
    record Run(Entrant entrant, long seed) {}
    var order = new ArrayList<Run>();
    var beside = new ArrayList<Entrant>(List.of(new Entrant(ORACLE, Oracle::new)));
    if (!scenario.dead().isEmpty()) {
      beside.add(new Entrant(Witness.NAME, Witness::new));
    }
    Stream.concat(beside.stream(), arms.stream())
        .forEach(arm -> LongStream.rangeClosed(1, seeds).forEach(s -> order.add(new Run(arm, s))));
    var figures =
        order.parallelStream()
            .map(
                run ->
                    Figures.of(
                        World.run(scenario, mode, victim, run.seed(), run.entrant().arms()),
                        scenario.seconds()))
            .toList();
    var runs = new LinkedHashMap<String, List<Figures>>();
    for (int i = 0; i < order.size(); i++) {
      runs.computeIfAbsent(order.get(i).entrant().name(), _ -> new ArrayList<>())
          .add(figures.get(i));
    }
    return new Contest(scenario, mode, victim, runs);
  }

  /** The mean over the seeds of what was lost more than the oracle's loss, as a share of it. */
  Spread regret(String arm) {
    return ratio(arm, ORACLE);
  }

  /** The mean over the seeds of what one arm lost more than another, as a share of it. */
  Spread ratio(String arm, String other) {
    var of = runs.getOrDefault(arm, List.of());
    var to = runs.getOrDefault(other, List.of());
    double[] ratios = new double[of.size()];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = of.get(i).loss() / to.get(i).loss() - 1;
    }
    return Spread.of(ratios);
  }

  /** Whether it is one of those that the router is compared with. */
  static boolean competes(String arm) {
    return !List.of(ORACLE, Witness.NAME, Routed.NAME).contains(arm);
  }

  /** Who lost least, the router and those who know what nobody knows left aside. */
  String best() {
    return runs.keySet().stream()
        .filter(Contest::competes)
        .min(Comparator.comparingDouble(arm -> spread(arm, Figures::loss).mean()))
        .orElseThrow();
  }

  /** Any figure of an arm over the seeds. */
  Spread spread(String arm, Function<Figures, Double> figure) {
    return Spread.of(
        runs.getOrDefault(arm, List.of()).stream()
            .map(figure)
            .mapToDouble(Double::doubleValue)
            .toArray());
  }

  /**
   * Over the seeds.
   *
   * @param mean the mean
   * @param deviation the standard deviation
   * @param most the largest
   */
  record Spread(double mean, double deviation, double most) {
    static Spread of(double[] values) {
      double sum = 0;
      double squares = 0;
      double most = Double.NEGATIVE_INFINITY;
      for (double value : values) {
        sum += value;
        squares += value * value;
        most = Math.max(most, value);
      }
      double mean = sum / values.length;
      double variance =
          values.length < 2
              ? 0
              : Math.max(0, squares - values.length * mean * mean) / (values.length - 1);
      return new Spread(mean, Math.sqrt(variance), most);
    }
  }
}
