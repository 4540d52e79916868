package dev.sluice.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.catalog.Rule;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Failure.Kind;
import dev.sluice.routing.Blame.Culprit;
import java.time.Duration;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whose fault a failure is. */
final class BlameTest {
  private static Failure failure(Kind kind, @Nullable Duration after) {
    return new Failure(kind, kind.status(), "secret words", null, null, after);
  }

  @ParameterizedTest
  @CsvSource({
    "RATE_LIMIT,      ACCOUNT, true,  PT1S,  true",
    "QUOTA,           ACCOUNT, true,  PT10M, true",
    "AUTHENTICATION,  ACCOUNT, true,  PT1M,  true",
    "PERMISSION,      ACCOUNT, true,  ,      false",
    "NOT_FOUND,       MODEL,   true,  ,      false",
    "INTERNAL,        URL,     true,  ,      false",
    "OVERLOADED,      URL,     true,  ,      false",
    "UNAVAILABLE,     URL,     true,  ,      false",
    "TIMEOUT,         URL,     true,  ,      false",
    "UNSUPPORTED,     URL,     true,  ,      false",
    "INVALID_REQUEST, CLIENT,  false, ,      false",
    "CONFLICT,        CLIENT,  false, ,      false",
    "TOO_LARGE,       CLIENT,  false, ,      false"
  })
  void byKind(Kind kind, Culprit culprit, boolean failed, @Nullable Duration rest, boolean grows) {
    Blame blame = Blame.of(failure(kind, null), kind.status(), null);
    assertThat(blame.culprit()).isEqualTo(culprit);
    assertThat(blame.failed()).isEqualTo(failed);
    assertThat(blame.rest()).isEqualTo(rest);
    assertThat(blame.grows()).isEqualTo(grows);
    assertThat(blame.why()).doesNotContain("secret");
  }

  @ParameterizedTest
  @CsvSource({
    "RATE_LIMIT, 7, PT7S",
    "QUOTA, 3600, PT1H",
    "UNAVAILABLE, 30, PT30S",
    "RATE_LIMIT, 999999, PT24H"
  })
  void whatTheProviderAsksForItGetsUpToADay(Kind kind, long seconds, Duration rest) {
    Blame blame = Blame.of(failure(kind, Duration.ofSeconds(seconds)), kind.status(), null);
    assertThat(blame.rest()).isEqualTo(rest);
    assertThat(blame.grows()).isFalse();
  }

  @Test
  void theOperatorsRuleIsHeardFirst() {
    assertThat(ruled(Rule.Action.PASS, Duration.ZERO).failed()).isFalse();
    assertThat(ruled(Rule.Action.COOL_ACCOUNT, Duration.ofHours(1)))
        .isEqualTo(
            new Blame(
                Culprit.ACCOUNT,
                true,
                Duration.ofHours(1),
                false,
                "invalid request (400), by an error rule"));
    assertThat(ruled(Rule.Action.COOL_ACCOUNT, Duration.ZERO).rest())
        .isEqualTo(Duration.ofMinutes(5));
    assertThat(ruled(Rule.Action.BAN_ACCOUNT, Duration.ZERO).rest()).isEqualTo(Blame.BAN);
    assertThat(ruled(Rule.Action.FAILOVER, Duration.ZERO).culprit()).isEqualTo(Culprit.MODEL);
  }

  private static Blame ruled(Rule.Action action, Duration length) {
    return Blame.of(
        failure(Kind.INVALID_REQUEST, null),
        400,
        new Rule(OptionalInt.of(400), null, action, length));
  }
}
