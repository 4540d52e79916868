package dev.sluice.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.catalog.Account;
import dev.sluice.catalog.Aim;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Group;
import dev.sluice.catalog.Limits;
import dev.sluice.catalog.Model;
import dev.sluice.catalog.Timeouts;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Usage;
import dev.sluice.ledger.AttemptRecord;
import dev.sluice.ledger.Sample;
import dev.sluice.ledger.Settlement;
import dev.sluice.routing.Choice;
import dev.sluice.routing.Inquiry;
import dev.sluice.routing.Lease;
import dev.sluice.routing.Memory;
import dev.sluice.routing.Router;
import dev.sluice.routing.Standing;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the request log tells a router is held against what a router learned that was there. */
final class RetellingTest {
  private static final Instant NOON = Instant.parse("2026-11-18T12:00:00Z");
  private static final Duration STEP = Duration.ofMillis(50);

  /** A router that lives through an hour of requests, and what the log has of them. */
  private static final class Life {
    private final Catalog catalog;
    private final List<Sample> log = new ArrayList<>();
    private final SplittableRandom random = new SplittableRandom(11);
    private final PriorityQueue<Event> events =
        new PriorityQueue<>(Comparator.comparing(Event::at));
    private Instant now = NOON;
    final Router router =
        new Router(random.split(), () -> ChronoUnit.NANOS.between(NOON, now) + 7, () -> now);

    private record Event(Instant at, Runnable what) {}

    Life(String... channels) {
      var made = new java.util.HashMap<String, Channel>();
      for (String name : channels) {
        made.put(
            name,
            new Channel(
                name,
                Origin.CHAT,
                List.of(new Channel.Url("https://" + name, name, "", name)),
                List.of(new Account("main", 0, Set.of(), "secret")),
                List.of(new Model.Alias("m", "m-" + name)),
                List.of(),
                0,
                1,
                new Timeouts(Duration.ofSeconds(20), Duration.ofMinutes(2)),
                Limits.NONE,
                Set.of(),
                OptionalInt.empty(),
                name,
                false));
      }
      var group =
          new Group(
              "g",
              null,
              3,
              Duration.ZERO,
              Duration.ZERO,
              List.of(channels),
              Group.Ambiguous.SCORE,
              Aim.STABILITY,
              0.5);
      catalog =
          new Catalog(
              made,
              Map.of("g", group),
              Map.of(),
              List.of(),
              1 << 20,
              "",
              Catalog.Responses.DEFAULT,
              new Catalog.Status(NOON, List.of()));
    }

    /** How many seconds a channel's first token takes, and how often it fails. */
    void live(Duration span, Map<String, Double> first, Map<String, Double> failing) {
      for (Instant end = now.plus(span); now.isBefore(end); now = now.plus(STEP)) {
        while (!events.isEmpty() && !events.peek().at().isAfter(now)) {
          events.remove().what().run();
        }
        if (random.nextInt(10) == 0) {
          ask(first, failing);
        }
        if (ChronoUnit.MILLIS.between(NOON, now) % 200 == 0) {
          router.refresh();
        }
      }
    }

    private void ask(Map<String, Double> first, Map<String, Double> failing) {
      long prompt = random.nextLong(500, 4_500);
      boolean stream = random.nextInt(4) > 0;
      String session = "s" + random.nextInt(40);
      var inquiry = new Inquiry("g", "m", _ -> true, session, prompt, 0);
      if (!(router.plan(catalog, inquiry).take(List.of()) instanceof Choice.Go go)) {
        return;
      }
      String channel = go.attempt().channel().name();
      Instant began = now;
      boolean fails = random.nextDouble() < failing.getOrDefault(channel, 0.0);
      Duration token =
          seconds(first.getOrDefault(channel, 1.0) * (0.8 + 0.4 * random.nextDouble()));
      long output = random.nextLong(20, 320);
      Duration took = fails ? seconds(0.1) : token.plus(seconds(output * 0.01));
      long cached = random.nextLong(prompt / 2);
      var used = new Usage(prompt - cached, cached, 0, output, null, null, null, null, null);
      Lease lease = go.lease();
      if (!fails && stream) {
        events.add(new Event(began.plus(token), () -> lease.firstToken(token)));
      }
      Reckoning reckoning =
          fails
              ? Reckoning.failed(Failure.of(Failure.Kind.OVERLOADED, "x"), 529, null)
              : new Reckoning(Settlement.COMPLETE, used, "", false);
      events.add(
          new Event(
              began.plus(took),
              () -> {
                lease.end(reckoning.outcome(took));
                log.add(
                    new Sample(
                        "m",
                        session,
                        stream,
                        new AttemptRecord(
                            1,
                            began,
                            channel,
                            "main",
                            "https://" + channel,
                            go.attempt().model(),
                            "chat",
                            "",
                            fails ? 529 : 200,
                            "",
                            reckoning.failure(),
                            reckoning.settlement(),
                            fails ? -1 : micros(token),
                            micros(took),
                            Bill.tokens(reckoning.usage()),
                            0)));
              }));
    }

