package dev.sluice.routing;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Group;
import dev.sluice.catalog.Model;
import dev.sluice.catalog.Retries;
import dev.sluice.conversation.Origin;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Finds a request's candidates and the order in which they are tried: own channels before the
 * parent's, by priority, among equals by their score.
 */
public final class Router {
  private static final int CLOSE_NAMES = 3;
  private static final int LONGEST_NAME = 200;
  private static final Origin[] ORIGINS = Origin.values();

  private static final long OVERDUE = 1_000_000_000L;
  private static final int TRACKS = 20_000;
  private static final int NAMES = 10_000;
  private static final Duration FOUND = Duration.ofMinutes(10);

  /** Learned figures lose half of their weight in so many hours of not running. */
  private static final double FORGETTING_HOURS = 6;

  private final RandomGenerator random;
  private final LongSupplier nanoTime;
  private final InstantSource clock;
  private final long origin;

  private final Budget budget = new Budget();
  private final Affinity affinity;
  private final Map<Place, Gate> gates = new ConcurrentHashMap<>();
  private final Map<Place, Limit.Meter> meters = new ConcurrentHashMap<>();
  private final Cache<Place, Track> tracks = bounded(TRACKS);
  private final Cache<String, Habit> habits = bounded(NAMES);
  private final AtomicReference<@Nullable View> view = new AtomicReference<>();
  private final ReentrantLock folding = new ReentrantLock();
  private volatile long folded;

  /**
   * A router that knows nothing yet.
   *
   * @param random decides among equals; safe for several threads
   * @param nanoTime never goes back, as {@link System#nanoTime}
   * @param clock the time of day, for people and for what outlives a restart
   */
  public Router(RandomGenerator random, LongSupplier nanoTime, InstantSource clock) {
    this.random = random;
    this.nanoTime = nanoTime;
    this.clock = clock;
    this.origin = nanoTime.getAsLong();
    this.affinity = new Affinity(nanoTime);
    this.folded = now();
  }

  private static <K, V> Cache<K, V> bounded(int size) {
    return Caffeine.newBuilder().maximumSize(size).executor(Runnable::run).build();
  }

  /** Nanoseconds since the router was made, greater than 0. */
  long now() {
    return nanoTime.getAsLong() - origin + 1;
  }

  double chance() {
    return random.nextDouble();
  }

  Budget budget() {
    return budget;
  }

  Affinity affinity() {
    return affinity;
  }

  /** What was found in one catalog, by what was asked for. */
  private record View(Catalog catalog, Cache<Asked, Found> found) {
    /**
     * Of this very object, since a new configuration is a new one; comparing them whole is slow.
     */
    @SuppressWarnings("ReferenceEquality")
    boolean of(Catalog other) {
      return catalog == other;
    }
  }

  /** What decides about the candidates; {@code protocols} has a bit for each that can be used. */
  private record Asked(String group, String model, int protocols) {}

  private sealed interface Found {
    record Served(Field field) implements Found {}

    record Not(Plan.None why) implements Found {}
  }

  /**
   * A request's candidates, or why there are none. Takes microseconds and no lock.
   *
   * @return the plan, which the request keeps over its tries
   */
  public Plan plan(Catalog catalog, Inquiry inquiry) {
    if (now() - folded > OVERDUE) {
      refresh();
    }
    View current = view(catalog);
    var asked = new Asked(inquiry.group(), inquiry.model(), protocols(inquiry.speaks()));
    Found found = current.found().getIfPresent(asked);
    if (found == null) {
      found = find(catalog, asked);
      if (inquiry.model().length() <= LONGEST_NAME) {
        current.found().put(asked, found);
      }
    }
    return switch (found) {
      case Found.Served(Field field) -> new Course(this, field, inquiry);
      case Found.Not(Plan.None why) -> why;
    };
  }

  /** Takes in a configuration before its first request, so that its places can be set aside. */
  public void know(Catalog newest) {
    var _ = view(newest);
  }

