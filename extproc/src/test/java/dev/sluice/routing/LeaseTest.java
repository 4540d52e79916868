package dev.sluice.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.catalog.Limits;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Phaser;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What many threads tell of their tries at once, and others read and write down meanwhile. */
final class LeaseTest {
  private static final int THREADS = 4;
  private static final int TRIES = 2_000;

  private final Shop shop =
      new Shop().with("a", sign -> sign.limits = new Limits(0, 1_000_000_000, 10_000));

  private static void together(int threads, Runnable work, Runnable beside)
      throws InterruptedException {
    var start = new CountDownLatch(1);
    try (var pool = Executors.newFixedThreadPool(threads)) {
      for (int i = 0; i < threads; i++) {
        pool.execute(
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
      pool.shutdown();
      while (!pool.awaitTermination(1, TimeUnit.MILLISECONDS)) {
        beside.run();
      }
    }
  }

  /** A router is told and folded, looked at and written down, all at once. */
  @Test
  void noTryIsLostWhileItIsFoldedAndRemembered() throws InterruptedException {
    together(
        THREADS,
        () -> {
          for (int i = 0; i < TRIES; i++) {
            shop.answer(shop.go("session" + i % 100));
          }
        },
        () -> {
          shop.router.refresh();
          assertThat(shop.router.remember().tracks()).hasSizeLessThanOrEqualTo(1);
          assertThat(shop.router.standing().figures()).hasSizeLessThanOrEqualTo(1);
        });
    shop.pass(0.2);
    Standing standing = shop.router.standing();
    Standing.Figures figures = standing.figures().getFirst();
    assertThat(figures.tries()).isEqualTo((long) THREADS * TRIES);
    assertThat(figures.failures()).isZero();
    assertThat(figures.running()).isZero();
    assertThat(standing.sessions()).isEqualTo(100);
    Memory memory = shop.router.remember();
    assertThat(memory.tracks()).hasSize(1);
    assertThat(memory.habits()).hasSize(1);
  }

  /** A client that leaves and an answer that ends meet: one of both counts. */
  @Test
  void aLeaseThatTwoEndAtOnceIsEndedOnce() throws InterruptedException {
    var leases = new Choice.Go[TRIES];
    for (int i = 0; i < TRIES; i++) {
      leases[i] = shop.go();
    }
    var phaser = new Phaser(2);
    together(
        2,
        () -> {
          for (Choice.Go went : leases) {
            phaser.arriveAndAwaitAdvance();
            went.lease().end(new Outcome.Answered(Shop.used(10, 0, 10), Shop.seconds(1)));
          }
        },
        () -> {});
    shop.pass(0.2);
    Standing.Figures figures = shop.router.standing().figures().getFirst();
    assertThat(figures.tries()).isEqualTo(TRIES);
    assertThat(figures.running()).isZero();
    assertThat(Shop.channel(shop.plan().take(List.of()))).isEqualTo("a");
    shop.pass(0.2);
    assertThat(shop.router.standing().figures().getFirst().running()).isEqualTo(1);
  }
}
