package dev.sluice.routing.simulation;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.function.Function;

/**
 * One run of one arm through one scenario: an event queue in simulated time. How a try goes is
 * decided when it begins, by the truth and the load of that moment; an outage does not reach tries
 * that are under way.
 */
final class World {
  /** The first one included, as the group has it. */
  static final int ATTEMPTS = 4;

  /** The configured deadline of the first token. */
  static final Duration FIRST_TOKEN = Duration.ofSeconds(20);

  /** Seconds to a refusal. */
  static final double REFUSAL = 0.1;

  private static final double CACHE_SECONDS = 300;
  private static final double BUCKET_SECONDS = 10;
  private static final double REFRESH = 0.2;
  private static final double BEGINNING = 1_000;

  private final Scenario scenario;
  private final Mode mode;
  private final int victim;
  private final long seed;
  private final List<Request> requests;
  private final PriorityQueue<Event> events =
      new PriorityQueue<>(Comparator.comparingDouble(Event::at).thenComparingLong(Event::ordinal));
  private final int[] busy = new int[Seller.ALL.size()];
  private final double[] bucket = new double[Seller.ALL.size()];
  private final double[] filled = new double[Seller.ALL.size()];
  private final Map<Integer, Held> caches = new HashMap<>();
  private double now;
  private long ordinal;

  private record Event(double at, long ordinal, Runnable what) {}

  /** What channels hold of a session: tokens, and since when. */
  private record Held(int[] tokens, double[] since) {
    static Held none() {
      return new Held(new int[Seller.ALL.size()], new double[Seller.ALL.size()]);
    }
  }

  private World(Scenario scenario, Mode mode, int victim, long seed, List<Request> requests) {
    this.scenario = scenario;
    this.mode = mode;
    this.victim = victim;
    this.seed = seed;
    this.requests = requests;
  }

  /** Sends every request of the scenario through an arm that knows this world's clock. */
  static Tally run(
      Scenario scenario, Mode mode, int victim, long seed, Function<World, Arm> entrant) {
    var requests = Request.all(scenario, seed);
    var world = new World(scenario, mode, victim, seed, requests);
    return world.run(entrant.apply(world));
  }

  private Tally run(Arm arm) {
    var tally = new Tally(scenario, victim);
    for (int channel = 0; channel < bucket.length; channel++) {
      bucket[channel] = truth(channel).admits() * BUCKET_SECONDS;
    }
    arrive(arm, tally, 0);
    at(0, () -> tick(arm));
    for (Event next = events.poll(); next != null; next = events.poll()) {
      now = next.at();
      next.what().run();
    }
    return tally;
  }

  private void at(double when, Runnable what) {
    events.add(new Event(when, ordinal++, what));
  }

  private void tick(Arm arm) {
    arm.refresh();
    if (now < scenario.seconds()) {
      at(now + REFRESH, () -> tick(arm));
    }
  }

  private void arrive(Arm arm, Tally tally, int index) {
    if (index < requests.size()) {
      Request request = requests.get(index);
      at(
          request.arrives(),
          () -> {
            arrive(arm, tally, index + 1);
            tally.arrived(now);
            new Course(request, arm.begin(request), tally).next();
          });
    }
  }

  /** The clock of the arms, in nanoseconds. */
  long nanos() {
    return Math.round((BEGINNING + now) * 1e9);
  }

  /** In seconds since the beginning. */
  double now() {
    return now;
  }

  /** Requests that arrive in a second on average. */
  double perSecond() {
    return scenario.perSecond();
  }

  Mode mode() {
    return mode;
  }

  long seed() {
    return seed;
  }

  Truth truth(int channel) {
    return scenario.shape().at(channel, victim, now, seed);
  }

  /** Whether a channel did not work at all then. */
  boolean dead(int channel, double second) {
    return scenario.dead(channel, victim, second);
  }

  /** Requests under way at a channel. */
  int busy(int channel) {
    return busy[channel];
  }

  /** Tokens of this prompt that the channel has in its cache. */
  int held(Request request, int channel) {
    Held held = caches.get(request.session());
    return held == null
            || !Seller.ALL.get(channel).caches()
            || now - held.since()[channel] > CACHE_SECONDS
        ? 0
        : Math.min(held.tokens()[channel], request.prompt());
  }

  /** Whether its rate and its concurrency let another request in. */
  boolean admits(int channel) {
    Truth truth = truth(channel);
    if (busy[channel] >= 2 * truth.capacity()) {
      return false;
    }
    if (Double.isInfinite(truth.admits())) {
      return true;
    }
    bucket[channel] =
        Math.min(
            truth.admits() * BUCKET_SECONDS,
            bucket[channel] + (now - filled[channel]) * truth.admits());
    filled[channel] = now;
    return bucket[channel] >= 1;
  }