  private View view(Catalog catalog) {
    View current = view.get();
    if (current != null && current.of(catalog)) {
      return current;
    }
    var fresh =
        new View(
            catalog,
            Caffeine.newBuilder()
                .maximumSize(NAMES)
                // Prices may hold from a day on, which a new configuration does not tell.
                .expireAfterWrite(FOUND)
                .ticker(nanoTime::getAsLong)
                .executor(Runnable::run)
                .build());
    if (view.compareAndSet(current, fresh)) {
      forget(catalog);
      return fresh;
    }
    View other = view.get();
    return other != null && other.of(catalog) ? other : fresh;
  }

  /** What is gone from the configuration is not kept. */
  private void forget(Catalog catalog) {
    Set<String> known = catalog.channels().keySet();
    gates.keySet().removeIf(place -> !known.contains(place.channel()));
    meters.keySet().removeIf(place -> !known.contains(place.channel()));
    tracks.asMap().keySet().removeIf(place -> !known.contains(place.channel()));
  }

  private static int protocols(Predicate<Origin> speaks) {
    int bits = 0;
    for (Origin origin : ORIGINS) {
      if (speaks.test(origin)) {
        bits |= bit(origin);
      }
    }
    return bits;
  }

  private static int bit(Origin origin) {
    return switch (origin) {
      case CHAT -> 1;
      case RESPONSES -> 2;
      case MESSAGES -> 4;
      case GEMINI -> 8;
    };
  }

  private Found find(Catalog catalog, Asked asked) {
    Group group = catalog.groups().get(asked.group());
    if (group == null) {
      return new Found.Not(new Plan.None(new Choice.Unserved(List.of())));
    }
    String model = asked.model();
    List<List<Channel>> levels = catalog.reach(group.name());
    var tiers = new ArrayList<Tier>();
    var foreign = new ArrayList<Decision>();
    var protocols = new LinkedHashSet<String>();
    for (List<Channel> level : levels) {
      var byPriority = new TreeMap<Integer, List<Candidate>>();
      for (Channel channel : level) {
        String target = channel.serves(model);
        if (target != null) {
          if ((asked.protocols() & bit(channel.protocol())) == 0) {
            String protocol = channel.protocol().name().toLowerCase(Locale.ROOT);
            protocols.add(protocol);
            foreign.add(skipped(channel, target, "wrong protocol: " + protocol));
          } else {
            Candidate candidate = candidate(channel, group.name(), model, target);
            if (candidate == null) {
              foreign.add(skipped(channel, target, "no account for the group " + group.name()));
            } else {
              byPriority.computeIfAbsent(channel.priority(), _ -> new ArrayList<>()).add(candidate);
            }
          }
        }
      }
      for (var equals : byPriority.entrySet()) {
        if (group.ambiguous() == Group.Ambiguous.REJECT) {
          var rivals =
              equals.getValue().stream()
                  .map(Candidate::channel)
                  .filter(channel -> channel.aliases(model))
                  .map(Channel::name)
                  .toList();
          if (rivals.size() > 1) {
            return new Found.Not(new Plan.None(new Choice.Ambiguous(rivals)));
          }
        }
        tiers.add(new Tier(group, equals.getKey(), equals.getValue()));
      }
    }
    if (!tiers.isEmpty()) {
      return new Found.Served(new Field(group, model, tiers, foreign, habit(model)));
    }
    return new Found.Not(
        new Plan.None(
            protocols.isEmpty()
                ? new Choice.Unserved(close(model, names(levels)))
                : new Choice.Untranslatable(List.copyOf(protocols))));
  }

  private static Decision skipped(Channel channel, String target, String why) {
    return new Decision(
        channel.name(), "", "", target, Decision.Verdict.SKIPPED, why, 0, 0, null, null, null);
  }

