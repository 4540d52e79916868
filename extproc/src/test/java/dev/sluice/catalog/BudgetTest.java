package dev.sluice.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sluice.catalog.Budget.Span;
import dev.sluice.catalog.Budget.Unit;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BudgetTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource({
    "50 USD/month, 50000000000, USD, MONTH, 50 USD/month",
    "2.5 USD/day, 2500000000, USD, DAY, 2.5 USD/day",
    "0.000000001 USD/hour, 1, USD, HOUR, 0.000000001 USD/hour",
    "100 USD, 100000000000, USD, TOTAL, 100 USD/total",
    "1000000 tokens/week, 1000000, TOKENS, WEEK, 1000000 tokens/week",
    "5 tokens/year, 5, TOKENS, YEAR, 5 tokens/year",
  })
  void whatIsWrittenIsRead(String text, long most, Unit unit, Span span, String again) {
    Budget budget = Budget.of(text);
    assertThat(budget).isEqualTo(new Budget(most, unit, span));
    assertThat(budget).hasToString(again);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "50",
        "50 EUR/month",
        "-1 USD",
        "1.5 tokens",
        "50USD",
        "1 USD/decade",
        "1 USD/"
      })
  void whatIsNoneIsSaid(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Budget.of(text))
        .withMessageContaining("'" + text + "' is no budget");
  }

  @Test
  void aListHoldsOneOfAKind() {
    assertThat(Budget.list("5 USD/day, 50 USD/month,100 tokens/day")).hasSize(3);
    assertThat(Budget.list(" ")).isEmpty();
    assertThatIllegalArgumentException().isThrownBy(() -> Budget.list("5 USD/day, 6 USD/day"));
  }

  @ParameterizedTest(name = "{1} of {0}")
  @CsvSource({
    "2026-11-18T12:30:00Z, HOUR, 2026-11-18T12:00:00Z, 2026-11-18T13:00:00Z",
    "2026-11-18T12:30:00Z, DAY, 2026-11-18T00:00:00Z, 2026-11-19T00:00:00Z",
    "2026-11-18T12:30:00Z, WEEK, 2026-11-16T00:00:00Z, 2026-11-23T00:00:00Z",
    "2026-11-16T00:00:00Z, WEEK, 2026-11-16T00:00:00Z, 2026-11-23T00:00:00Z",
    "2026-12-31T23:59:59Z, WEEK, 2026-12-28T00:00:00Z, 2027-01-04T00:00:00Z",
    "2026-12-31T23:59:59Z, MONTH, 2026-12-01T00:00:00Z, 2027-01-01T00:00:00Z",
    "2028-02-29T10:00:00Z, MONTH, 2028-02-01T00:00:00Z, 2028-03-01T00:00:00Z",
    "2026-11-18T12:30:00Z, YEAR, 2026-01-01T00:00:00Z, 2027-01-01T00:00:00Z",
    "2026-11-18T12:30:00Z, TOTAL, 1970-01-01T00:00:00Z,",
  })
  void spansBeginAndEndByUtc(Instant at, Span span, Instant begin, Instant end) {
    assertThat(span.begin(at)).isEqualTo(begin);
    assertThat(span.end(at).orElse(null)).isEqualTo(end);
  }
}
