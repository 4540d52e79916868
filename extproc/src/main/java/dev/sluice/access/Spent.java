package dev.sluice.access;

import dev.sluice.catalog.Budget.Span;
import java.time.Instant;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * What was spent in the spans of time that a moment lies in.
 *
 * @param at that moment, in milliseconds since the epoch
 * @param amounts by span; where nothing is said, nothing was spent
 */
record Spent(long at, Map<Span, Amount> amounts) {
  private static final long HOUR_MILLIS = 3_600_000;

  static final Spent NOTHING = new Spent(0, Map.of());

  Spent {
    var copy = new EnumMap<Span, Amount>(Span.class);
    copy.putAll(amounts);
    amounts = Collections.unmodifiableMap(copy);
  }

  /** What was spent in the span that {@code now} lies in. */
  Amount in(Span span, long now) {
    return current(span, now) ? amounts.getOrDefault(span, Amount.NONE) : Amount.NONE;
  }

  /** Whether {@code now} lies in the same span as {@code at}, or before it. */
  private boolean current(Span span, long now) {
    return now <= at
        || span == Span.TOTAL
        || now / HOUR_MILLIS == at / HOUR_MILLIS
        || !begin(span, now).isAfter(Instant.ofEpochMilli(at));
  }

  /** With more that was spent at a moment; where its span is over already, that span stays. */
  Spent plus(long when, Amount more) {
    var sums = new EnumMap<Span, Amount>(Span.class);
    for (Span span : Span.values()) {
      boolean over = when < at && begin(span, at).isAfter(Instant.ofEpochMilli(when));
      Amount old = in(span, when);
      sums.put(span, over ? old : old.plus(more));
    }
    return new Spent(Math.max(at, when), sums);
  }

  private static Instant begin(Span span, long millis) {
    return span.begin(Instant.ofEpochMilli(millis));
  }
}
