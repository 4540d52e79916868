package dev.sluice.bench;

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
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;

/**
 * One choice among a hundred equals about which everything is known, while scores are made anew
 * five times a second beside it.
 */
@State(Scope.Benchmark)
public class ChoiceBench {
  private static final int CHANNELS = 100;
  private static final int SESSIONS = 100_000;
  private static final String MODEL = "model0";

  private final Router router =
      new Router(
          () -> ThreadLocalRandom.current().nextLong(), System::nanoTime, InstantSource.system());
  private final Catalog catalog =
      Crowd.of(
          CHANNELS,
          1,
          List.of(new Account("main", 1, Set.of(), "none")),
          new Limits(0, 0, 100_000));
  private final Inquiry single = new Inquiry(Crowd.GROUP, MODEL, _ -> true, "", 2_000, 0);
  private final List<Inquiry> sessions = new ArrayList<>(SESSIONS);
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().factory());

  /** Every channel has answered, and every session is bound. */
  @Setup(Level.Trial)
  public void learn() {
    for (int i = 0; i < SESSIONS; i++) {
      sessions.add(new Inquiry(Crowd.GROUP, MODEL, _ -> true, "session-" + i, 2_000, 0));
      answer(sessions.getLast());
      if (i % 1_000 == 0) {
        router.refresh();
      }
    }
    var _ = timer.scheduleAtFixedRate(router::refresh, 200, 200, TimeUnit.MILLISECONDS);
  }

  /** No refresh runs on. */
  @TearDown(Level.Trial)
  public void stop() {
    timer.shutdownNow();
  }

  private void answer(Inquiry inquiry) {
    if (router.plan(catalog, inquiry).take(List.of()) instanceof Choice.Go went) {
      var random = ThreadLocalRandom.current();
      went.lease().firstToken(Duration.ofMillis(random.nextLong(300, 900)));
      went.lease()
          .end(
              new Outcome.Answered(
                  new Usage(500, 1_500, 0, 200, null, null, null, null, null),
                  Duration.ofMillis(random.nextLong(2_000, 5_000))));
    }
  }

  private Choice choose(Inquiry inquiry) {
    Choice choice = router.plan(catalog, inquiry).take(List.of());
    if (choice instanceof Choice.Go went) {
      went.lease().end(new Outcome.Abandoned());
    }
    return choice;
  }

  /** Who would be chosen, without taking it. */
  @Benchmark
  public Choice look() {
    return router.plan(catalog, single).next(List.of());
  }

  /** A request without a session, taken and given back. */
  @Benchmark
  public Choice choice() {
    return choose(single);
  }

  /** The same by two threads at once. */
  @Benchmark
  @Threads(2)
  public Choice choiceOfTwoThreads() {
    return choose(single);
  }

  /** The same by eight threads at once. */
  @Benchmark
  @Threads(8)
  public Choice choiceOfEightThreads() {
    return choose(single);
  }

  /** One of a hundred thousand sessions, taken and given back. */
  @Benchmark
  public Choice choiceOfASession() {
    return choose(sessions.get(ThreadLocalRandom.current().nextInt(SESSIONS)));
  }

  /** A whole try: chosen, its first token, its answer and all that is learned by it. */
  @Benchmark
  public void wholeTry() {
    answer(single);
  }
}
