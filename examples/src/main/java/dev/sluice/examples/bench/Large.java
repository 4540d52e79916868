package dev.sluice.examples.bench;

import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * What large bodies do to others: the delay of events of small streams, and the first token of
 * those that begin, while many bodies of 5 MB are translated at once, while the same bodies go to
 * the provider without a gateway (that is what load and provider take of the machine), and while
 * there are none. Then the same with Envoy's two listeners alone, without ext_proc: what any
 * gateway of this shape does to others.
 *
 * @param bodies at once
 * @param mebibytes of each
 * @param rounds of all three
 */
record Large(int bodies, int mebibytes, int rounds) {
  private static final String MODEL = "messages";
  private static final double STREAMS_A_SECOND = 20;
  private static final Duration QUIET = Duration.ofSeconds(4);
  private static final Duration PAUSE = Duration.ofSeconds(1);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private enum With {
    NONE("no large bodies"),
    DIRECT("large bodies past the gateway"),
    TRANSLATED("large bodies translated"),
    ALONE_NONE("two listeners alone, no large bodies"),
    ALONE("two listeners alone, large bodies");

    private final String row;

    With(String row) {
      this.row = row;
    }
  }

  private record Seen(
      double p50, double p99, double longest, double first, double seconds, long errors) {}

  String run(Gate.Place place) throws IOException {
    EventLoopGroup large = Loops.one("large");
    try (var under = new Under(place)) {
      Question body = Under.question(MODEL, new Order(false, 0, 1, 0), mebibytes * 1024 * 1024);
      Question small = Under.question(MODEL, Work.PACED.order());
      under.warm(Under.question(MODEL, Work.BURST.order()), Duration.ofSeconds(8));
      var direct = new InetSocketAddress(InetAddress.getLoopbackAddress(), Gate.MESSAGES);
      Bench.say("warming up with large bodies");
      under.warm(
          () -> {
            batch(large, direct, body);
            batch(large, under.gate().address(), body);
          });
      var seen = new EnumMap<With, List<Seen>>(With.class);
      Path log = under.collections(place);
      String costs;
      try (var load =
          Load.fixed(
              under.clients(),
              new Lines.Separate(under.clients(), under.gate().address()),
              small,
              STREAMS_A_SECOND)) {
        Bench.sleep(Duration.ofSeconds(4));
        var spent = new TreeMap<String, Double>();
        for (int round = 0; round < rounds; round++) {
          Map<String, Long> before = under.program().cpu();
          double quiet = measure(load, With.NONE, seen, () -> quiet());
          Map<String, Long> between = under.program().cpu();
          measure(load, With.DIRECT, seen, () -> batch(large, direct, body));
          Map<String, Long> then = under.program().cpu();
          double busy =
              measure(
                  load, With.TRANSLATED, seen, () -> batch(large, under.gate().address(), body));
          Map<String, Long> after = under.program().cpu();
          after.forEach(
              (part, nanos) ->
                  spent.merge(
                      part,
                      nanos
                          - then.getOrDefault(part, 0L)
                          - (between.getOrDefault(part, 0L) - before.getOrDefault(part, 0L))
                              * busy
                              / quiet,
                      Double::sum));
        }
        costs =
            spent.entrySet().stream()
                .map(
                    each ->
                        "%s %.1f".formatted(each.getKey(), each.getValue() / 1e6 / bodies / rounds))
                .collect(Collectors.joining(", "));
      }
      double[] pauses = Under.pauses(log);
      alone(place, under, large, body, small, seen);
      return text(seen)
          + "Pauses of extproc's collector: %d, the longest %.1f ms. CPU ms of a body: %s.%n"
              .formatted(pauses.length, pauses.length == 0 ? 0 : pauses[pauses.length - 1], costs);
    } finally {
      var _ = large.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }

  private void alone(
      Gate.Place place,
      Under under,
      EventLoopGroup large,
      Question body,
      Question small,
      Map<With, List<Seen>> seen)
      throws IOException {
    try (var gate = Gate.envoy(place, "Envoy with our two listeners", "two", Gate.TWO);
        var load =
            Load.fixed(
                under.clients(),
                new Lines.Separate(under.clients(), gate.address()),
                small,
                STREAMS_A_SECOND)) {
      batch(large, gate.address(), body);
      Bench.sleep(Duration.ofSeconds(3));
      for (int round = 0; round < rounds; round++) {
        measure(load, With.ALONE_NONE, seen, () -> quiet());
        measure(load, With.ALONE, seen, () -> batch(large, gate.address(), body));
      }
    }
  }

  /** How many seconds it took, with the pause after it. */
  private static double measure(
      Load load, With with, Map<With, List<Seen>> seen, LongSupplier what) {
    load.begin();
    long errors = what.getAsLong();
    Load.Tally tally = load.end();
    seen.computeIfAbsent(with, _ -> new ArrayList<>())
        .add(
            new Seen(
                tally.delay().quantile(0.5),
                tally.delay().quantile(0.99),
                tally.delay().quantile(1),
                tally.first().quantile(1),
                tally.seconds(),
                errors + tally.errors()));
    Bench.say("%s: %s".formatted(with.row, tally));
    Bench.sleep(PAUSE);
    return tally.seconds() + PAUSE.toMillis() / 1000.0;
  }

  private static long quiet() {
    Bench.sleep(QUIET);
    return 0;
  }

  /** Sends all at once and waits for the answers; how many were not good. */
  private long batch(EventLoopGroup loops, InetSocketAddress address, Question body) {
    var loop = loops.next();
    try (var load = Load.closed(loop, new Lines.Separate(loop, address), body, bodies)) {
      load.begin();
      load.drain(PATIENCE);
      Load.Tally tally = load.end();
      return tally.errors() + Math.max(0, bodies - tally.answers());
    }
  }

  private String text(Map<With, List<Seen>> seen) {
    var rows = new StringBuilder();
    for (With with : With.values()) {
      List<Seen> all = seen.getOrDefault(with, List.of());
      rows.append(
          "| %s | %.2f | %.2f | %.1f | %.1f | %.2f | %d |%n"
              .formatted(
                  with.row,
                  Measured.median(all.stream().mapToDouble(Seen::p50).toArray()),
                  p99(all),
                  Measured.median(all.stream().mapToDouble(Seen::longest).toArray()),
                  Measured.median(all.stream().mapToDouble(Seen::first).toArray()),
                  Measured.median(all.stream().mapToDouble(Seen::seconds).toArray()),
                  all.stream().mapToLong(Seen::errors).sum()));
    }
    double ratio = ratio(seen, With.TRANSLATED, With.NONE);
    return """
    %d bodies of %d MiB at once beside %.0f events/s of small translated streams; medians of %d rounds.

    | | event delay p50 ms | p99 ms | longest ms | first token, longest ms | took s | errors |
    | --- | --- | --- | --- | --- | --- | --- |
    %s
    Goal: p99 within 2× of what it is without; it is %.1f× (%s). With two listeners alone it is %.1f×.
    """
        .formatted(
            bodies,
            mebibytes,
            STREAMS_A_SECOND * Work.PACED.order().events(),
            rounds,
            rows,
            ratio,
            ratio <= 2 ? "holds" : "**does not hold**",
            ratio(seen, With.ALONE, With.ALONE_NONE));
  }

  private static double ratio(Map<With, List<Seen>> seen, With with, With without) {
    return p99(seen.getOrDefault(with, List.of())) / p99(seen.getOrDefault(without, List.of()));
  }

  private static double p99(List<Seen> all) {
    return Measured.median(all.stream().mapToDouble(Seen::p99).toArray());
  }
}
