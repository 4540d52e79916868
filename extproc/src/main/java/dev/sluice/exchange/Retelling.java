package dev.sluice.exchange;

import dev.sluice.catalog.Account;
import dev.sluice.catalog.Aim;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Group;
import dev.sluice.catalog.Limits;
import dev.sluice.catalog.Model;
import dev.sluice.catalog.Timeouts;
import dev.sluice.catalog.Tolerance;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Usage;
import dev.sluice.ledger.AttemptRecord;
import dev.sluice.ledger.Sample;
import dev.sluice.ledger.Settlement;
import dev.sluice.ledger.Tokens;
import dev.sluice.routing.Choice;
import dev.sluice.routing.Inquiry;
import dev.sluice.routing.Lease;
import dev.sluice.routing.Memory;
import dev.sluice.routing.Outcome;
import dev.sluice.routing.Router;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * What a router would have learned from the attempts of the request log, had it lived through them:
 * they are told to a router of their own, at their own times, on a clock that is theirs. So nobody
 * but the router has to know what it learns from what.
 */
public final class Retelling {
  private static final Duration TURN = Duration.ofMillis(200);
  private static final Aim ANY = new Aim(1, 1, 1, 1);

  private final Router router;
  private final Catalog catalog;
  private Instant now;

  private record Learned(String channel, String model) {}

  /** Something that happened. */
  private record Event(Instant at, int order, Runnable what) {}

  private Retelling(List<Sample> samples, Instant begin) {
    this.now = begin;
    this.catalog = catalog(samples, begin);
    this.router =
        new Router(new SplittableRandom(1), () -> ChronoUnit.NANOS.between(begin, now), () -> now);
  }

  /**
   * What is known at the end of the last of these attempts, of those channels' models alone that
   * they are about. Coolings and bans are not made from them.
   *
   * @param kept what was written down before; attempts that it knows already are passed over. Null:
   *     nothing
   * @param samples oldest first
   * @return null: there is nothing to tell
   */
  public static @Nullable Memory of(@Nullable Memory kept, List<Sample> samples) {
    var known = new HashSet<Learned>();
    if (kept != null) {
      kept.tracks().forEach(track -> known.add(new Learned(track.channel(), track.model())));
    }
    List<Sample> fresh =
        samples.stream()
            .filter(
                sample ->
                    kept == null
                        || !known.contains(learned(sample))
                        || sample.ended().isAfter(kept.taken()))
            .toList();
    if (fresh.isEmpty()) {
      return null;
    }
    Instant begin =
        fresh.stream().map(s -> s.attempt().began()).min(Comparator.naturalOrder()).orElseThrow();
    return new Retelling(fresh, begin).tell(kept, fresh);
  }

  private static Learned learned(Sample sample) {
    return new Learned(sample.attempt().channel(), sample.attempt().model());
  }

  private Memory tell(@Nullable Memory kept, List<Sample> samples) {
    var events = new ArrayList<Event>();
    if (kept != null) {
      events.add(new Event(kept.taken(), 0, () -> router.recall(kept)));
    }
    samples.forEach(sample -> add(events, sample));
    events.sort(Comparator.comparing(Event::at).thenComparingInt(Event::order));
    Instant folded = now;
    for (Event event : events) {
      if (event.at().isAfter(folded.plus(TURN))) {
        // What came before is taken in when it would have been.
        now = folded.plus(TURN);
        router.refresh();
        now = event.at().minus(TURN).isAfter(now) ? event.at().minus(TURN) : now;
        router.refresh();
        folded = now;
      }
      now = event.at().isAfter(now) ? event.at() : now;
      event.what().run();
    }
    Memory all = router.remember();
    var told = new HashSet<Learned>();
    var asked = new HashSet<String>();
    for (Sample sample : samples) {
      told.add(learned(sample));
      asked.add(sample.model());
    }
    return new Memory(
        all.taken(),
        all.tracks().stream()
            .filter(track -> told.contains(new Learned(track.channel(), track.model())))
            .toList(),
        all.habits().stream().filter(habit -> asked.contains(habit.model())).toList(),
        List.of());
  }

