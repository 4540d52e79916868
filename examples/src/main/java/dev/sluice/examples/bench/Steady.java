package dev.sluice.examples.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Translated whole answers at one rate for minutes: errors, memory over time, pauses of the garbage
 * collector.
 *
 * @param rate a second
 * @param seconds how long
 */
record Steady(int rate, int seconds) {
  private static final String MODEL = "messages";

  private static final int SAMPLES = 10;

  String run(Gate.Place place) throws IOException {
    try (var under = new Under(place)) {
      Question question = Under.question(MODEL, Work.WHOLE.order());
      under.warm(question, Duration.ofSeconds(10));
      Path log = under.collections(place);
      var memory = new ArrayList<String>();
      var envoy = new ArrayList<Long>();
      var extproc = new ArrayList<Long>();
      try (var load =
          Load.fixed(
              under.clients(),
              new Lines.Separate(under.clients(), under.gate().address()),
              question,
              rate)) {
        Bench.sleep(Duration.ofSeconds(1));
        load.begin();
        for (int i = 0; i < seconds; i++) {
          Bench.sleep(Duration.ofSeconds(1));
          Map<String, Long> now = under.resident();
          envoy.add(now.getOrDefault("envoy", 0L));
          extproc.add(now.getOrDefault("extproc", 0L));
          if (i % Math.max(1, seconds / SAMPLES) == 0 || i == seconds - 1) {
            memory.add("%d+%d".formatted(envoy.getLast(), extproc.getLast()));
          }
        }
        return text(load.end(), Under.pauses(log), memory, envoy, extproc);
      }
    }
  }

  private String text(
      Load.Tally tally,
      double[] pauses,
      List<String> memory,
      List<Long> envoy,
      List<Long> extproc) {
    double longest = pauses.length == 0 ? 0 : pauses[pauses.length - 1];
    // The first third fills the heap to where the collector lets it be.
    long before = most(envoy, extproc, seconds / 3, 2 * seconds / 3);
    long after = most(envoy, extproc, 2 * seconds / 3, seconds);
    boolean flat = after <= before * 1.05;
    return """
    | %d translated whole answers a second for %d s | measured | goal | holds |
    | --- | --- | --- | --- |
    | answers a second | %.1f | %d | %s |
    | errors | %d%s | 0 | %s |
    | time from when it was due: p50, p99 | %.2f ms, %.2f ms | | |
    | memory of Envoy + extproc over time, MiB | %s | | |
    | the most in the second third and in the last, MiB | %d, %d | flat (within 5 %%) | %s |
    | pauses of the garbage collector: count, median, longest | %d, %.1f ms, %.1f ms | < 10 ms | %s |
    """
        .formatted(
            rate,
            seconds,
            tally.answers() / tally.seconds(),
            rate,
            tally.answers() / tally.seconds() > rate * 0.999 ? "yes" : "**no**",
            tally.errors(),
            tally.wrong().isEmpty() ? "" : " (" + tally.wrong() + ")",
            tally.errors() == 0 ? "yes" : "**no**",
            tally.whole().quantile(0.5),
            tally.whole().quantile(0.99),
            String.join(", ", memory),
            before,
            after,
            flat ? "yes" : "**no**",
            pauses.length,
            Measured.median(pauses),
            longest,
            longest < 10 ? "yes" : "**no**");
  }

  private static long most(List<Long> envoy, List<Long> extproc, int from, int to) {
    long most = 0;
    for (int i = from; i < to; i++) {
      most = Math.max(most, envoy.get(i) + extproc.get(i));
    }
    return most;
  }
}
