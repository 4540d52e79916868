package dev.sluice.examples.bench;

import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/**
 * Very many live streams at one event a second each. They come and go: as many begin each second as
 * end, so that the first token is measured while all the others are live.
 *
 * @param model of {@code sluice.yaml}
 * @param streams live at once
 * @param lifetime of one in seconds
 * @param seconds for which all of them are live and everything is measured
 */
record Live(String model, int streams, int lifetime, int seconds) {
  /** Clients of HTTP/2: a process may have but so many sockets, and the providers need them. */
  private static final int STREAMS_A_CONNECTION = 100;

  private static final int GAP_MILLIS = 1000;
  private static final Duration SPARE = Duration.ofSeconds(20);

  /** Of its result. */
  String name() {
    return "live-" + model;
  }

  String run(Gate.Place place) throws IOException {
    try (var under = new Under(place)) {
      Question question = Under.question(model, new Order(true, 0, lifetime, GAP_MILLIS));
      under.warm(Under.question(model, Work.BURST.order()), Duration.ofSeconds(10));
      double rate = (double) streams / lifetime;
      try (var load =
          Load.fixed(
              under.clients(),
              new Lines.Shared(under.clients(), under.gate().address(), STREAMS_A_CONNECTION),
              question,
              rate)) {
        Bench.say("%.0f streams begin each second, until %d are live".formatted(rate, streams));
        Bench.sleep(Duration.ofSeconds(lifetime + 3L));
        int live = load.underWay();
        Bench.say("%d are live; measuring for %d s".formatted(live, seconds));
        Path log = under.collections(place);
        long collected = collected();
        Map<String, Long> cpu = under.program().cpu();
        load.begin();
        var most = new TreeMap<String, Long>();
        long least = live;
        for (int i = 0; i < seconds; i++) {
          Bench.sleep(Duration.ofSeconds(1));
          under.resident().forEach((part, mib) -> most.merge(part, mib, Math::max));
          least = Math.min(least, load.underWay());
        }
        Map<String, Long> after = under.program().cpu();
        Load.Tally tally = load.end();
        double[] pauses = Under.pauses(log);
        long own = collected() - collected;
        load.begin();
        load.drain(Duration.ofSeconds(lifetime).plus(SPARE));
        int lost = load.underWay();
        Load.Tally all = load.end();
        return text(tally, all, least, lost, most, cpu, after)
            + """
            | longest pause of extproc's collector | %.1f ms | | |
            | collections of the load generator itself, all together | %d ms | | |
            """
                .formatted(pauses.length == 0 ? 0 : pauses[pauses.length - 1], own);
      }
    }
  }

  /** How long the load generator has stood still for its own collections, in milliseconds. */
  private static long collected() {
    return ManagementFactory.getGarbageCollectorMXBeans().stream()
        .mapToLong(GarbageCollectorMXBean::getCollectionTime)
        .sum();
  }

  private String text(
      Load.Tally tally,
      Load.Tally all,
      long least,
      int lost,
      Map<String, Long> most,
      Map<String, Long> cpu,
      Map<String, Long> after) {
    var used = new StringBuilder();
    cpu.forEach(
        (part, nanos) ->
            used.append(
                " %s %.2f"
                    .formatted(
                        part, (after.getOrDefault(part, nanos) - nanos) / 1e9 / tally.seconds())));
    long both = most.getOrDefault("envoy", 0L) + most.getOrDefault("extproc", 0L);
    return """
    | %s: %d live streams, one event a second each | measured | goal | holds |
    | --- | --- | --- | --- |
    | live at once, at least | %d | %d | %s |
    | events a second | %.0f | | |
    | lost, mixed or broken off | %d%s | 0 | %s |
    | first token, from when the request was due: p50, p99 | %.1f ms, %.1f ms | p99 < 250 ms | %s |
    | an event from provider to client: p50, p99 | %.1f ms, %.1f ms | | |
    | memory of Envoy and extproc at most | %d + %d = %d MiB | < 2048 MiB | %s |
    | cores used:%s | | | |
    """
        .formatted(
            model,
            streams,
            least,
            streams,
            least >= streams * 0.97 ? "yes" : "**no**",
            tally.events() / tally.seconds(),
            all.errors() + lost,
            all.wrong().isEmpty() ? "" : " (" + all.wrong() + ")",
            all.errors() + lost == 0 ? "yes" : "**no**",
            tally.first().quantile(0.5),
            tally.first().quantile(0.99),
            tally.first().quantile(0.99) < 250 ? "yes" : "**no**",
            tally.delay().quantile(0.5),
            tally.delay().quantile(0.99),
            most.getOrDefault("envoy", 0L),
            most.getOrDefault("extproc", 0L),
            both,
            both < 2048 ? "yes" : "**no**",
            used);
  }
}
