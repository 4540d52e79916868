package dev.sluice.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With real processes, and a clock that the test turns. */
@Timeout(20)
final class RevivalTest {
  @TempDir Path logs;

  @Test
  void waitsTwiceAsLongEachTimeUpToFiveSeconds() throws Exception {
    var part = new Part("short", List.of("sh", "-c", "echo up; exit 3"), logs);
    var said = new ArrayList<String>();
    var revival = new Revival(Map.of(part, "up"), said::add);
    assertThat(part.start("up").get(5, TimeUnit.SECONDS)).isEqualTo("up");
    long now = 0;
    for (int death = 0; death < 8; death++) {
      awaitDeath(part);
      revival.look(List.of(part), now);
      now += Duration.ofSeconds(5).toNanos();
      revival.look(List.of(part), now);
    }
    assertThat(said)
        .containsExactly(
            "short ended with status 3; restart 1 in 100 ms",
            "short ended with status 3; restart 2 in 200 ms",
            "short ended with status 3; restart 3 in 400 ms",
            "short ended with status 3; restart 4 in 800 ms",
            "short ended with status 3; restart 5 in 1600 ms",
            "short ended with status 3; restart 6 in 3200 ms",
            "short ended with status 3; restart 7 in 5000 ms",
            "short ended with status 3; restart 8 in 5000 ms");
  }

  @Test
  void doesNotStartItBeforeItsTime() throws Exception {
    var part = new Part("short", List.of("sh", "-c", "exit 3"), logs);
    var revival = new Revival(Map.of(part, "up"), _ -> {});
    var ended = part.start("up");
    assertThatThrownBy(() -> ended.get(5, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class);
    awaitDeath(part);
    Duration age = part.age();
    revival.look(List.of(part), 0);
    revival.look(List.of(part), Duration.ofMillis(99).toNanos());
    assertThat(part.age()).isGreaterThanOrEqualTo(age);
  }

  @Test
  void stopsOneThatDoesNotListen() throws Exception {
    var part =
        new Part(
            "deaf", List.of("sh", "-c", "trap '' TERM; echo up; while :; do sleep 1; done"), logs);
    part.start("up").get(5, TimeUnit.SECONDS);
    part.stop(Duration.ofMillis(200));
    assertThat(part.alive()).isFalse();
  }

  @Test
  void keepsTheLogWithinItsLimit() throws IOException {
    Path path = logs.resolve("some.log");
    try (var log = new LogFile(path, 100)) {
      for (int i = 100; i < 150; i++) {
        byte[] line = ("line " + i + "\n").getBytes(StandardCharsets.UTF_8);
        log.write(line, line.length);
      }
    }
    assertThat(Files.readString(path)).endsWith("line 149\n");
    assertThat(Files.size(path)).isLessThanOrEqualTo(100);
    assertThat(Files.size(logs.resolve("some.log.1"))).isLessThanOrEqualTo(100);
  }

  @Test
  void keepsAllThatIsSaidInOrder() throws Exception {
    var part =
        new Part(
            "talker",
            List.of(
                "sh",
                "-c",
                "echo up; i=0; while [ $i -lt 20000 ]; do echo \"line $i\"; i=$((i+1)); done; head"
                    + " -c 200000 /dev/zero | tr '\\0' x; printf '\\n"
                    + "und f\\303\\274r'; sleep 0.1; printf ' immer'"),
            logs);
    assertThat(part.start("up").get(5, TimeUnit.SECONDS)).isEqualTo("up");
    awaitDeath(part);
    Path path = logs.resolve("talker.log");
    for (int i = 0; i < 500 && !Files.readString(path).endsWith("immer\n"); i++) {
      Thread.sleep(10);
    }
    List<String> lines = Files.readAllLines(path);
    assertThat(lines).hasSize(20_003);
    for (int i = 0; i < 20_000; i++) {
      assertThat(lines.get(i + 1)).isEqualTo("line " + i);
    }
    assertThat(lines.get(20_001)).isEqualTo("x".repeat(200_000));
    assertThat(lines.getLast()).isEqualTo("und für immer");
    assertThat(part.last()).hasSize(2).endsWith("und für immer");
  }

  private static void awaitDeath(Part part) throws InterruptedException {
    while (part.alive()) {
      Thread.sleep(5);
    }
  }
}
