package dev.sluice.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.catalog.Limits;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** Requests and tokens in a minute, and requests at a time. */
final class LimitTest {
  private final AtomicLong nanos = new AtomicLong(1);
  private final Limit limit = new Limit(nanos::get);

  private void pass(double seconds) {
    nanos.addAndGet(Math.round(seconds * 1e9));
  }

  private Limit.Grant taken(Limits limits, long tokens) {
    Limit.Answer answer = limit.take("k", limits, tokens);
    assertThat(answer).isInstanceOf(Limit.Grant.class);
    return (Limit.Grant) answer;
  }

  private Limit.Over over(Limits limits, long tokens) {
    Limit.Answer answer = limit.take("k", limits, tokens);
    assertThat(answer).isInstanceOf(Limit.Over.class);
    return (Limit.Over) answer;
  }

  @Test
  void requestsInAMinute() {
    var limits = new Limits(3, 0, 0);
    taken(limits, 0);
    pass(10);
    taken(limits, 0);
    taken(limits, 0);
    assertThat(over(limits, 0))
        .isEqualTo(new Limit.Over(Limit.Kind.REQUESTS, Duration.ofSeconds(51)));
    pass(50.9);
    over(limits, 0);
    pass(0.2);
    taken(limits, 0);
    over(limits, 0);
  }

  @Test
  void tokensAreEstimatedAndSettled() {
    var limits = new Limits(0, 1000, 0);
    Limit.Grant first = taken(limits, 900);
    assertThat(over(limits, 200).kind()).isEqualTo(Limit.Kind.TOKENS);
    first.end(100);
    first.end(900);
    taken(limits, 800).end(-1);
    assertThat(limit.room("k", limits).tokens()).isEqualTo(100);
    over(limits, 200);
    taken(limits, 100).end(5000);
    assertThat(limit.room("k", limits).tokens()).isZero();
  }

  @Test
  void aRequestLargerThanTheLimitIsLetThroughAlone() {
    var limits = new Limits(0, 1000, 0);
    taken(limits, 50_000);
    over(limits, 1);
    pass(62);
    taken(limits, 1);
  }

  @Test
  void whatIsRefusedForOneReasonTakesNothingOfTheOthers() {
    var limits = new Limits(10, 100, 2);
    taken(limits, 100);
    over(limits, 1);
    assertThat(limit.room("k", limits)).isEqualTo(new Limit.Room(9, 0, 1, Duration.ofSeconds(61)));
  }

  @Test
  void requestsAtATime() {
    var limits = new Limits(0, 0, 2);
    taken(limits, 0);
    Limit.Grant second = taken(limits, 0);
    assertThat(over(limits, 0))
        .isEqualTo(new Limit.Over(Limit.Kind.CONCURRENCY, Duration.ofSeconds(1)));
    second.end(0);
    second.end(0);
    taken(limits, 0);
    over(limits, 0);
  }

  @Test
  void namesDoNotShare() {
    var limits = new Limits(1, 0, 0);
    taken(limits, 0);
    assertThat(limit.take("other", limits, 0)).isInstanceOf(Limit.Grant.class);
  }

  @Test
  void noSpanOfAMinuteHasMoreThanTheLimit() {
    var random = new Random(3);
    var limits = new Limits(20, 0, 0);
    var passed = new ArrayDeque<Long>();
    int all = 0;
    for (int i = 0; i < 20_000; i++) {
      pass(random.nextDouble() < 0.02 ? random.nextDouble() * 90 : random.nextDouble());
      if (limit.take("k", limits, 0) instanceof Limit.Grant) {
        passed.add(nanos.get());
        all++;
      }
      while (!passed.isEmpty() && passed.peek() <= nanos.get() - 60_000_000_000L) {
        passed.remove();
      }
      assertThat(passed.size()).isLessThanOrEqualTo(20);
    }
    assertThat(all).as("and what may be is let through").isGreaterThan(5_000);
  }

  @Test
  void manyThreadsGetExactlyTheLimit() throws InterruptedException {
    var limits = new Limits(5_000, 0, 0);
    var through = new AtomicInteger();
    inEightThreads(
        () -> {
          for (int i = 0; i < 5_000; i++) {
            if (limit.take("k", limits, 0) instanceof Limit.Grant) {
              through.incrementAndGet();
            }
          }
        });
    assertThat(through).hasValue(5_000);
  }

  @Test
  void manyThreadsLoseNoTokenAndNoPlace() throws InterruptedException {
    var limits = new Limits(0, 1_000_000, 3);
    var most = new AtomicInteger();
    var running = new AtomicInteger();
    inEightThreads(
        () -> {
          for (int i = 0; i < 5_000; i++) {
            if (limit.take("k", limits, 10) instanceof Limit.Grant grant) {
              most.accumulateAndGet(running.incrementAndGet(), Math::max);
              running.decrementAndGet();
              grant.end(7);
            }
          }
        });
    assertThat(most.get()).isLessThanOrEqualTo(3);
    Limit.Room room = limit.room("k", limits);
    assertThat(room.concurrent()).isEqualTo(3);
    assertThat((1_000_000 - room.tokens()) % 7).isZero();
    pass(62);
    assertThat(limit.room("k", limits).tokens()).isEqualTo(1_000_000);
  }

  private static void inEightThreads(Runnable work) throws InterruptedException {
    var start = new CountDownLatch(1);
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < 8; i++) {
        threads.execute(
            () -> {
              try {
                start.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              work.run();
            });
      }
      start.countDown();
      threads.shutdown();
      assertThat(threads.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
    }
  }
}