  private @Nullable Candidate candidate(
      Channel channel, String group, String model, String target) {
    var lanes = new ArrayList<Lane>();
    for (Attempt attempt : Rotation.all(channel, group, target)) {
      var account = new Place.OfAccount(channel.name(), attempt.account().name());
      lanes.add(
          new Lane(
              attempt,
              gate(new Place.OfUrl(channel.name(), attempt.url().base()), channel),
              gate(account, channel),
              meters.computeIfAbsent(account, _ -> new Limit.Meter())));
    }
    if (lanes.isEmpty()) {
      return null;
    }
    Track track = track(channel.name(), target);
    track.gate().bears(channel.tolerance());
    return new Candidate(
        channel,
        target,
        channel.quality(model),
        channel.price(target, clock.instant()),
        track,
        gate(new Place.OfChannel(channel.name()), channel),
        List.copyOf(lanes));
  }

  private Gate gate(Place place, Channel channel) {
    Gate gate = gates.computeIfAbsent(place, Gate::new);
    gate.bears(channel.tolerance());
    return gate;
  }

  private Track track(String channel, String model) {
    return tracks.get(new Place.OfModel(channel, model), _ -> new Track(channel, model));
  }

  private Habit habit(String model) {
    return habits.get(model, _ -> new Habit());
  }

  /**
   * This channel alone, whatever models it serves; no session is bound by it.
   *
   * @param target what the provider is asked for; empty: no model
   */
  public Plan at(Catalog catalog, String group, Channel channel, String target) {
    Group of = catalog.groups().get(group);
    Candidate candidate = of == null ? null : candidate(channel, group, target, target);
    if (of == null || candidate == null) {
      return new Plan.None(new Choice.Unserved(List.of()));
    }
    var tier = new Tier(of, channel.priority(), List.of(candidate));
    var field = new Field(of, target, List.of(tier), List.of(), habit(target));
    return new Course(this, field, Inquiry.of(group, target, _ -> true));
  }

  /**
   * Takes in what happened since the last call and scores the candidates anew. To be called every
   * 100 to 250 ms; where nobody does, a choice does it when it is overdue by a second. Does nothing
   * while another thread does it.
   */
  public void refresh() {
    if (folding.tryLock()) {
      try {
        fold(now());
      } finally {
        folding.unlock();
      }
    }
  }

  private void fold(long now) {
    View current = view.get();
    tracks.asMap().values().forEach(track -> track.fold(now));
    tracks.asMap().values().forEach(track -> track.gate().fold(now));
    gates.values().forEach(gate -> gate.fold(now));
    habits.asMap().values().forEach(habit -> habit.fold(now));
    budget.fold(now, current == null ? Retries.USUAL : current.catalog().retries());
    if (current != null) {
      for (Found found : current.found().asMap().values()) {
        if (found instanceof Found.Served(Field field)) {
          field.refresh(now);
        }
      }
    }
    folded = now;
  }

  /** How everything stands. */
  public Standing standing() {
    long now = now();
    var rests = new ArrayList<Standing.Rest>();
    gates.values().forEach(gate -> rests(gate, now, rests));
    var figures = new ArrayList<Standing.Figures>();
    for (Track track : tracks.asMap().values()) {
      rests(track.gate(), now, rests);
      Latency.Estimate estimate = track.latency().estimate();
      double first = estimate.first(0);
      figures.add(
          new Standing.Figures(
              track.channel(),
              track.model(),
              track.availability().tries(),
              track.availability().failures(),
              track.availability().success(),
              duration(first),
              duration(first * estimate.slow()),
              estimate.pace() > 0 ? 1 / estimate.pace() : 0,
              track.cost().cachedShare(true),
              track.load().running()));
    }
    figures.sort(
        Comparator.comparing(Standing.Figures::channel).thenComparing(Standing.Figures::model));
    return new Standing(rests, figures, budget.left(), affinity.sessions());
  }

