package dev.sluice.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.catalog.Budget;
import dev.sluice.catalog.Limits;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Two gateways that count together, on a real server. */
final class SharedTest {
  private static final AtomicInteger KEYS = new AtomicInteger();
  private static Servers.Running server;

  private final String key = "k" + KEYS.incrementAndGet();
  private final List<Shared> all = new ArrayList<>();
  private Budgets one;
  private Budgets two;

  @BeforeAll
  static void serve() throws IOException {
    server = Servers.valkey();
  }

  @AfterAll
  static void end() {
    server.close();
  }

  @BeforeEach
  void start() throws Exception {
    one = gateway();
    two = gateway();
  }

  @AfterEach
  void close() {
    all.forEach(Shared::close);
  }

  private Budgets gateway() throws Exception {
    var shared = new Shared("valkey://127.0.0.1:" + server.port());
    all.add(shared);
    shared.start();
    await(shared, true);
    return new Budgets(
        new Shelf(
            Shelf.Kind.MEMORY,
            () -> {
              throw new IOException("none");
            }),
        Runnable::run,
        InstantSource.system(),
        shared,
        new Writer("g", "g", 0));
  }

  private static void await(Shared shared, boolean there) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (shared.there() != there) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(5);
    }
  }

  private Opened opened(Limits limits, String budgets) {
    return new Opened(House.key(key, limits, budgets), null);
  }

  private static Admission ask(Budgets at, Opened opened, Amount estimate) throws Exception {
    return at.reserve(opened, estimate).get(5, TimeUnit.SECONDS);
  }

  /** What was settled is on its way; what comes back on the same way has passed it. */
  private void arrived() throws Exception {
    var other = new Opened(House.key(key + "-other", new Limits(0, 0, 100), ""), null);
    for (Budgets at : List.of(one, two)) {
      ((Reservation) ask(at, other, Amount.NONE)).release();
    }
  }

  @Test
  void manyAtOnceOverspendByNoMoreThanOne() throws Exception {
    Opened opened = opened(Limits.NONE, "1 USD/day, 1000000 tokens/total");
    var granted = new ArrayList<Reservation>();
    try (var threads = Executors.newFixedThreadPool(16)) {
      var asks = new ArrayList<Callable<Admission>>();
      for (int i = 0; i < 200; i++) {
        Budgets at = i % 2 == 0 ? one : two;
        asks.add(() -> ask(at, opened, Amount.of(5, 0.03)));
      }
      for (Future<Admission> answer : threads.invokeAll(asks)) {
        if (answer.get() instanceof Reservation reservation) {
          granted.add(reservation);
        }
      }
    }
    assertThat(granted).hasSize(34);
    granted.forEach(reservation -> reservation.settle(Amount.of(7, 0.01)));
    arrived();
    // 0.34 USD are spent; 22 of 0.03 USD bring it to 1.00 USD.
    int more = 0;
    while (ask(more % 2 == 0 ? one : two, opened, Amount.of(5, 0.03)) instanceof Reservation) {
      more++;
    }
    assertThat(more).isEqualTo(22);
    OverBudget over = (OverBudget) ask(one, opened, Amount.of(5, 0.03));
    assertThat(over.budget()).isEqualTo(Budget.of("1 USD/day"));
    assertThat(over.spent()).isEqualTo(340_000_000);
    assertThat(over.reserved()).isEqualTo(660_000_000);
    assertThat(over.held()).isTrue();
  }

  @Test
  void limitsAreHeldTogether() throws Exception {
    Opened opened = opened(new Limits(10, 0, 4), "");
    var open = new ArrayList<Reservation>();
    for (int i = 0; i < 4; i++) {
      open.add((Reservation) ask(i % 2 == 0 ? one : two, opened, Amount.NONE));
    }
    for (Budgets at : List.of(one, two)) {
      assertThat(((OverLimit) ask(at, opened, Amount.NONE)).what())
          .isEqualTo(OverLimit.What.CONCURRENCY);
    }
    open.forEach(Reservation::release);
    arrived();
    for (int i = 0; i < 6; i++) {
      ((Reservation) ask(i % 2 == 0 ? one : two, opened, Amount.NONE)).release();
      arrived();
    }
    for (Budgets at : List.of(one, two)) {
      OverLimit limit = (OverLimit) ask(at, opened, Amount.NONE);
      assertThat(limit.what()).isEqualTo(OverLimit.What.REQUESTS);
      assertThat(limit.retryAfter().toMillis()).isBetween(1L, 120_000L);
    }
  }

  @Test
  void tokensAreCountedTogetherAsTheyCame() throws Exception {
    Opened opened = opened(new Limits(0, 100, 0), "");
    ((Reservation) ask(one, opened, Amount.of(99, 0))).settle(Amount.of(10, 0));
    arrived();
    ((Reservation) ask(two, opened, Amount.of(5, 0))).settle(Amount.of(190, 0));
    arrived();
    assertThat(((OverLimit) ask(one, opened, Amount.of(1, 0))).what())
        .isEqualTo(OverLimit.What.TOKENS);
  }

  @Test
  void whereItIsAwayEachCountsAlone() throws Exception {
    Opened opened = opened(new Limits(0, 0, 2), "1 USD/day");
    try (var own = Servers.valkey()) {
      var shared = new Shared("redis://127.0.0.1:" + own.port());
      all.add(shared);
      shared.start();
      await(shared, true);
      var alone =
          new Budgets(
              new Shelf(
                  Shelf.Kind.MEMORY,
                  () -> {
                    throw new IOException("none");
                  }),
              Runnable::run,
              InstantSource.system(),
              shared,
              new Writer("g", "g", 0));
      var first = (Reservation) ask(alone, opened, Amount.of(0, 0.1));
      own.kill();
      var second = (Reservation) ask(alone, opened, Amount.of(0, 0.1));
      assertThat(ask(alone, opened, Amount.NONE)).isInstanceOf(OverLimit.class);
      await(shared, false);
      first.settle(Amount.of(0, 0.4));
      second.settle(Amount.of(0, 0.4));
      own.start();
      await(shared, true);
      // A server that lost everything is told what the store says.
      alone.flush();
      ((Reservation) ask(alone, opened, Amount.of(0, 0.1))).settle(Amount.of(0, 0.2));
      OverBudget over = (OverBudget) ask(alone, opened, Amount.of(0, 0.1));
      assertThat(over.spent()).isEqualTo(Budget.NANOS);
    }
  }
}
