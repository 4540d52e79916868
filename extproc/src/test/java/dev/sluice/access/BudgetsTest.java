package dev.sluice.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.access.Holder.Kind;
import dev.sluice.access.Holder.Scope;
import dev.sluice.catalog.Budget;
import dev.sluice.catalog.Budget.Span;
import dev.sluice.catalog.Key;
import dev.sluice.catalog.Limits;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Limits and budgets in memory. */
final class BudgetsTest {
  private final House.Clock clock = new House.Clock();
  private final Budgets budgets =
      new Budgets(
          new Shelf(
              Shelf.Kind.MEMORY,
              () -> {
                throw new IOException("none");
              }),
          Runnable::run,
          clock,
          null,
          new Writer("here", "here", 0));

  private static Opened opened(Limits limits, String budget) {
    return new Opened(House.key("k", limits, budget), null);
  }

  private Admission ask(Opened opened, long tokens, double usd) {
    var answer = budgets.reserve(opened, Amount.of(tokens, usd));
    assertThat(answer).isDone();
    return answer.join();
  }

  private Reservation granted(Opened opened, long tokens, double usd) {
    return (Reservation) ask(opened, tokens, usd);
  }

  private OverBudget over(Opened opened) {
    return (OverBudget) ask(opened, 1, 0.1);
  }

  @ParameterizedTest(name = "{0} spent at {1}: until {2}")
  @CsvSource({
    "1 USD/hour, 2026-11-18T13:00:00Z",
    "1 USD/day, 2026-11-19T00:00:00Z",
    "1 USD/week, 2026-11-23T00:00:00Z",
    "1 USD/month, 2026-12-01T00:00:00Z",
    "1 USD/year, 2027-01-01T00:00:00Z",
    "1 USD/total,",
    "100 tokens/day, 2026-11-19T00:00:00Z",
    "100 tokens/total,",
  })
  void aBudgetHoldsUntilItsSpanIsOver(String budget, Instant until) {
    Opened opened = opened(Limits.NONE, budget);
    granted(opened, 10, 0.5).settle(Amount.of(100, 1));
    OverBudget over = over(opened);
    assertThat(over.budget()).isEqualTo(Budget.of(budget));
    assertThat(over.held()).isFalse();
    assertThat(over.until()).isEqualTo(until);
    assertThat(over.message())
        .contains("the key 'k'")
        .contains(until == null ? "not" : until.toString());
    if (until != null) {
      assertThat(over.retryAfter()).isEqualTo(Duration.between(House.NOON, until));
      clock.pass(over.retryAfter().minusMillis(1));
      over(opened);
      clock.pass(Duration.ofMillis(1));
      granted(opened, 10, 0.5).release();
    }
  }

  @Test
  void whatIsReservedCountsUntilItIsSettled() {
    Opened opened = opened(Limits.NONE, "1 USD/day");
    Reservation first = granted(opened, 0, 0.9);
    Reservation second = granted(opened, 0, 0.9);
    OverBudget over = over(opened);
    assertThat(over.held()).isTrue();
    assertThat(over.retryAfter()).isEqualTo(Duration.ofSeconds(1));
    assertThat(over.message()).contains("reserved").contains("0 USD spent");
    first.settle(Amount.of(0, 0.1));
    first.settle(Amount.of(0, 5));
    second.release();
    granted(opened, 0, 0.9).settle(Amount.of(0, 0.9));
    assertThat(over(opened).spent()).isEqualTo(Budget.NANOS);
  }

  @Test
  void whatIsForgottenCountsAsItsEstimateAfterADay() {
    Opened opened = opened(Limits.NONE, "1 USD/total");
    Reservation forgotten = granted(opened, 0, 1);
    clock.pass(Duration.ofHours(24));
    budgets.flush();
    assertThat(over(opened).held()).isTrue();
    clock.pass(Duration.ofMinutes(2));
    budgets.flush();
    assertThat(over(opened).held()).isFalse();
    forgotten.release();
    assertThat(over(opened).spent()).isEqualTo(Budget.NANOS);
  }

  @Test
  void manyAtOnceOverspendByNoMoreThanOne() throws Exception {
    Opened opened = opened(Limits.NONE, "1 USD/day");
    var granted = new ConcurrentLinkedQueue<Reservation>();
    try (var threads = Executors.newFixedThreadPool(16)) {
      var asks = new ArrayList<Callable<Boolean>>();
      for (int i = 0; i < 200; i++) {
        asks.add(
            () -> {
              Admission admission = budgets.reserve(opened, Amount.of(0, 0.03)).join();
              if (admission instanceof Reservation reservation) {
                granted.add(reservation);
              }
              return true;
            });
      }
      for (Future<Boolean> ask : threads.invokeAll(asks)) {
        ask.get();
      }
      // 33 of them are 0.99 USD, so the 34th may come; nothing more.
      assertThat(granted).hasSize(34);
      var settles = new ArrayList<Callable<Boolean>>();
      granted.forEach(
          reservation ->
              settles.add(
                  () -> {
                    reservation.settle(reservation.estimate());
                    return true;
                  }));
      threads.invokeAll(settles);
    }
    assertThat(over(opened).spent()).isEqualTo(34 * 30_000_000L);
  }