  private void rests(Gate gate, long now, List<Standing.Rest> into) {
    Rest rest = gate.rest();
    if (!rest.over(now)) {
      into.add(
          new Standing.Rest(
              gate.place(),
              gate.banned() ? Standing.Kind.BANNED : Standing.Kind.COOLING,
              at(rest.since(), now),
              gate.banned() ? null : at(rest.until(), now),
              rest.why()));
    }
    Breaker breaker = gate.breaker();
    long until = breaker.until();
    if (until != 0) {
      into.add(
          new Standing.Rest(
              gate.place(),
              until > now ? Standing.Kind.OPEN : Standing.Kind.HALF_OPEN,
              at(breaker.openedAt(), now),
              at(until, now),
              breaker.why()));
    }
  }

  private Instant at(long nanos, long now) {
    return clock.instant().plusNanos(nanos - now);
  }

  private static Duration duration(double seconds) {
    return Duration.ofNanos((long) (seconds * 1e9));
  }

  /**
   * Lets a place rest.
   *
   * @param rest how long; null: until it is {@link #release released}
   * @param reason for people
   * @return false: there is no such place
   */
  public boolean cool(Place place, @Nullable Duration rest, String reason) {
    Gate gate = find(place);
    if (gate != null) {
      gate.rest().ask(now(), rest == null ? Rest.EVER : rest.toNanos(), reason);
    }
    return gate != null;
  }

  /**
   * Ends a place's rest, whatever it was: breaker, cooling or ban.
   *
   * @return false: it did not rest
   */
  public boolean release(Place place) {
    Gate gate = find(place);
    if (gate == null) {
      return false;
    }
    boolean rested = gate.rest().release(now());
    return gate.breaker().release(now()) || rested;
  }

  /** The gate of a place that the newest configuration has. */
  private @Nullable Gate find(Place place) {
    View current = view.get();
    Channel channel = current == null ? null : current.catalog().channels().get(place.channel());
    if (channel == null) {
      return null;
    }
    boolean there =
        switch (place) {
          case Place.OfChannel _ -> true;
          case Place.OfUrl(String _, String base) ->
              channel.urls().stream().anyMatch(url -> url.base().equals(base));
          case Place.OfAccount(String _, String account) ->
              channel.accounts().stream().anyMatch(each -> each.name().equals(account));
          case Place.OfModel _ -> true;
        };
    if (!there) {
      return null;
    }
    return place instanceof Place.OfModel(String of, String model)
        ? track(of, model).gate()
        : gate(place, channel);
  }

  /** What was learned so far. */
  public Memory remember() {
    folding.lock();
    try {
      long now = now();
      fold(now);
      var rests = new ArrayList<Memory.Rest>();
      gates.values().forEach(gate -> remember(gate, now, rests));
      var learned = new ArrayList<Memory.Track>();
      for (Track track : tracks.asMap().values()) {
        remember(track.gate(), now, rests);
        if (track.availability().tries() > 0) {
          learned.add(new Memory.Track(track.channel(), track.model(), track.numbers()));
        }
      }
      return new Memory(
          clock.instant(),
          learned,
          habits.asMap().entrySet().stream()
              .map(e -> new Memory.Habit(e.getKey(), e.getValue().tokens(), e.getValue().returns()))
              .toList(),
          rests);
    } finally {
      folding.unlock();
    }
  }

  private void remember(Gate gate, long now, List<Memory.Rest> into) {
    Rest rest = gate.rest();
    if (!rest.over(now)) {
      Place place = gate.place();
      into.add(
          new Memory.Rest(
              place.channel(),
              place instanceof Place.OfUrl(String _, String base) ? base : null,
              place instanceof Place.OfAccount(String _, String account) ? account : null,
              place instanceof Place.OfModel(String _, String model) ? model : null,
              at(rest.since(), now),
              gate.banned() ? null : at(rest.until(), now),
              rest.why()));
    }
  }

