package dev.sluice.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.catalog.Retries;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Further tries over all traffic. */
final class BudgetTest {
  private static final long SECOND = 1_000_000_000L;

  private final Budget budget = new Budget();

  private int all() {
    int count = 0;
    while (budget.retry()) {
      count++;
    }
    return count;
  }

  @Test
  void aFifthOfTheRequestsAndALittle() {
    budget.fold(SECOND, new Retries(0.2, 0));
    all();
    for (int i = 0; i < 1_000; i++) {
      budget.request();
    }
    budget.fold(2 * SECOND, new Retries(0.2, 0));
    assertThat(all()).isEqualTo(200);
    budget.fold(4 * SECOND, new Retries(0.2, 10));
    assertThat(all()).isEqualTo(20);
  }

  @Test
  void nothingIsSavedUpForLong() {
    budget.fold(SECOND, new Retries(0.2, 3));
    for (int minute = 1; minute < 60; minute++) {
      budget.fold(minute * 60L * SECOND, new Retries(0.2, 3));
    }
    assertThat(all()).isEqualTo(31);
  }

  @Test
  void aTryThatDidNotHappenIsGivenBack() {
    all();
    budget.giveBack();
    assertThat(all()).isEqualTo(1);
  }

  @Test
  void manyThreadsTakeNoMoreThanThereIs() throws InterruptedException {
    all();
    for (int i = 0; i < 10_000; i++) {
      budget.request();
    }
    budget.fold(SECOND, new Retries(0.5, 0));
    long there = budget.left();
    var taken = new AtomicInteger();
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 8; i++) {
        threads.execute(
            () -> {
              for (int n = 0; n < 2_000; n++) {
                if (budget.retry()) {
                  taken.incrementAndGet();
                }
              }
            });
      }
      threads.shutdown();
      assertThat(threads.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(there).isEqualTo(5_000);
    assertThat(taken).hasValue(5_000);
  }
}
