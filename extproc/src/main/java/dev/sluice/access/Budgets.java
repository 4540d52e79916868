package dev.sluice.access;

import dev.sluice.access.Holder.Kind;
import dev.sluice.access.Holder.Scope;
import dev.sluice.access.Purse.Slice;
import dev.sluice.catalog.Budget.Span;
import dev.sluice.catalog.Key;
import dev.sluice.catalog.Limits;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Limits and budgets of keys, their users and their groups. A request is let in while less than the
 * whole of each budget is spent and reserved; since what it may cost is reserved at once, requests
 * that come together overspend by no more than the estimate of one of them, as long as estimates
 * are not too low.
 *
 * <p>Answers come from memory. What was spent is written behind: half a second later it is in the
 * store, and what is lost with the process the next one makes up for from the request log. Where
 * the store is away, counting goes on in memory. With Valkey, gateways count together; where it is
 * away, each counts alone. Safe for several threads.
 */
public final class Budgets {
  private static final Logger LOG = LoggerFactory.getLogger(Budgets.class);
  private static final Duration LAPSE = Duration.ofHours(24);
  private static final long LOOK_MILLIS = 60_000;
  private static final long IDLE_MILLIS = 600_000;
  private static final long AGAIN_MILLIS = 5_000;

  /** How old a base may be where other gateways write to the same store. */
  private static final long STALE_MILLIS = 2_000;

  private static final long HOUR_MILLIS = 3_600_000;

  /** How long it is known what of a gateway's requests is counted. */
  private static final long KEPT_MILLIS = 25 * HOUR_MILLIS;

  private static final int BATCH = 5_000;
  private static final long PATIENCE_SECONDS = 2;

  private final ConcurrentHashMap<Scope, Purse> purses = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Scope, CompletableFuture<?>> loading = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<Scope, Long> failed = new ConcurrentHashMap<>();

  /** Those that are not settled, and when they were made in milliseconds since the epoch. */
  private final ConcurrentHashMap<Reservation, Long> open = new ConcurrentHashMap<>();

  private final Shelf shelf;
  private final Executor executor;
  private final InstantSource clock;
  private final @Nullable Shared shared;
  private final Writer writer;
  private volatile Map<String, Holder> groups = Map.of();
  private volatile Shares.@Nullable Before before;
  private volatile long swept;
  private volatile long looked;
  private @Nullable Batch pending;
  private long batches;

  /**
   * What was taken.
   *
   * @param holders on whose account
   * @param purses theirs, in the same order
   * @param incarnation as whom it was taken from the shared counters; null: it was not
   * @param at when, in milliseconds since the epoch
   */
  record Taken(
      List<Holder> holders,
      List<Purse> purses,
      Amount estimate,
      @Nullable String incarnation,
      long at) {}

  /** What is written together, at most once. */
  record Batch(long number, Map<Scope, List<Slice>> more) {}

  Budgets(
      Shelf shelf, Executor executor, InstantSource clock, @Nullable Shared shared, Writer writer) {
    this.shelf = shelf;
    this.executor = executor;
    this.clock = clock;
    this.shared = shared;
    this.writer = writer;
  }

  /** Settles those that were forgotten. */
  private void lapse(long now) {
    if (now - looked > LOOK_MILLIS) {
      looked = now;
      open.forEach(
          (of, at) -> {
            if (now - at > LAPSE.toMillis()) {
              LOG.error("a request was not settled within a day; its estimate counts");
              of.settle(of.estimate());
            }
          });
    }
  }

  /**
   * Asks for a request. Complete at once where everything that counts is in memory, and never
   * exceptionally; else it completes on a thread of ours, so go on elsewhere with {@code
   * whenCompleteAsync}.
   *
   * @param estimate what it may cost at most: with an estimate that is too low, requests that come
   *     together can overspend by more
   */
  public CompletableFuture<Admission> reserve(Opened opened, Amount estimate) {
    List<Holder> holders = holders(opened);
    long now = clock.millis();
    CompletableFuture<?> loads = null;
    for (Holder holder : holders) {
      if (!holder.budgets().isEmpty() && stale(holder.scope(), now)) {
        CompletableFuture<?> load = load(holder.scope());
        loads = loads == null ? load : CompletableFuture.allOf(loads, load);
      }
    }
    return loads == null
        ? decide(holders, estimate)
        : loads.thenCompose(_ -> decide(holders, estimate));
  }

  private List<Holder> holders(Opened opened) {
    Key key = opened.key();
    var holders = new ArrayList<Holder>(3);
    holders.add(new Holder(new Scope(Kind.KEY, key.name()), key.limits(), key.budgets()));
    Holder user = opened.user();
    if (user != null) {
      holders.add(user);
    }
    Holder group = groups.get(key.group());
    holders.add(
        group == null
            ? new Holder(new Scope(Kind.GROUP, key.group()), Limits.NONE, List.of())
            : group);
    return holders;
  }