  private static Duration seconds(double seconds) {
    return Duration.ofNanos(Math.round(seconds * 1e9));
  }

  /** One request from its arrival to its end. */
  private final class Course {
    private final Request request;
    private final Arm.Tries tries;
    private final Tally tally;
    private final List<Double> begins = new ArrayList<>();
    private final List<Double> costs = new ArrayList<>();

    Course(Request request, Arm.Tries tries, Tally tally) {
      this.request = request;
      this.tries = tries;
      this.tally = tally;
    }

    void next() {
      Arm.Try attempt = begins.size() < ATTEMPTS ? tries.next() : null;
      if (attempt == null) {
        over(false, 0);
        return;
      }
      int channel = attempt.channel();
      begins.add(now);
      costs.add(0.0);
      boolean dead = scenario.dead(channel, victim, now);
      tally.tried(request, channel, now, begins.size() == 1, dead);
      Truth truth = truth(channel);
      double limit = attempt.firstToken().toNanos() / 1e9;
      if (!admits(channel)) {
        double wait =
            busy[channel] >= 2 * truth.capacity()
                ? 0
                : Math.max(1, Math.ceil((1 - bucket[channel]) / truth.admits()));
        fail(attempt, REFUSAL, new Arm.End.Refused(seconds(REFUSAL), seconds(wait)));
        return;
      }
      bucket[channel] -= 1;
      double strain = truth.strain(busy[channel]);
      busy[channel]++;
      if (Dice.of(seed, request.id(), channel, 1) < truth.fails()) {
        double after = truth.failAfter() * (0.5 + Dice.of(seed, request.id(), channel, 2));
        if (after < limit) {
          fail(attempt, after, new Arm.End.Crash(seconds(after)));
        } else {
          fail(attempt, limit, new Arm.End.Late(seconds(limit)));
        }
        at(now + Math.min(after, limit), () -> busy[channel]--);
        return;
      }
      int held = held(request, channel);
      int fresh = request.prompt() - held;
      double luck = truth.spread() * Dice.normal(seed, request.id(), channel, 3);
      double first = strain * (truth.first() * Math.exp(luck) + fresh / truth.prefill());
      if (first >= limit) {
        fail(attempt, limit, new Arm.End.Late(seconds(limit)));
        at(now + limit, () -> busy[channel]--);
        return;
      }
      stream(attempt, channel, truth, first, strain * request.output() / truth.rate(), fresh);
    }

    private void fail(Arm.Try attempt, double after, Arm.End end) {
      double begun = now;
      at(
          now + after,
          () -> {
            if (scenario.dead(attempt.channel(), victim, begun)) {
              tally.told(begun);
            }
            attempt.ended(end);
            next();
          });
    }

    private void stream(
        Arm.Try attempt, int channel, Truth truth, double first, double writing, int fresh) {
      Seller seller = Seller.ALL.get(channel);
      int held = request.prompt() - fresh;
      double begun = now;
      boolean breaks = Dice.of(seed, request.id(), channel, 4) < truth.breaks();
      double part = breaks ? Dice.of(seed, request.id(), channel, 5) : 1;
      int written = (int) Math.ceil(request.output() * part);
      costs.set(costs.size() - 1, seller.cents(truth.price(), fresh, held, written));
      at(now + first, () -> attempt.first(seconds(first)));
      at(
          now + first + writing * part,
          () -> {
            busy[channel]--;
            Duration took = seconds(now - begun);
            if (breaks) {
              attempt.ended(new Arm.End.Broken(took, fresh, held, written));
              over(false, 0);
            } else {
              attempt.ended(new Arm.End.Whole(took, fresh, held, written));
              remember(channel);
              tally.answered(channel, begun, now);
              over(true, begun + first);
            }
          });
    }

    private void remember(int channel) {
      if (request.session() >= 0) {
        Held held = caches.computeIfAbsent(request.session(), _ -> Held.none());
        held.tokens()[channel] = request.prompt() + request.output();
        held.since()[channel] = now;
      }
    }

    /** What the request has lost from each of its tries on; the first one's loss is all of it. */
    private void over(boolean answered, double first) {
      double[] loss = new double[begins.size()];
      double cents = 0;
      for (int i = loss.length - 1; i >= 0; i--) {
        cents += costs.get(i);
        loss[i] =
            answered
                ? mode.answered(cents, first - begins.get(i), now - begins.get(i))
                : mode.failed(cents);
      }
      double all =
          answered
              ? mode.answered(cents, first - request.arrives(), now - request.arrives())
              : mode.failed(cents);
      tally.over(request, answered, all, cents, first - request.arrives());
      tries.settled(Arrays.copyOf(loss, loss.length));
    }
  }
}
