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
import java.util.concurrent.TimeUnit;

/**
 * What large bodies do to others: the delay of events of small streams while many bodies of 5 MB
 * are translated at once, while the same bodies go to the provider without a gateway (that is what
 * load and provider take of the machine), and while there are none.
 *
 * @param bodies at once
 * @param mebibytes of each
 * @param rounds of all three
 */
record Large(int bodies, int mebibytes, int rounds) {
  private static final String MODEL = "messages";
  private static final double STREAMS_A_SECOND = 20;
  private static final Duration QUIET = Duration.ofSeconds(4);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private enum With {
    NONE,
    DIRECT,
    TRANSLATED
  }

  private record Seen(double p50, double p99, double longest, double seconds, long errors) {}

  String run(Gate.Place place) throws IOException {
    EventLoopGroup large = Loops.one("large");
    try (var under = new Under(place)) {
      Question body = Under.question(MODEL, new Order(false, 0, 1, 0), mebibytes * 1024 * 1024);
      Question small = Under.question(MODEL, Work.PACED.order());
      under.warm(Under.question(MODEL, Work.BURST.order()), Duration.ofSeconds(8));
      Bench.say("warming up with large bodies");
      for (int i = 0; i < 2; i++) {
        batch(large, under.gate().address(), body);
      }
      var seen = new EnumMap<With, List<Seen>>(With.class);
      Path log = under.collections(place);
      try (var load =
          Load.fixed(
              under.clients(),
              new Lines.Separate(under.clients(), under.gate().address()),
              small,
              STREAMS_A_SECOND)) {
        Bench.sleep(Duration.ofSeconds(4));
        for (int round = 0; round < rounds; round++) {
          for (With with : With.values()) {
            load.begin();
            long errors = 0;
            switch (with) {
              case NONE -> Bench.sleep(QUIET);
              case DIRECT ->
                  errors =
                      batch(
                          large,
                          new InetSocketAddress(InetAddress.getLoopbackAddress(), Gate.MESSAGES),
                          body);
              case TRANSLATED -> errors = batch(large, under.gate().address(), body);
            }
            Load.Tally tally = load.end();
            seen.computeIfAbsent(with, _ -> new ArrayList<>())
                .add(
                    new Seen(
                        tally.delay().quantile(0.5),
                        tally.delay().quantile(0.99),
                        tally.delay().quantile(1),
                        tally.seconds(),
                        errors + tally.errors()));
            Bench.say("round %d, %s: %s".formatted(round + 1, with, tally));
            Bench.sleep(Duration.ofSeconds(1));
          }
        }
      }
      double[] pauses = Under.pauses(log);
      return text(seen)
          + "Pauses of extproc's collector: %d, the longest %.1f ms.%n"
              .formatted(pauses.length, pauses.length == 0 ? 0 : pauses[pauses.length - 1]);
    } finally {
      var _ = large.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }

  /** Sends all at once and waits for the answers; how many were not good. */
  private long batch(EventLoopGroup loops, InetSocketAddress address, Question body) {
    var loop = loops.next();
    try (var load = Load.closed(loop, new Lines.Separate(loop, address), body, bodies)) {
      load.begin();
      load.drain(PATIENCE);
      Load.Tally tally = load.end();
      return tally.errors() + bodies - tally.answers();
    }
  }

  private String text(Map<With, List<Seen>> seen) {
    var rows = new StringBuilder();
    for (With with : With.values()) {
      List<Seen> all = seen.getOrDefault(with, List.of());
      rows.append(
          "| %s | %.2f | %.2f | %.1f | %.2f | %d |%n"
              .formatted(
                  switch (with) {
                    case NONE -> "no large bodies";
                    case DIRECT -> "large bodies past the gateway";
                    case TRANSLATED -> "large bodies translated";
                  },
                  Measured.median(all.stream().mapToDouble(Seen::p50).toArray()),
                  p99(all),
                  Measured.median(all.stream().mapToDouble(Seen::longest).toArray()),
                  Measured.median(all.stream().mapToDouble(Seen::seconds).toArray()),
                  all.stream().mapToLong(Seen::errors).sum()));
    }
    double ratio =
        p99(seen.getOrDefault(With.TRANSLATED, List.of()))
            / p99(seen.getOrDefault(With.NONE, List.of()));
    return """
    %d bodies of %d MiB at once beside %.0f events/s of small translated streams; medians of %d rounds.

    | | event delay p50 ms | p99 ms | longest ms | took s | errors |
    | --- | --- | --- | --- | --- | --- |
    %s
    Goal: p99 within 2× of what it is without; it is %.1f× (%s).
    """
        .formatted(
            bodies,
            mebibytes,
            STREAMS_A_SECOND * Work.PACED.order().events(),
            rounds,
            rows,
            ratio,
            ratio <= 2 ? "holds" : "**does not hold**");
  }

  private static double p99(List<Seen> all) {
    return Measured.median(all.stream().mapToDouble(Seen::p99).toArray());
  }
}
