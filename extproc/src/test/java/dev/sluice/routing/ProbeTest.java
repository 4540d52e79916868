package dev.sluice.routing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When a candidate that is hardly chosen gets a request all the same. */
final class ProbeTest {
  private static final long SECOND = 1_000_000_000L;

  @Test
  void afterFiveSecondsAndFiftyRequests() {
    assertThat(Probe.overdue(SECOND, Probe.first(), 50, 5 * SECOND)).isNegative();
    assertThat(Probe.overdue(SECOND, Probe.first(), 49, 8 * SECOND)).isNegative();
    assertThat(Probe.overdue(SECOND, Probe.first(), 50, 8 * SECOND)).isEqualTo(2 * SECOND);
  }

  @Test
  void whatCouldNotWinAtItsBestIsLookedAtOnceAMinute() {
    assertThat(Probe.hopeless(Probe.first(), 600 * SECOND)).isEqualTo(60 * SECOND);
    assertThat(Probe.hopeless(SECOND / 2, 600 * SECOND))
        .as("but for good news")
        .isEqualTo(SECOND / 2);
    assertThat(Probe.hopeless(Probe.first(), 119 * SECOND))
        .as("within two minutes of trouble")
        .isEqualTo(25 * SECOND);
    assertThat(Probe.overdue(SECOND, 60 * SECOND, 50, 60 * SECOND)).isNegative();
    assertThat(Probe.overdue(SECOND, 60 * SECOND, 50, 61 * SECOND)).isNotNegative();
  }

  @Test
  void whatIsDeadIsNotProbedAsAfterGoodNewsHoweverLongItsRestIsOver() {
    long wait = Probe.dead(20 * SECOND, 19 * SECOND);
    assertThat(Probe.overdue(20 * SECOND, wait, 49, 23 * SECOND)).isNegative();
    assertThat(Probe.overdue(20 * SECOND, wait, 50, 23 * SECOND)).isPositive();
  }

  @Test
  void orAfterTwentySecondsWhateverTheRequests() {
    assertThat(Probe.overdue(SECOND, Probe.first(), 1, 20 * SECOND)).isNegative();
    assertThat(Probe.overdue(SECOND, Probe.first(), 1, 21 * SECOND)).isPositive();
  }

  @Test
  void soonerAfterGoodNewsLaterAfterNone() {
    assertThat(Probe.next(Probe.first(), false)).isEqualTo(10 * SECOND);
    assertThat(Probe.next(10 * SECOND, false)).isEqualTo(15 * SECOND);
    assertThat(Probe.next(15 * SECOND, false)).isEqualTo(15 * SECOND);
    long soon = Probe.next(15 * SECOND, true);
    assertThat(soon).isEqualTo(SECOND / 2);
    assertThat(Probe.next(soon, false)).isEqualTo(Probe.first());
    assertThat(Probe.overdue(SECOND, soon, 1, 2 * SECOND)).as("few requests").isPositive();
  }
}
