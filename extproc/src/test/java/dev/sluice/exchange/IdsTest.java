package dev.sluice.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The requests that are over: which are known to be, and for how long. */
final class IdsTest {
  private final AtomicLong nanos = new AtomicLong();
  private final Ids ids = new Ids(nanos::get);

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  private static List<String> some(int count, int seed) {
    var random = new Random(seed);
    return IntStream.range(0, count)
        .mapToObj(_ -> new UUID(random.nextLong(), random.nextLong()).toString())
        .toList();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "6b1f3f6e-53a0-4c9f-9a8e-7d0f5f0f8f11",
        "00000000-0000-0000-0000-000000000000",
        "not a UUID",
        ""
      })
  void isKnownOnceItIsOver(String id) {
    assertThat(ids.has(id)).isFalse();
    ids.add(id);
    ids.add(id);
    assertThat(ids.has(id)).isTrue();
    assertThat(ids.has(id + "1")).isFalse();
  }

  @Test
  void isRememberedForAMinuteAndForgottenAfterTwo() {
    ids.add("a");
    pass(Duration.ofSeconds(59));
    ids.add("b");
    assertThat(ids.has("a")).isTrue();
    pass(Duration.ofSeconds(2));
    ids.add("c");
    assertThat(ids.has("a")).isTrue();
    pass(Duration.ofSeconds(61));
    ids.add("d");
    assertThat(ids.has("a")).isFalse();
    assertThat(ids.has("c")).isTrue();
  }

  @Test
  void moreThanItHoldsPushesOutTheOldest() {
    List<String> many = some(3 * Ids.MOST, 1);
    many.forEach(ids::add);
    assertThat(many.subList(2 * Ids.MOST, 3 * Ids.MOST)).allMatch(ids::has);
    assertThat(many.subList(0, Ids.MOST)).noneMatch(ids::has);
    assertThat(some(100_000, 2)).noneMatch(ids::has);
  }

  @Test
  void noneIsLostWhereManyEndAtOnce() throws Exception {
    List<String> many = some(Ids.MOST / 2, 3);
    try (var threads = Executors.newFixedThreadPool(4)) {
      var running = new ArrayList<Future<?>>();
      for (int thread = 0; thread < 4; thread++) {
        int mine = thread;
        running.add(
            threads.submit(
                () -> {
                  for (int i = mine / 2; i < many.size(); i += 2) {
                    ids.add(many.get(i));
                  }
                }));
      }
      for (Future<?> future : running) {
        future.get();
      }
    }
    assertThat(many).allMatch(ids::has);
  }
}