  /** The groups that have limits or budgets, by name. */
  void groups(Map<String, Holder> now) {
    groups = Map.copyOf(now);
  }

  private Purse purse(Scope scope) {
    return purses.computeIfAbsent(scope, s -> new Purse(s, clock.millis()));
  }

  // ---- what the store knows

  private boolean stale(Scope scope, long now) {
    if (shelf.kind() == Shelf.Kind.MEMORY) {
      return false;
    }
    long at = purse(scope).state().basedAt();
    boolean old =
        at < 0 || (shelf.kind() == Shelf.Kind.SHARED && shared == null && now - at > STALE_MILLIS);
    return old && now - failed.getOrDefault(scope, 0L) > AGAIN_MILLIS;
  }

  private CompletableFuture<?> load(Scope scope) {
    var mine = new CompletableFuture<Boolean>();
    CompletableFuture<?> there = loading.putIfAbsent(scope, mine);
    if (there != null) {
      return there;
    }
    // A store that is still being opened is worth a moment.
    CompletableFuture<?> opened =
        shelf.first().isDone() || shelf.trouble() != null
            ? CompletableFuture.completedFuture(true)
            : shelf.first().copy().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS);
    var _ =
        opened
            .handle((_, _) -> true)
            .thenRunAsync(() -> read(scope), executor)
            .whenComplete(
                (_, failure) -> {
                  if (failure != null) {
                    failed.put(scope, clock.millis());
                  }
                  loading.remove(scope);
                  mine.complete(true);
                });
    return mine;
  }

  private void read(Scope scope) {
    Purse purse = purse(scope);
    long now = clock.millis();
    try {
      // What a batch writes in between is in the base and fresh too for a moment: too much, until
      // that batch comes back with its own base.
      purse.read(shelf.store().read(c -> Spending.read(c, scope)), now);
      failed.remove(scope);
    } catch (IOException e) {
      if (failed.size() > BATCH) {
        failed.clear();
      }
      failed.put(scope, now);
      shelf.trouble(e);
    }
  }

  // ---- taking and settling

  private CompletableFuture<Admission> decide(List<Holder> holders, Amount estimate) {
    Shared together = shared;
    if (together == null || !together.there() || holders.stream().noneMatch(Holder::bound)) {
      return CompletableFuture.completedFuture(alone(holders, estimate, true, null));
    }
    List<Shared.Demand> demands =
        holders.stream()
            .filter(Holder::bound)
            .map(holder -> new Shared.Demand(holder, purse(holder.scope()).state().base()))
            .toList();
    return together
        .take(demands, estimate, clock.millis())
        .handle(
            (reply, failure) ->
                switch (reply) {
                  case null -> alone(holders, estimate, true, null);
                  case Shared.Refusal(Admission refusal) -> refusal;
                  case Shared.Granted(String incarnation) ->
                      alone(holders, estimate, false, incarnation);
                })
        .toCompletableFuture();
  }

  private Admission alone(
      List<Holder> holders, Amount estimate, boolean checked, @Nullable String incarnation) {
    long now = clock.millis();
    var taken = new ArrayList<Purse>(holders.size());
    for (Holder holder : holders) {
      Admission refusal = take(holder, estimate, now, checked, taken);
      if (refusal != null) {
        taken.forEach(purse -> purse.undo(estimate, now));
        return refusal;
      }
    }
    var reservation = new Reservation(this, new Taken(holders, taken, estimate, incarnation, now));
    open.put(reservation, now);
    return reservation;
  }

  private @Nullable Admission take(
      Holder holder, Amount estimate, long now, boolean checked, List<Purse> taken) {
    while (true) {
      Purse purse = purse(holder.scope());
      switch (purse.take(holder, estimate, now, checked)) {
        case Purse.Taken.Yes() -> {
          taken.add(purse);
          return null;
        }
        case Purse.Taken.No(Admission refusal) -> {
          return refusal;
        }
        case Purse.Taken.Gone() -> purses.remove(holder.scope(), purse);
      }
    }
  }

  void settle(Reservation of, Taken taken, Amount actual, long asked) {
    open.remove(of);
    long now = clock.millis();
    // The shared counters first: nothing that is based on ours may reach them before it.
    Shared together = shared;
    if (together != null && taken.holders().stream().anyMatch(Holder::bound)) {
      together.settle(
          taken.holders().stream().filter(Holder::bound).toList(),
          taken.incarnation(),
          taken.estimate(),
          actual,
          now);
    }
    taken.purses().forEach(purse -> purse.settle(taken.estimate(), actual, asked, now));
  }

  // ---- writing behind

  /** Writes what was spent since; called by one thread alone. */
  void flush() {
    long now = clock.millis();
    lapse(now);
    if (shelf.kind() == Shelf.Kind.MEMORY) {
      for (Purse purse : purses.values()) {
        Purse.State state = purse.state();
        if (!state.fresh().isEmpty()) {
          purse.based(state.spent(), now, state.fresh());
        }
      }
      return;
    }
    try {
      Store store = shelf.store();
      present(store);
      do {
        Batch batch = pending == null ? collect() : pending;
        if (batch == null) {
          break;
        }
        pending = batch;
        Map<Scope, Spent> bases =
            store.write(c -> Spending.write(c, store.dialect(), writer, batch, now));
        batch.more().forEach((scope, slices) -> based(scope, slices, bases));
        pending = null;
        if (batch.more().size() < BATCH) {
          break;
        }
      } while (true);
      shelf.written();
    } catch (IOException e) {
      shelf.unwritten(e);
    }
    purses.forEach(
        (scope, purse) -> {
          if (purse.drop(now - IDLE_MILLIS)) {
            purses.remove(scope, purse);
          }
        });
  }

  private void based(Scope scope, List<Slice> slices, Map<Scope, Spent> bases) {
    Purse purse = purses.get(scope);
    Spent base = bases.get(scope);
    if (purse != null && base != null) {
      purse.based(base, clock.millis(), slices);
    }
  }

  private @Nullable Batch collect() {
    var more = new LinkedHashMap<Scope, List<Slice>>();
    for (Purse purse : purses.values()) {
      List<Slice> fresh = purse.state().fresh();
      if (!fresh.isEmpty()) {
        more.put(purse.scope(), fresh);
        if (more.size() == BATCH) {
          break;
        }
      }
    }
    return more.isEmpty() ? null : new Batch(++batches, more);
  }

  /**
   * What was spent in the present span, as far as this gateway knows; asks the store where it must.
   *
   * @throws IOException the store is away
   */
  public Map<Span, Amount> spent(Scope scope) throws IOException {
    Purse purse = purses.get(scope);
    boolean unknown = purse == null || purse.state().basedAt() < 0;
    if (unknown && shelf.kind() != Shelf.Kind.MEMORY) {
      long began = clock.millis();
      Spent base = shelf.store().read(c -> Spending.read(c, scope));
      if (purse != null) {
        purse.read(base, began);
      } else {
        return sums(base);
      }
    }
    return sums(purse == null ? Spent.NOTHING : purse.state().spent());
  }

  private Map<Span, Amount> sums(Spent spent) {
    long now = clock.millis();
    var sums = new LinkedHashMap<Span, Amount>();
    for (Span span : Span.values()) {
      sums.put(span, spent.in(span, now));
    }
    return sums;
  }

  // ---- what the request log knows

  /** Says once to the store that this process is there. */
  private synchronized Shares.Before present(Store store) throws IOException {
    Shares.Before known = before;
    if (known == null) {
      known = store.write(c -> Shares.begin(c, writer));
      before = known;
    }
    long hour = clock.millis() / HOUR_MILLIS;
    if (swept < hour) {
      store.write(c -> Shares.sweep(c, clock.millis() - KEPT_MILLIS));
      swept = hour;
    }
    return known;
  }

  /**
   * When requests began of which processes before this one may have lost what they came to.
   *
   * @param earliest the begin of one that was told late; null: there is none
   * @throws IOException the store is away
   */
  Lost lost(@Nullable Instant earliest) throws IOException {
    Shares.Before known = present(shelf.store());
    long from = known.written() - HOUR_MILLIS;
    if (earliest != null) {
      from = Math.min(from, earliest.toEpochMilli());
    }
    from = Math.max(from, clock.millis() - KEPT_MILLIS + HOUR_MILLIS);
    return new Lost(
        Instant.ofEpochMilli(Math.max(known.first(), from - Math.floorMod(from, HOUR_MILLIS))),
        Instant.ofEpochMilli(writer.since()));
  }

  /**
   * A span of time.
   *
   * @param to excluded
   */
  public record Lost(Instant from, Instant to) {}

  /**
   * Makes up for what was lost with processes of this gateway before this one: where they have
   * written less than these amounts, the rest counts as spent. To be called with all that the
   * request log has of a holder's requests in the hours that are asked for with {@link
   * Access#lost}; again when it has more. By the thread that flushes alone.
   *
   * @throws IOException the store is away
   */
  void makeUp(Scope scope, Map<Instant, Amount> due) throws IOException {
    Store store = shelf.store();
    Spent base =
        store.write(
            c -> {
              Map<Long, Amount> rest = Shares.rest(c, writer, scope, due);
              return rest.isEmpty() ? null : Spending.add(c, store.dialect(), scope, rest);
            });
    if (base != null) {
      purse(scope).based(base, clock.millis(), List.of());
    }
  }
}
