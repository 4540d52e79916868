package dev.sluice.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** How much a candidate fails. */
final class AvailabilityTest {
  private static final long SECOND = 1_000_000_000L;

  private final Availability availability = new Availability();
  private long now = SECOND;

  private void tries(int good, int bad) {
    for (int i = 0; i < good; i++) {
      availability.alive();
      availability.good();
    }
    for (int i = 0; i < bad; i++) {
      availability.bad();
    }
    now += SECOND;
    availability.fold(now);
  }

  @Test
  void whatIsNewCountsAsGood() {
    assertThat(availability.success()).isEqualTo(1);
    assertThat(availability.harm()).isLessThan(0.011);
  }

  @Test
  void troubleIsSeenWithinSecondsAndForgottenWithinAMinute() {
    for (int i = 0; i < 60; i++) {
      tries(20, 0);
    }
    for (int i = 0; i < 10; i++) {
      tries(10, 10);
    }
    assertThat(availability.success()).isCloseTo(0.75, within(0.05));
    assertThat(availability.harm()).isGreaterThan(0.15);
    for (int i = 0; i < 60; i++) {
      tries(20, 0);
    }
    assertThat(availability.success()).isGreaterThan(0.98);
    assertThat(availability.harm()).isLessThan(0.1);
  }

  @Test
  void oneFailureInAThousandIsToldFromOneInTwoHundred() {
    for (int i = 0; i < 600; i++) {
      tries(20, i % 50 == 0 ? 1 : 0);
    }
    double one = availability.harm();
    var other = new Availability();
    long at = SECOND;
    for (int i = 0; i < 600; i++) {
      for (int n = 0; n < 20; n++) {
        other.alive();
        other.good();
      }
      if (i % 10 == 0) {
        other.bad();
      }
      at += SECOND;
      other.fold(at);
    }
    assertThat(one).isCloseTo(0.001, within(0.0005));
    assertThat(other.harm()).isCloseTo(0.005, within(0.001));
  }

  @Test
  void anAnswerThatBreaksOffIsWorseThanNone() {
    for (int i = 0; i < 100; i++) {
      tries(20, 0);
    }
    double none = availability.harm();
    tries(19, 1);
    double once = availability.harm() - none;
    availability.broken();
    tries(19, 0);
    assertThat(availability.harm() - none - once).isGreaterThan(8 * once);
  }

  @Test
  void whatLivesAgainIsBelievedSoon() {
    for (int i = 0; i < 30; i++) {
      tries(0, 5);
    }
    assertThat(availability.success()).isLessThan(0.2);
    availability.revived(150);
    tries(1, 0);
    tries(4, 0);
    assertThat(availability.success()).isGreaterThan(0.85);
  }

  /** Its answer may be written for a minute. */
  @Test
  void aFirstTokenIsNewsBeforeItsAnswerIsWhole() {
    for (int i = 0; i < 30; i++) {
      tries(0, 5);
    }
    availability.revived(150);
    availability.alive();
    assertThat(availability.fold(now + SECOND)).as("better than expected").isGreaterThan(0.9);
    assertThat(availability.success()).isGreaterThan(0.6);
    assertThat(availability.tries()).as("what has ended").isEqualTo(150);
    availability.good();
    assertThat(availability.fold(now + 40 * SECOND)).as("no news").isNaN();
    assertThat(availability.tries()).isEqualTo(151);
  }

  @Test
  void aBreakTakesBackWhatItsFirstTokenSaid() {
    for (int i = 0; i < 60; i++) {
      for (int n = 0; n < 20; n++) {
        availability.alive();
        if (i > 4) {
          availability.broken();
        }
      }
      now += SECOND;
      availability.fold(now);
    }
    assertThat(availability.success()).isLessThan(0.05);
  }

  @Test
  void anOutageIsOneFailureOfTheLastMinutes() {
    for (int i = 0; i < 200; i++) {
      tries(5, 0);
    }
    double before = availability.usual();
    for (int i = 0; i < 30; i++) {
      tries(0, 1);
    }
    assertThat(availability.usual()).as("while it lasts").isGreaterThan(4 * before);
    availability.revived(30);
    tries(1, 0);
    assertThat(availability.usual() - before).isBetween(0.0, 2e-3);
    assertThat(availability.failures()).as("what people see").isEqualTo(30);
  }

  @Test
  void everyTryIsCounted() {
    tries(3, 2);
    assertThat(availability.tries()).isEqualTo(5);
    assertThat(availability.failures()).isEqualTo(2);
  }
}
