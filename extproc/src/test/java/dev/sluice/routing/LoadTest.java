package dev.sluice.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** How crowded a candidate is. */
final class LoadTest {
  private static final long SECOND = 1_000_000_000L;

  private final Load load = new Load();

  @Test
  void aCrowdPressesUntilItIsUsual() {
    for (int i = 0; i < 16; i++) {
      load.begins();
    }
    assertThat(load.pressure()).isCloseTo(3, within(1e-9));
    for (int second = 1; second <= 20; second++) {
      load.fold(second * SECOND);
    }
    assertThat(load.pressure()).isCloseTo(1, within(0.01));
    for (int i = 0; i < 16; i++) {
      load.ends();
    }
    assertThat(load.pressure()).isEqualTo(1);
  }

  @Test
  void noTryIsLostAmongManyThreads() throws InterruptedException {
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 8; i++) {
        boolean first = i == 0;
        threads.execute(
            () -> {
              for (int n = 0; n < 50_000; n++) {
                load.begins();
                if (!first) {
                  load.ends();
                }
              }
            });
      }
      threads.shutdown();
      assertThat(threads.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(load.running()).isEqualTo(50_000);
  }
}
