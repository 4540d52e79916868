package dev.sluice.routing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** When a few failures tell that a URL has just died, and when they do not. */
final class AlarmTest {
  private static final long MILLI = 1_000_000L;
  private static final long NOW = 1_000 * MILLI;

  private final Alarm alarm = new Alarm();

  private void begin(int tries) {
    for (int i = 0; i < tries; i++) {
      alarm.begins();
    }
  }

  private void fail(int... numbers) {
    for (int number : numbers) {
      alarm.failed(number, NOW);
    }
  }

  @Test
  void threeTriesThatBeganOneAfterTheOtherAndFailedRaiseIt() {
    begin(7);
    fail(3, 4);
    assertThat(alarm.until(NOW)).isZero();
    fail(5);
    assertThat(alarm.until(NOW)).isEqualTo(NOW + Alarm.MILLIS * MILLI);
    assertThat(alarm.until(NOW + Alarm.MILLIS * MILLI)).as("it ends by itself").isZero();
  }

  @Test
  void theyMayFailInAnyOrder() {
    begin(4);
    fail(3, 1, 2);
    assertThat(alarm.until(NOW)).isPositive();
  }

  @Test
  void whereNothingIsUnderWayTheNextOneTells() {
    begin(3);
    fail(1, 2, 3);
    assertThat(alarm.until(NOW)).isZero();
    begin(2);
    fail(4);
    assertThat(alarm.until(NOW)).isPositive();
    fail(5);
    assertThat(alarm.until(NOW)).isZero();
  }

  @Test
  void oneThatWaitsAmongThemIsAgainstIt() {
    begin(5);
    fail(1, 2, 4);
    assertThat(alarm.until(NOW)).isZero();
    fail(3);
    assertThat(alarm.until(NOW)).isPositive();
  }

  @Test
  void anAnswerToOneThatBeganSinceEndsIt() {
    begin(6);
    fail(3, 4, 5);
    alarm.answered(2);
    assertThat(alarm.until(NOW)).as("it was under way before").isPositive();
    alarm.answered(6);
    assertThat(alarm.until(NOW)).isZero();
    begin(2);
    fail(7, 8);
    assertThat(alarm.until(NOW)).as("a new row").isZero();
  }
}
