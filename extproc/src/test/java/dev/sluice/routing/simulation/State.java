package dev.sluice.routing.simulation;

import dev.sluice.catalog.Account;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Limits;
import dev.sluice.conversation.Usage;
import dev.sluice.routing.Choice;
import dev.sluice.routing.Crowd;
import dev.sluice.routing.Inquiry;
import dev.sluice.routing.Outcome;
import dev.sluice.routing.Router;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;

/**
 * Measures what a router holds that knows a thousand channels and a hundred thousand sessions: the
 * memory that is used after a full collection, less what was used before. The channels are ten each
 * of a hundred models, with two accounts that have limits; all sessions are bound, and every
 * channel has answered.
 */
final class State {
  private static final int CHANNELS = 1_000;
  private static final int MODELS = 100;
  private static final int SESSIONS = 100_000;
  private static final double MIB = 1 << 20;

  private State() {}

  /** Prints one line. */
  public static void main(String[] arguments) throws InterruptedException {
    Catalog catalog =
        Crowd.of(
            CHANNELS,
            MODELS,
            List.of(
                new Account("first", 1, Set.of(), "none"),
                new Account("second", 2, Set.of(), "none")),
            new Limits(100_000, 1_000_000_000, 1_000));
    long[] nanos = {1};
    double before = used();
    var router = new Router(new SplittableRandom(1), () -> nanos[0], () -> Instant.EPOCH);
    for (int i = 0; i < SESSIONS; i++) {
      // As many letters as a hash of ours has.
      String session = "%064x".formatted(i);
      var inquiry = new Inquiry(Crowd.GROUP, "model" + i % MODELS, _ -> true, session, 2_000, 0);
      if (router.plan(catalog, inquiry).take(List.of()) instanceof Choice.Go went) {
        went.lease().firstToken(Duration.ofMillis(500));
        went.lease()
            .end(
                new Outcome.Answered(
                    new Usage(500, 1_500, 0, 200, null, null, null, null, null),
                    Duration.ofSeconds(3)));
      }
      nanos[0] += 1_000_000;
      if (i % 200 == 0) {
        router.refresh();
      }
    }
    router.refresh();
    double after = used();
    System.out.printf(
        "%d channels, %d of which have answered, %d sessions: %.0f MiB%n",
        CHANNELS, router.standing().figures().size(), router.standing().sessions(), after - before);
  }

  private static double used() throws InterruptedException {
    for (int i = 0; i < 3; i++) {
      System.gc();
      Thread.sleep(50);
    }
    Runtime runtime = Runtime.getRuntime();
    return (runtime.totalMemory() - runtime.freeMemory()) / MIB;
  }
}