  /**
   * Goes on with what was learned by an earlier process; what has become old counts less. Channels
   * that are not configured any more are forgotten with the first plan.
   */
  public void recall(Memory memory) {
    folding.lock();
    try {
      long now = now();
      double hours = Duration.between(memory.taken(), clock.instant()).toMillis() / 3_600_000.0;
      double trust = Math.pow(0.5, Math.max(0, hours) / FORGETTING_HOURS);
      for (Memory.Track track : memory.tracks()) {
        track(track.channel(), track.model()).recall(track.numbers(), trust, now);
      }
      for (Memory.Habit habit : memory.habits()) {
        habit(habit.model()).recall(habit.tokens(), habit.returns(), now);
      }
      for (Memory.Rest rest : memory.rests()) {
        recall(rest, now);
      }
    } finally {
      folding.unlock();
    }
  }

  private void recall(Memory.Rest rest, long now) {
    Instant until = rest.until();
    long left = until == null ? Rest.EVER : Duration.between(clock.instant(), until).toNanos();
    if (left > 0) {
      String channel = rest.channel();
      Gate gate =
          rest.model() != null
              ? track(channel, rest.model()).gate()
              : gates.computeIfAbsent(
                  rest.url() != null
                      ? new Place.OfUrl(channel, rest.url())
                      : rest.account() != null
                          ? new Place.OfAccount(channel, rest.account())
                          : new Place.OfChannel(channel),
                  Gate::new);
      gate.rest().ask(now, left, rest.reason());
    }
  }

  /**
   * One account of one channel; null where the group does not reach it.
   *
   * @param channel the channel's name
   * @param account the account's name
   */
  public static @Nullable Channel only(
      Catalog catalog, String group, String channel, String account) {
    for (List<Channel> level : catalog.reach(group)) {
      for (Channel each : level) {
        if (each.name().equals(channel)) {
          Channel alone = each.only(account);
          return alone.accounts().stream().anyMatch(a -> a.open(group)) ? alone : null;
        }
      }
    }
    return null;
  }

  /** Whether a channel that the group reaches has this very name as an alias. */
  public static boolean aliased(Catalog catalog, String group, String model) {
    return catalog.reach(group).stream()
        .flatMap(List::stream)
        .anyMatch(channel -> channel.aliases(model));
  }

  /**
   * The aliases that a group reaches, in the order of trying, each with the channel that has it.
   */
  public static List<Named> names(Catalog catalog, String group) {
    var names = new ArrayList<Named>();
    var seen = new LinkedHashSet<String>();
    for (List<Channel> level : catalog.reach(group)) {
      for (Channel channel : level) {
        for (Model model : channel.models()) {
          if (model instanceof Model.Alias(String alias, String _, double _) && seen.add(alias)) {
            names.add(new Named(alias, channel.name()));
          }
        }
      }
    }
    return List.copyOf(names);
  }

  /**
   * A public name.
   *
   * @param alias what clients ask for
   * @param channel the first channel that has it
   */
  public record Named(String alias, String channel) {}

  private static Collection<String> names(List<List<Channel>> levels) {
    var names = new LinkedHashSet<String>();
    for (List<Channel> level : levels) {
      for (Channel channel : level) {
        for (Model model : channel.models()) {
          if (model instanceof Model.Alias(String alias, String _, double _)) {
            names.add(alias);
          }
        }
      }
    }
    return names;
  }

  private static List<String> close(String model, Collection<String> names) {
    return names.stream()
        .filter(name -> distance(model, name) <= Math.max(3, model.length() / 2))
        .sorted(Comparator.comparingInt(name -> distance(model, name)))
        .limit(CLOSE_NAMES)
        .toList();
  }

  /** Levenshtein's distance, over at most 100 characters of each. */
  private static int distance(String one, String two) {
    String a = one.substring(0, Math.min(100, one.length()));
    String b = two.substring(0, Math.min(100, two.length()));
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int corner = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        int change = a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1;
        row[j] = Math.min(Math.min(row[j] + 1, row[j - 1] + 1), corner + change);
        corner = above;
      }
    }
    return row[b.length()];
  }
}