  @Test
  void whoeverIsRefusedTakesNothing() throws IOException {
    Key key = House.key("k", new Limits(5, 0, 0), "");
    var user = new Holder(new Scope(Kind.USER, "u"), new Limits(0, 0, 1), Budget.list("1 USD/day"));
    var opened = new Opened(key, user);
    Reservation only = granted(opened, 0, 0.2);
    for (int i = 0; i < 20; i++) {
      assertThat(((OverLimit) ask(opened, 0, 0.2)).scope()).isEqualTo(user.scope());
    }
    only.settle(Amount.of(7, 0.25));
    // The twenty that the user's limit refused are not in the key's five.
    for (int i = 0; i < 4; i++) {
      granted(opened, 0, 0.2).release();
    }
    OverLimit limit = (OverLimit) ask(opened, 0, 0.2);
    assertThat(limit.what()).isEqualTo(OverLimit.What.REQUESTS);
    for (Scope scope :
        List.of(
            new Scope(Kind.KEY, "k"),
            new Scope(Kind.USER, "u"),
            new Scope(Kind.GROUP, "default"))) {
      assertThat(budgets.spent(scope).get(Span.DAY)).isEqualTo(Amount.of(7, 0.25));
    }
  }

  @Test
  void aGroupIsHeldToWhatItWasGiven() {
    budgets.groups(
        Map.of(
            "default",
            new Holder(new Scope(Kind.GROUP, "default"), Limits.NONE, Budget.list("1 USD"))));
    granted(opened(Limits.NONE, ""), 0, 0.1).settle(Amount.of(0, 1));
    assertThat(over(new Opened(House.key("other", Limits.NONE, ""), null)).scope())
        .hasToString("group/default");
  }

  @ParameterizedTest(name = "rpm {0}, tpm {1}, concurrency {2}: {3} of 100 requests of 10 tokens")
  @CsvSource({
    "0, 0, 0, 100, CONCURRENCY, 0",
    "60, 0, 0, 60, REQUESTS, 61000",
    "0, 95, 0, 10, TOKENS, 63600",
    "0, 0, 7, 7, CONCURRENCY, 1000",
    "60, 1000, 3, 3, CONCURRENCY, 1000",
  })
  void limitsAreHeld(long rpm, long tpm, long most, int granted, OverLimit.What what, long wait) {
    Opened opened = opened(new Limits(rpm, tpm, most), "");
    int count = 0;
    for (int i = 0; i < 100; i++) {
      switch (ask(opened, 10, 0)) {
        case Reservation _ -> count++;
        case OverLimit limit -> {
          assertThat(limit.what()).isEqualTo(what);
          assertThat(limit.retryAfter()).isEqualTo(Duration.ofMillis(wait));
          assertThat(limit.message()).contains("the key 'k'").contains("try again in");
        }
        case OverBudget over -> throw new AssertionError(over);
      }
    }
    assertThat(count).isEqualTo(granted);
  }

  @Test
  void tokensAreCountedAsTheyCame() {
    Opened opened = opened(new Limits(0, 100, 0), "");
    granted(opened, 99, 0).settle(Amount.of(10, 0));
    granted(opened, 90, 0).settle(Amount.of(89, 0));
    granted(opened, 1, 0).release();
    granted(opened, 1, 0).settle(Amount.of(1, 0));
    assertThat(((OverLimit) ask(opened, 1, 0)).what()).isEqualTo(OverLimit.What.TOKENS);
  }

  @Test
  void whatWasSpentStaysWhenItIsFolded() throws IOException {
    Opened opened = opened(Limits.NONE, "");
    var scope = new Scope(Kind.KEY, "k");
    granted(opened, 1, 1).settle(Amount.of(1, 1));
    budgets.flush();
    clock.pass(Duration.ofMinutes(45));
    granted(opened, 2, 2).settle(Amount.of(2, 2));
    assertThat(budgets.spent(scope).get(Span.HOUR)).isEqualTo(Amount.of(2, 2));
    assertThat(budgets.spent(scope).get(Span.DAY)).isEqualTo(Amount.of(3, 3));
    budgets.flush();
    assertThat(budgets.spent(scope).get(Span.HOUR)).isEqualTo(Amount.of(2, 2));
    assertThat(budgets.spent(scope).get(Span.TOTAL)).isEqualTo(Amount.of(3, 3));
  }
}