    private static Duration seconds(double seconds) {
      return Duration.of(Math.round(seconds * 1e6), ChronoUnit.MICROS);
    }

    private static long micros(Duration duration) {
      return duration.toNanos() / 1_000;
    }
  }

  /** How a router stands that has started anew with this. */
  private static List<Standing.Figures> figures(Life life, @Nullable Memory... memories) {
    var router =
        new Router(
            new SplittableRandom(3),
            () -> ChronoUnit.NANOS.between(NOON, life.now) + 3,
            () -> life.now);
    for (Memory memory : memories) {
      if (memory != null) {
        router.recall(memory);
      }
    }
    return router.standing().figures().stream()
        .sorted(Comparator.comparing(Standing.Figures::channel))
        .toList();
  }

  private static void same(List<Standing.Figures> told, List<Standing.Figures> lived) {
    assertThat(told).hasSameSizeAs(lived);
    for (int i = 0; i < lived.size(); i++) {
      Standing.Figures one = told.get(i);
      Standing.Figures other = lived.get(i);
      assertThat(one.channel()).isEqualTo(other.channel());
      assertThat(one.model()).isEqualTo(other.model());
      assertThat(one.success()).isCloseTo(other.success(), within(0.08));
      assertThat((double) one.firstToken().toMillis())
          .isCloseTo(
              (double) other.firstToken().toMillis(), within(0.05 * other.firstToken().toMillis()));
      assertThat(one.tokensPerSecond())
          .isCloseTo(other.tokensPerSecond(), within(0.05 * other.tokensPerSecond()));
    }
    // Where sessions rarely return, one that went elsewhere in between makes a difference.
    assertThat(told.getFirst().cachedShare())
        .isCloseTo(lived.getFirst().cachedShare(), within(0.05));
  }

  private static Life life() {
    var life = new Life("fast", "slow", "shaky");
    life.live(Duration.ofMinutes(4), Map.of("fast", 0.4, "slow", 2.0), Map.of("shaky", 0.3));
    return life;
  }

  @Test
  void aLostFileIsMadeUpForByTheLog() {
    Life life = life();
    List<Standing.Figures> lived = figures(life, life.router.remember());
    assertThat(lived).hasSize(3);
    assertThat(lived.get(0).firstToken()).isLessThan(Duration.ofMillis(800));
    same(figures(life, Retelling.of(null, life.log)), lived);
  }

  @Test
  void anOldFileIsBroughtUpToDate() {
    Life life = life();
    Memory kept = life.router.remember();
    life.live(Duration.ofSeconds(60), Map.of("fast", 3.0, "slow", 0.5), Map.of("fast", 0.5));
    List<Standing.Figures> lived = figures(life, life.router.remember());
    List<Standing.Figures> stale = figures(life, kept);
    assertThat(lived.get(0).success()).isLessThan(stale.get(0).success() - 0.1);
    List<Standing.Figures> told = figures(life, kept, Retelling.of(kept, life.log));
    for (int i = 0; i < lived.size(); i++) {
      nearer(told.get(i).success(), stale.get(i).success(), lived.get(i).success(), 0.05);
      double millis = millis(lived.get(i));
      nearer(millis(told.get(i)), millis(stale.get(i)), millis, millis / 10);
    }
  }

  private static double millis(Standing.Figures figures) {
    return figures.firstToken().toNanos() / 1e6;
  }

  /** How sure it was of what it knew is not in the file, so that it is not quite the same. */
  private static void nearer(double told, double stale, double lived, double little) {
    assertThat(told).isCloseTo(lived, within(Math.max(little, Math.abs(stale - lived) / 2)));
  }

  @Test
  void whatTheFileKnowsIsNotToldAgain() {
    Life life = life();
    Memory kept = life.router.remember();
    assertThat(Retelling.of(kept, life.log)).isNull();
    assertThat(Retelling.of(null, List.of())).isNull();
    // Of channels that it does not know all is told.
    var without =
        new Memory(
            kept.taken(),
            kept.tracks().stream().filter(track -> !track.channel().equals("slow")).toList(),
            kept.habits(),
            List.of());
    Memory told = Objects.requireNonNull(Retelling.of(without, life.log));
    assertThat(told.tracks()).extracting(Memory.Track::channel).containsExactly("slow");
    same(figures(life, without, told), figures(life, kept));
  }
}
