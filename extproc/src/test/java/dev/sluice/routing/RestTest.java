package dev.sluice.routing;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Rests that somebody asked for. */
final class RestTest {
  private static final long SECOND = 1_000_000_000L;

  private final Rest rest = new Rest();

  @Test
  void theLongestThatWasAskedForCounts() {
    rest.ask(SECOND, 30 * SECOND, "retry-after");
    rest.ask(2 * SECOND, 5 * SECOND, "shorter");
    assertThat(rest.over(30 * SECOND)).isFalse();
    assertThat(rest.over(31 * SECOND)).isTrue();
    assertThat(rest.why()).isEqualTo("retry-after");
    assertThat(rest.since()).isEqualTo(SECOND);
  }

  @Test
  void whatWasNotEnoughIsDoubled() {
    rest.again(SECOND, SECOND, SECOND, "rate limit");
    assertThat(rest.until()).isEqualTo(2 * SECOND);
    rest.again(2 * SECOND, 3 * SECOND, SECOND, "rate limit");
    assertThat(rest.until()).isEqualTo(5 * SECOND);
    rest.again(5 * SECOND, 6 * SECOND, SECOND, "rate limit");
    assertThat(rest.until()).isEqualTo(10 * SECOND);
    rest.well();
    rest.again(11 * SECOND, 50 * SECOND, SECOND, "rate limit");
    assertThat(rest.until()).isEqualTo(51 * SECOND);
  }

  @Test
  void manyRefusalsAtOnceAreOne() {
    for (int i = 0; i < 100; i++) {
      rest.again(SECOND, 2 * SECOND + i, SECOND, "rate limit");
    }
    assertThat(rest.until()).isBetween(3 * SECOND, 3 * SECOND + 100);
  }

  @Test
  void aBanLastsUntilAPersonEndsIt() {
    rest.ask(SECOND, Rest.EVER, "rule");
    rest.ask(SECOND, SECOND, "shorter");
    assertThat(rest.over(Long.MAX_VALUE - 1)).isFalse();
    assertThat(rest.release(2 * SECOND)).isTrue();
    assertThat(rest.over(2 * SECOND)).isTrue();
    assertThat(rest.release(2 * SECOND)).isFalse();
  }
}
