package dev.sluice.access;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MeterTest {
  /** The start of a clock minute. */
  private static final long BEGIN = 1_000_000 * Meter.MINUTE_MILLIS;

  @ParameterizedTest(name = "{0} s after sixty came together there are {1}")
  @CsvSource({
    "0, 60", "30, 60", "59, 60", "60, 60", "75, 45", "90, 30", "119, 1", "120, 0", "600, 0"
  })
  void whatCameLeavesWithinTwoMinutes(long seconds, double used) {
    Meter meter = Meter.EMPTY.plus(BEGIN, 60);
    assertThat(meter.used(BEGIN + seconds * 1000)).isEqualTo(used);
  }

  @ParameterizedTest(
      name = "of {0} a minute, {1} s into it, after {2} before and {3} in it: wait {4} ms")
  @CsvSource({
    "60, 0, 0, 60, 61000",
    "60, 30, 0, 60, 31000",
    "60, 0, 60, 0, 1000",
    "60, 30, 60, 40, 11000",
    "1, 10, 0, 1, 110000",
  })
  void theWaitIsLongEnoughAndNoLonger(long most, long second, long before, long now, long wait) {
    Meter meter =
        Meter.EMPTY.plus(BEGIN - Meter.MINUTE_MILLIS, before).plus(BEGIN + second * 1000, now);
    long at = BEGIN + second * 1000;
    assertThat(meter.used(at) + 1).isGreaterThan((double) most);
    assertThat(meter.wait(at, most, 1)).isEqualTo(wait);
    assertThat(meter.used(at + wait) + 1).isLessThanOrEqualTo(most + 1e-9);
    assertThat(meter.used(at + wait - 2) + 1).isGreaterThan((double) most);
  }

  @Test
  void givingBackNeverLeavesLessThanNothing() {
    Meter meter = Meter.EMPTY.plus(BEGIN, 10).plus(BEGIN + 60_000, -50);
    assertThat(meter.used(BEGIN + 60_000)).isEqualTo(10);
  }
}
