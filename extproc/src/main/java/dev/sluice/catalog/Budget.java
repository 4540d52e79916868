package dev.sluice.catalog;

import java.math.BigDecimal;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/**
 * How much may be spent in a span of time. Written {@code 50 USD/month} or {@code 1000000
 * tokens/total}; without a span it is the total.
 *
 * @param most in the unit's smallest part: billionths of a dollar, or tokens
 * @param unit of what
 * @param span in what time, by UTC
 */
public record Budget(long most, Unit unit, Span span) {
  private static final java.util.regex.Pattern WRITTEN =
      java.util.regex.Pattern.compile(
          "(?:(\\d{1,9}(?:\\.\\d{1,9})?)\\s+USD|(\\d{1,15})\\s+tokens)"
              + "(?:/(hour|day|week|month|year|total))?");

  /** How many parts a dollar has. */
  public static final long NANOS = 1_000_000_000;

  /** What is counted. */
  public enum Unit {
    /** Money, in billionths of a US dollar. */
    USD,
    /** Tokens, in and out. */
    TOKENS;

    /** An amount of it, for people. */
    public String written(long parts) {
      return switch (this) {
        case USD -> BigDecimal.valueOf(parts, 9).stripTrailingZeros().toPlainString() + " USD";
        case TOKENS -> parts + " tokens";
      };
    }
  }

  /** In what time, by UTC; weeks begin on Monday. */
  public enum Span {
    /** Each hour. */
    HOUR,
    /** Each day. */
    DAY,
    /** Each week. */
    WEEK,
    /** Each month. */
    MONTH,
    /** Each year. */
    YEAR,
    /** Ever. */
    TOTAL;

    /** When the span that {@code at} lies in began; the epoch for the total. */
    public Instant begin(Instant at) {
      if (this == HOUR) {
        return at.truncatedTo(ChronoUnit.HOURS);
      }
      LocalDate day = at.atZone(ZoneOffset.UTC).toLocalDate();
      LocalDate first =
          switch (this) {
            case HOUR, DAY -> day;
            case WEEK -> day.with(TemporalAdjusters.previousOrSame(DayOfWeek.MONDAY));
            case MONTH -> day.withDayOfMonth(1);
            case YEAR -> day.withDayOfYear(1);
            case TOTAL -> LocalDate.EPOCH;
          };
      return first.atStartOfDay(ZoneOffset.UTC).toInstant();
    }

    /** When the next span begins; empty for the total. */
    public Optional<Instant> end(Instant at) {
      Instant begin = begin(at);
      LocalDate day = begin.atZone(ZoneOffset.UTC).toLocalDate();
      return switch (this) {
        case HOUR -> Optional.of(begin.plus(1, ChronoUnit.HOURS));
        case DAY -> Optional.of(midnight(day.plusDays(1)));
        case WEEK -> Optional.of(midnight(day.plusWeeks(1)));
        case MONTH -> Optional.of(midnight(day.plusMonths(1)));
        case YEAR -> Optional.of(midnight(day.plusYears(1)));
        case TOTAL -> Optional.empty();
      };
    }

    private static Instant midnight(LocalDate day) {
      return day.atStartOfDay(ZoneOffset.UTC).toInstant();
    }
  }

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException it is none; the message is a sentence
   */
  public static Budget of(String text) {
    Matcher matcher = WRITTEN.matcher(text.strip());
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          "'"
              + text.strip()
              + "' is no budget; write '50 USD/month' or '1000000 tokens/total'; spans are hour,"
              + " day, week, month, year and total.");
    }
    @Nullable String span = matcher.group(3);
    @Nullable String usd = matcher.group(1);
    return new Budget(
        usd == null
            ? Long.parseLong(matcher.group(2))
            : new BigDecimal(usd).movePointRight(9).longValueExact(),
        usd == null ? Unit.TOKENS : Unit.USD,
        span == null ? Span.TOTAL : Span.valueOf(span.toUpperCase(Locale.ROOT)));
  }

  /**
   * Reads several, with commas between; none where the text is empty.
   *
   * @throws IllegalArgumentException one is none, or two are of the same unit and span
   */
  public static List<Budget> list(String text) {
    if (text.isBlank()) {
      return List.of();
    }
    var budgets = new ArrayList<Budget>();
    var seen = new HashSet<String>();
    for (String one : text.split(",", -1)) {
      Budget budget = of(one);
      if (!seen.add(budget.unit() + "/" + budget.span())) {
        throw new IllegalArgumentException(
            "Two budgets are of " + budget.unit() + " in the same span of time; keep one.");
      }
      budgets.add(budget);
    }
    return List.copyOf(budgets);
  }

  /** As it is written. */
  @Override
  public String toString() {
    return unit.written(most) + "/" + span.name().toLowerCase(Locale.ROOT);
  }
}
