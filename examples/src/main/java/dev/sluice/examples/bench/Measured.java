package dev.sluice.examples.bench;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * What one case of one work came to. Times in milliseconds, memory in MiB, CPU in microseconds for
 * each answer, or each event where it streams; NaN: was not measured.
 *
 * @param rate how many requests a second were due; 0 in a closed loop
 * @param answers a second
 * @param events a second
 * @param errors all answers that were not what was asked for
 * @param wrong the first of them
 * @param cpu by process
 * @param core the share of its core that the gateway used
 * @param foreign the share of that core that others used meanwhile
 * @param wholeP50 time to an answer's end
 * @param wholeP99 the same
 * @param firstP50 time to the first content
 * @param firstP99 the same
 * @param eventP50 an event's time between provider and client
 * @param eventP99 the same
 * @param resident by process
 * @param least CPU of all processes in the cheapest round
 * @param most the same in the dearest one
 */
record Measured(
    double rate,
    double answers,
    double events,
    long errors,
    String wrong,
    Map<String, Double> cpu,
    double core,
    double foreign,
    double wholeP50,
    double wholeP99,
    double firstP50,
    double firstP99,
    double eventP50,
    double eventP99,
    Map<String, Double> resident,
    double least,
    double most) {

  /** CPU of all its processes. */
  double total() {
    return cpu.values().stream().mapToDouble(Double::doubleValue).sum();
  }

  /** The median of each figure over all rounds. */
  static Measured median(List<Measured> rounds) {
    return new Measured(
        of(rounds, Measured::rate),
        of(rounds, Measured::answers),
        of(rounds, Measured::events),
        rounds.stream().mapToLong(Measured::errors).sum(),
        rounds.stream().map(Measured::wrong).filter(w -> !w.isEmpty()).findFirst().orElse(""),
        parts(rounds, Measured::cpu),
        of(rounds, Measured::core),
        of(rounds, Measured::foreign),
        of(rounds, Measured::wholeP50),
        of(rounds, Measured::wholeP99),
        of(rounds, Measured::firstP50),
        of(rounds, Measured::firstP99),
        of(rounds, Measured::eventP50),
        of(rounds, Measured::eventP99),
        parts(rounds, Measured::resident),
        rounds.stream().mapToDouble(Measured::total).min().orElse(Double.NaN),
        rounds.stream().mapToDouble(Measured::total).max().orElse(Double.NaN));
  }

  private static double of(List<Measured> rounds, ToDoubleFunction<Measured> figure) {
    return median(rounds.stream().mapToDouble(figure).toArray());
  }

  private static Map<String, Double> parts(
      List<Measured> rounds, java.util.function.Function<Measured, Map<String, Double>> figure) {
    var medians = new LinkedHashMap<String, Double>();
    rounds
        .getFirst()
        .cpu()
        .keySet()
        .forEach(
            part ->
                medians.put(
                    part,
                    median(
                        rounds.stream()
                            .mapToDouble(r -> figure.apply(r).getOrDefault(part, 0.0))
                            .toArray())));
    return medians;
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    java.util.Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length == 0
        ? Double.NaN
        : sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
