package dev.sluice.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How long a try may be without a first token. */
final class DeadlineTest {
  @ParameterizedTest(name = "{5}")
  @CsvSource({
    "PT20S, 1,   4, 1000, PT6.12S,  99 in 100 and half as much again",
    "PT20S, 1,   4, 20,   PT12S,    more where little is known",
    "PT20S, 1,   4, 19,   PT20S,    too little is known",
    "PT20S, 0.1, 2, 1000, PT1.5S,   never below the floor",
    "PT20S, 10,  4, 1000, PT20S,    never above what is configured",
    "PT1S,  0.1, 2, 1000, PT1S,     nor is the floor"
  })
  void deadlines(
      Duration configured,
      double expected,
      double slow,
      double evidence,
      Duration deadline,
      String why) {
    assertThat(Deadline.of(configured, expected, slow, evidence)).as(why).isEqualTo(deadline);
  }

  @ParameterizedTest(name = "{5}")
  @CsvSource({
    "PT20S, 2,   2, 1000, PT6S,   9 in 10 and half as much again",
    "PT20S, 2,   2, 20,   PT6S,   however little is known",
    "PT20S, 2,   2, 19,   PT20S,  but for too little",
    "PT20S, 0.1, 2, 1000, PT1.5S, never below the floor",
    "PT5S,  2,   2, 1000, PT5S,   never above what is configured"
  })
  void deadlinesOfProbes(
      Duration configured,
      double expected,
      double likely,
      double evidence,
      Duration deadline,
      String why) {
    assertThat(Deadline.ofProbe(configured, expected, likely, evidence))
        .as(why)
        .isEqualTo(deadline);
  }
}
