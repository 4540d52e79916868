package dev.sluice.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where a session stays, and when it leaves. */
final class AffinityTest {
  private final AtomicLong nanos = new AtomicLong();
  private final Affinity affinity = new Affinity(nanos::get);

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void aBindingLastsFromItsLastUse() {
    var key = Affinity.Key.of("g", "m", "s");
    affinity.bind(key, new Affinity.Binding("a", "k", "u", Duration.ofMinutes(10)));
    for (int i = 0; i < 5; i++) {
      pass(Duration.ofMinutes(9));
      assertThat(affinity.find(key)).isNotNull();
    }
    pass(Duration.ofMinutes(11));
    assertThat(affinity.find(key)).isNull();
  }

  @Test
  void aBindingMayLastLongerThanNanosecondsCanSay() {
    var key = Affinity.Key.of("g", "m", "s");
    affinity.bind(key, new Affinity.Binding("a", "k", "u", Duration.ofDays(365_000)));
    pass(Duration.ofDays(36_500));
    assertThat(affinity.find(key)).isNotNull();
  }

  @Test
  void groupsNamesAndSessionsDoNotShare() {
    affinity.bind(
        Affinity.Key.of("g", "m", "s"),
        new Affinity.Binding("a", "k", "u", Duration.ofMinutes(10)));
    assertThat(affinity.find(Affinity.Key.of("g", "n", "s"))).isNull();
    assertThat(affinity.find(Affinity.Key.of("h", "m", "s"))).isNull();
    assertThat(affinity.find(Affinity.Key.of("g", "m", "t"))).isNull();
  }

  @Test
  void thereIsABound() {
    var small = new Affinity(nanos::get, 100);
    for (int i = 0; i < 1_000; i++) {
      small.bind(
          Affinity.Key.of("g", "m", "s" + i),
          new Affinity.Binding("a", "k", "u", Duration.ofMinutes(10)));
    }
    assertThat(small.sessions()).isLessThanOrEqualTo(100);
  }

  @Test
  void whatIsUsedStaysWhereThereAreTooMany() {
    var small = new Affinity(nanos::get, 1_024);
    var place = new Affinity.Binding("a", "k", "u", Duration.ofMinutes(10));
    for (int i = 0; i < 20_000; i++) {
      pass(Duration.ofMillis(1));
      small.bind(Affinity.Key.of("g", "m", "once" + i), place);
      small.bind(Affinity.Key.of("g", "m", "often" + i % 100), place);
    }
    for (int i = 0; i < 100; i++) {
      assertThat(small.find(Affinity.Key.of("g", "m", "often" + i))).isEqualTo(place);
    }
  }

  @Test
  void noneIsLostWhileThereIsRoom() {
    var places = new Affinity.Binding[7];
    for (int i = 0; i < places.length; i++) {
      places[i] = new Affinity.Binding("a" + i, "k", "u", Duration.ofMinutes(10));
    }
    for (int i = 0; i < 100_000; i++) {
      affinity.bind(Affinity.Key.of("g", "m", "s" + i), places[i % places.length]);
    }
    assertThat(affinity.sessions()).isEqualTo(100_000);
    for (int i = 0; i < 100_000; i++) {
      assertThat(affinity.find(Affinity.Key.of("g", "m", "s" + i)))
          .isEqualTo(places[i % places.length]);
    }
    pass(Duration.ofMinutes(11));
    assertThat(affinity.sessions()).isZero();
  }

  @Test
  void threadsFindTheirOwn() throws InterruptedException {
    var wrong = new AtomicLong();
    var threads = new Thread[4];
    for (int t = 0; t < threads.length; t++) {
      var own = new Affinity.Binding("a" + t, "k", "u", Duration.ofMinutes(10));
      String prefix = "thread" + t + "-";
      threads[t] =
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 0; i < 20_000; i++) {
                      affinity.bind(Affinity.Key.of("g", "m", prefix + i), own);
                      if (!own.equals(affinity.find(Affinity.Key.of("g", "m", prefix + i / 2)))) {
                        wrong.incrementAndGet();
                      }
                    }
                  });
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(wrong).hasValue(0);
    assertThat(affinity.sessions()).isEqualTo(80_000);
  }

  @ParameterizedTest
  @CsvSource({
    // seconds, fastest, score, best, part of failures in the score, leaves
    "2,   1,   -0.1,  0, 0,    false",
    "3,   2.2, -0.05, 0, 0,    false",
    "0.9, 0.2, -0.05, 0, 0,    false",
    "3,   1,   0.5,   0, 0,    true",
    "3,   1,   0.5,   0, 0.75, true",
    "1,   1,   -0.3,  0, 0,    true",
    "1,   1,   -0.3,  0, 0.75, false",
    "1,   1,   -0.4,  0, 0.75, true",
    "1,   1,   0.7,   0, 0,    false"
  })
  void leaves(
      double seconds, double fastest, double score, double best, double doubt, boolean leaves) {
    assertThat(Affinity.leaves(seconds, fastest, score, best, doubt) != null).isEqualTo(leaves);
  }
}
