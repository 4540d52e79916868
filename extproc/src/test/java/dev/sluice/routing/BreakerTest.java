package dev.sluice.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** When a place is left alone, and when it is looked at again. */
final class BreakerTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long REST = 5 * SECOND;
  private static final int MOST = 3;

  private final Breaker breaker = new Breaker();

  private void bad(int seconds) {
    breaker.bad(seconds * SECOND, seconds * SECOND, "server error", MOST, REST);
  }

  private void keepsOff(int requests, int second) {
    for (int i = 0; i < requests; i++) {
      assertThat(breaker.admit(second * SECOND, false)).isFalse();
    }
  }

  @Test
  void failuresInARowOpenItAndASuccessBetweenThemDoesNot() {
    bad(1);
    bad(2);
    assertThat(breaker.good(2 * SECOND, 2 * SECOND)).isZero();
    bad(3);
    bad(4);
    assertThat(breaker.open()).isFalse();
    bad(5);
    assertThat(breaker.open()).isTrue();
    assertThat(breaker.why()).isEqualTo("3 failures in a row, the last: server error");
    assertThat(breaker.until()).isEqualTo(10 * SECOND);
  }

  @Test
  void afterItsRestOneRequestInFiftyGoesThroughOneAtATime() {
    for (int i = 0; i < MOST; i++) {
      bad(1);
    }
    keepsOff(Breaker.SHARE, 5);
    assertThat(breaker.admit(6 * SECOND, false)).isTrue();
    keepsOff(1, 6);
    breaker.bad(6 * SECOND, 7 * SECOND, "server error", MOST, REST);
    assertThat(breaker.until()).as("the rest again").isEqualTo(12 * SECOND);
    keepsOff(Breaker.SHARE - 1, 18);
    assertThat(breaker.admit(18 * SECOND, false)).isTrue();
    assertThat(breaker.good(18 * SECOND, 19 * SECOND))
        .as("failures that it had seen")
        .isEqualTo(MOST + 1);
    assertThat(breaker.open()).isFalse();
  }

  @Test
  void whereThereAreFewRequestsOneGoesThroughInTwentySeconds() {
    for (int i = 0; i < MOST; i++) {
      bad(1);
    }
    keepsOff(1, 20);
    assertThat(breaker.admit(21 * SECOND, false)).isTrue();
  }

  @Test
  void whatWasUnderWayWhenItOpenedNeitherClosesItNorKeepsItOpen() {
    for (int i = 0; i < MOST; i++) {
      breaker.bad(9 * SECOND, 10 * SECOND, "server error", MOST, REST);
    }
    assertThat(breaker.good(9 * SECOND, 11 * SECOND)).isZero();
    assertThat(breaker.open()).isTrue();
    breaker.bad(9 * SECOND, 12 * SECOND, "server error", MOST, REST);
    assertThat(breaker.until()).isEqualTo(15 * SECOND);
  }

  /** Streams that began before an outage go on ending well in it. */
  @Test
  void anEndOfWhatBeganBeforeTheFailuresDoesNotEndTheirRow() {
    for (int i = 0; i < MOST; i++) {
      assertThat(breaker.open()).isFalse();
      breaker.bad(10 * SECOND, 11 * SECOND, "server error", MOST, REST);
      breaker.good(5 * SECOND, 11 * SECOND);
    }
    assertThat(breaker.open()).isTrue();
  }

  @Test
  void aFirstTokenEndsARowAndCloses() {
    bad(1);
    bad(2);
    assertThat(breaker.alive(2 * SECOND, 3 * SECOND)).isZero();
    bad(4);
    bad(5);
    assertThat(breaker.open()).isFalse();
    bad(6);
    assertThat(breaker.open()).isTrue();
    assertThat(breaker.admit(12 * SECOND, true)).isTrue();
    assertThat(breaker.alive(12 * SECOND, 13 * SECOND)).isEqualTo(MOST);
    assertThat(breaker.open()).isFalse();
  }

  @Test
  void aFirstTokenThatWasUnderWayBeforeTheFailuresEndsNoRow() {
    bad(2);
    bad(3);
    assertThat(breaker.alive(SECOND, 3 * SECOND)).isZero();
    bad(4);
    assertThat(breaker.open()).isTrue();
  }

  @Test
  void aFewFailuresAmongManyTriesThatStillWaitAreNoRow() {
    bad(1);
    for (int i = 0; i < 2 * MOST + 1; i++) {
      breaker.begins();
    }
    bad(1);
    bad(1);
    assertThat(breaker.open()).as("3 failures of 7 tries and more").isFalse();
    bad(1);
    assertThat(breaker.open()).as("4 of them").isTrue();
  }

  @Test
  void oneProbeInFourWaitsLongerAndInTheEndAsLongAsAnyTry() {
    for (int i = 0; i < MOST; i++) {
      bad(1);
    }
    for (int probe = 1; probe <= 40; probe++) {
      assertThat(breaker.admit(10 * probe * SECOND, true)).isTrue();
      double patience = probe % 4 != 0 ? 1 : probe <= 32 ? 2 : Double.POSITIVE_INFINITY;
      assertThat(breaker.patience()).as("probe %d", probe).isEqualTo(patience);
      bad(10 * probe);
    }
  }

  /** Or a place that came back just after such a probe went out would be seen late. */
  @Test
  void aProbeThatWaitsLongDoesNotKeepTheNextOneAndMayStillCloseIt() {
    for (int i = 0; i < MOST; i++) {
      bad(1);
    }
    assertThat(breaker.admit(10 * SECOND, true)).isTrue();
    breaker.holds(13 * SECOND);
    assertThat(breaker.admit(13 * SECOND, true)).as("its answer may come").isFalse();
    assertThat(breaker.admit(14 * SECOND, true)).isTrue();
    breaker.bad(14 * SECOND, 15 * SECOND, "server error", MOST, REST);
    assertThat(breaker.alive(10 * SECOND, 16 * SECOND)).isEqualTo(MOST + 1);
    assertThat(breaker.open()).isFalse();
  }

  @Test
  void aShareOfFailuresOpensItWhereThereAreEnough() {
    for (int i = 0; i < 9; i++) {
      breaker.good(0, SECOND);
      breaker.bad(0, SECOND, "server error", 0, REST);
    }
    breaker.fold(SECOND, 0.5, REST);
    assertThat(breaker.open()).as("18 are too few").isFalse();
    breaker.good(0, SECOND);
    breaker.bad(0, SECOND, "server error", 0, REST);
    breaker.fold(SECOND, 0.5, REST);
    assertThat(breaker.open()).isTrue();
    assertThat(breaker.why()).isEqualTo("50 % of recent tries failed");
  }

  @Test
  void oldFailuresCountLittle() {
    for (int i = 0; i < 30; i++) {
      breaker.bad(0, SECOND, "server error", 0, REST);
    }
    breaker.fold(SECOND, 0, REST);
    for (int i = 0; i < 30; i++) {
      breaker.good(30 * SECOND, 31 * SECOND);
    }
    breaker.fold(31 * SECOND, 0.1, REST);
    assertThat(breaker.open()).isFalse();
  }

  @Test
  void aProbeThatTellsNothingGivesItsPlaceBack() {
    for (int i = 0; i < MOST; i++) {
      bad(1);
    }
    assertThat(breaker.admit(25 * SECOND, true)).isTrue();
    assertThat(breaker.admit(25 * SECOND, true)).isFalse();
    breaker.dropped();
    assertThat(breaker.admit(25 * SECOND, true)).isTrue();
  }

  @Test
  void manyThreadsGetOneProbe() throws InterruptedException {
    for (int i = 0; i < MOST; i++) {
      bad(1);
    }
    var admitted = new AtomicInteger();
    var start = new CountDownLatch(1);
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 8; i++) {
        threads.execute(
            () -> {
              try {
                start.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              for (int n = 0; n < 1_000; n++) {
                if (breaker.admit(30 * SECOND, true)) {
                  admitted.incrementAndGet();
                }
              }
            });
      }
      start.countDown();
      threads.shutdown();
      assertThat(threads.awaitTermination(20, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(admitted).hasValue(1);
  }

  @Test
  void aPersonMayCloseIt() {
    assertThat(breaker.release(0)).isFalse();
    for (int i = 0; i < MOST; i++) {
      bad(1);
    }
    assertThat(breaker.release(2 * SECOND)).isTrue();
    assertThat(breaker.admit(2 * SECOND, false)).isTrue();
  }
}
