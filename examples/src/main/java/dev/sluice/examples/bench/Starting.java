package dev.sluice.examples.bench;

import dev.sluice.examples.simulator.Dialect;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * How long {@code sluice up} takes on a warm build until a request gets its answer, and what the
 * processes hold at rest. The first start is not counted: it reads everything from the disk.
 *
 * @param times how often it is started
 */
record Starting(int times) {
  private static final Duration REST = Duration.ofSeconds(10);

  String run(Gate.Place place) throws IOException {
    EventLoopGroup providers = Loops.one("provider");
    new Upstream(Dialect.CHAT, Gate.CHAT, providers);
    var starts = new double[times];
    Map<String, Long> memory = Map.of();
    for (int i = -1; i < times; i++) {
      try (Gate gate = Gate.sluice(place)) {
        Bench.say("ready after %d ms".formatted(gate.readyMillis()));
        Program program = gate.program();
        if (i >= 0 && program != null) {
          starts[i] = gate.readyMillis();
          if (i == times - 1) {
            Bench.sleep(REST);
            memory = program.resident();
          }
        }
      }
    }
    var _ = providers.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    double start = Measured.median(starts);
    long extproc = memory.getOrDefault("extproc", 0L) / 1024;
    return """
    | start | measured | goal | holds |
    | --- | --- | --- | --- |
    | sluice up until the first answer, median of %d | %.1f s | < 5 s | %s |
    | extproc at rest, %d s later | %d MiB | < 256 MiB | %s |
    | Envoy, xds-server and launcher at rest | %d, %d, %d MiB | | |
    """
        .formatted(
            times,
            start / 1000,
            start < 5000 ? "yes" : "**no**",
            REST.toSeconds(),
            extproc,
            extproc < 256 ? "yes" : "**no**",
            memory.getOrDefault("envoy", 0L) / 1024,
            memory.getOrDefault("xds-server", 0L) / 1024,
            memory.getOrDefault("launcher", 0L) / 1024);
  }
}