  private void add(List<Event> events, Sample sample) {
    AttemptRecord attempt = sample.attempt();
    if (!attempt.model().equals(channel(attempt.channel()).serves(sample.model()))) {
      // The name meant something else later.
      return;
    }
    var lease = new Lease[1];
    Tokens used = attempt.tokens();
    long prompt = used.input() + used.cacheRead() + used.cacheWrite();
    events.add(
        new Event(
            attempt.began(),
            1,
            () -> {
              var inquiry =
                  new Inquiry(
                      attempt.channel(), sample.model(), _ -> true, sample.session(), prompt, 0);
              if (router.plan(catalog, inquiry).take(List.of()) instanceof Choice.Go go) {
                lease[0] = go.lease();
              }
            }));
    Duration first = micros(attempt.firstTokenMicros());
    if (sample.stream() && !first.isNegative()) {
      events.add(
          new Event(
              attempt.began().plus(first),
              2,
              () -> {
                if (lease[0] != null) {
                  lease[0].firstToken(first);
                }
              }));
    }
    events.add(
        new Event(
            sample.ended(),
            3,
            () -> {
              if (lease[0] != null) {
                lease[0].end(outcome(attempt));
              }
            }));
  }

  private static Outcome outcome(AttemptRecord attempt) {
    return new Reckoning(
            attempt.settlement(),
            usage(attempt.tokens()),
            0,
            attempt.failure(),
            attempt.failure().equals(Reckoning.LEFT),
            attempt.settlement() == Settlement.FAILED ? why(attempt) : null)
        .outcome(micros(attempt.durationMicros()));
  }

  private static Outcome.@Nullable Failed why(AttemptRecord attempt) {
    for (Failure.Kind kind : Failure.Kind.values()) {
      if (kind.name().equals(attempt.failure())) {
        return new Outcome.Failed(Failure.of(kind, ""), attempt.status(), null);
      }
    }
    return null;
  }

  private static Usage usage(Tokens tokens) {
    return new Usage(
        tokens.input(),
        tokens.cacheRead(),
        tokens.cacheWrite(),
        tokens.output(),
        tokens.reasoning(),
        null,
        tokens.audioInput(),
        tokens.audioOutput(),
        null);
  }

  private static Duration micros(long micros) {
    return Duration.of(micros, ChronoUnit.MICROS);
  }

  private Channel channel(String name) {
    Channel channel = catalog.channels().get(name);
    if (channel == null) {
      throw new IllegalStateException(name);
    }
    return channel;
  }

  /** Each channel for a group of its own name, and never set aside. */
  private static Catalog catalog(List<Sample> samples, Instant at) {
    var models = new HashMap<String, Set<Model>>();
    for (Sample sample : samples) {
      models
          .computeIfAbsent(sample.attempt().channel(), _ -> new LinkedHashSet<>())
          .add(new Model.Alias(sample.model(), sample.attempt().model()));
    }
    var made = new HashMap<String, Channel>();
    var groups = new HashMap<String, Group>();
    models.forEach(
        (name, served) -> {
          made.put(
              name,
              new Channel(
                  name,
                  Origin.CHAT,
                  List.of(new Channel.Url("", "", "", "")),
                  List.of(new Account("", 0, Set.of(), "")),
                  List.copyOf(served),
                  List.of(),
                  0,
                  1,
                  new Timeouts(Duration.ofDays(1), Duration.ofDays(1), Duration.ofDays(1)),
                  Limits.NONE,
                  Set.of(),
                  OptionalInt.empty(),
                  name,
                  false,
                  null,
                  null,
                  new Tolerance(0, 0, Duration.ZERO)));
          groups.put(
              name,
              new Group(
                  name,
                  null,
                  1,
                  Duration.ZERO,
                  Duration.ZERO,
                  List.of(name),
                  Group.Ambiguous.SCORE,
                  ANY,
                  0));
        });
    return new Catalog(
        made,
        groups,
        Map.of(),
        List.of(),
        0,
        "",
        Catalog.Responses.DEFAULT,
        new Catalog.Status(at, List.of()));
  }
}
