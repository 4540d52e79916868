package dev.sluice.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What is expected by what has come. */
final class LatencyTest {
  private static final double SECOND = 1e9;

  private final Latency latency = new Latency();
  private long now = 1;

  private void pass(double seconds) {
    now += Math.round(seconds * SECOND);
    latency.fold(now);
  }

  @Test
  void nothingIsKnownAtFirst() {
    assertThat(latency.estimate().known()).isFalse();
    assertThat(latency.silence(now)).isZero();
  }

  @Test
  void aLineOverThePrompt() {
    var random = new Random(1);
    for (int i = 0; i < 2_000; i++) {
      double tokens = random.nextInt(20_000);
      latency.first(tokens, 0.4 + tokens / 10_000);
      pass(0.05);
    }
    Latency.Estimate estimate = latency.estimate();
    assertThat(estimate.first(1_000)).isCloseTo(0.5, within(0.05));
    assertThat(estimate.first(18_000)).isCloseTo(2.2, within(0.1));
    assertThat(estimate.first(0)).as("of usual length").isCloseTo(1.4, within(0.2));
    assertThat(estimate.slow()).as("no tail").isLessThan(1.4);
  }

  @Test
  void theTailIsLearned() {
    var random = new Random(1);
    for (int i = 0; i < 5_000; i++) {
      latency.first(1_000, random.nextInt(20) == 0 ? 4 : 0.5);
      pass(0.02);
    }
    double first = latency.estimate().first(1_000);
    assertThat(first * latency.estimate().slow()).isBetween(4.0, 6.0);
  }

  @Test
  void singleLongOnesRaiseTheMeanOfTheSquare() {
    var random = new Random(1);
    for (int i = 0; i < 5_000; i++) {
      latency.first(1_000, random.nextInt(5) == 0 ? 3 : 0.5);
      pass(0.02);
    }
    Latency.Estimate estimate = latency.estimate();
    double mean = estimate.first(1_000);
    assertThat(mean).isBetween(0.8, 1.2);
    assertThat(estimate.square(1_000)).isBetween(1.5 * mean * mean, 5 * mean * mean);
  }

  /** A thousand tries in a second tell of that second only. */
  @Test
  void timeCountsAndNotTheNumberOfTries() {
    for (int i = 0; i < 1_000; i++) {
      latency.first(1_000, 1);
    }
    for (int i = 0; i < 40; i++) {
      pass(1);
      latency.first(1_000, 3);
    }
    pass(1);
    assertThat(latency.estimate().first(1_000)).isGreaterThan(2.6);
  }

  @Test
  void afterAPauseASingleTryChangesNotAll() {
    for (int i = 0; i < 100; i++) {
      latency.first(1_000, 1);
      pass(0.1);
    }
    pass(600);
    latency.first(1_000, 5);
    pass(0.1);
    assertThat(latency.estimate().first(1_000)).isBetween(1.5, 2.5);
  }

  @Test
  void whatIsMuchFasterAfterAPauseIsBelievedSoon() {
    for (int i = 0; i < 1_000; i++) {
      latency.first(1_000, 8);
      pass(0.1);
    }
    pass(10);
    for (int i = 0; i < 6; i++) {
      latency.first(1_000, 1);
      pass(0.5);
    }
    assertThat(latency.estimate().first(1_000)).isLessThan(3.5);
  }

  @Test
  void tokensASecond() {
    for (int i = 0; i < 100; i++) {
      latency.paced(i % 2 == 0 ? 100 : 500, i % 2 == 0 ? 1 : 5);
      pass(0.1);
    }
    assertThat(1 / latency.estimate().pace()).isCloseTo(100, within(5.0));
  }

  @Test
  void ofAWholeAnswerTheFirstTokenDoesNotExplainPaceDoes() {
    for (int i = 0; i < 100; i++) {
      latency.whole(1_000, 200, 4);
      pass(0.1);
    }
    Latency.Estimate estimate = latency.estimate();
    assertThat(estimate.first(1_000) + 200 * estimate.pace()).isCloseTo(4, within(0.1));
  }

  @Test
  void silenceTellsBeforeAnyAnswerDoes() {
    for (int i = 0; i < 100; i++) {
      latency.first(1_000, 0.5);
      pass(0.1);
    }
    for (int i = 0; i < 20; i++) {
      latency.waits(now);
    }
    assertThat(latency.vain(now + (long) (0.4 * SECOND))).isZero();
    assertThat(latency.vain(now + (long) (2 * SECOND))).isGreaterThan(0.7);
    assertThat(latency.silence(now + (long) (2 * SECOND))).isGreaterThan(1.5);
    for (int i = 0; i < 20; i++) {
      latency.waitsNoMore(now);
    }
    assertThat(latency.silence(now + (long) (2 * SECOND))).isZero();
  }

  @Test
  void whatWasGivenUpTellsHowLongAtLeast() {
    latency.first(1_000, 2);
    pass(0.1);
    latency.atLeast(1_000, 1);
    pass(10);
    assertThat(latency.estimate().first(1_000)).isCloseTo(2, within(0.01));
    latency.atLeast(1_000, 6);
    pass(10);
    assertThat(latency.estimate().first(1_000)).isGreaterThan(2.5);
  }

  @Test
  void nothingIsLostBetweenManyThreadsAndTheOneThatFolds() throws InterruptedException {
    try (var threads = Executors.newFixedThreadPool(4)) {
      for (int i = 0; i < 4; i++) {
        threads.execute(
            () -> {
              for (int n = 0; n < 50_000; n++) {
                latency.first(1_000, 1);
              }
            });
      }
      threads.shutdown();
      while (!threads.awaitTermination(1, TimeUnit.MILLISECONDS)) {
        pass(0.001);
      }
    }
    pass(1);
    assertThat(latency.estimate().evidence()).isEqualTo(200_000);
  }
}
