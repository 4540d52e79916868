package dev.sluice.exchange;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import com.github.benmanes.caffeine.cache.RemovalCause;
import com.github.benmanes.caffeine.cache.Scheduler;
import com.github.benmanes.caffeine.cache.Ticker;
import dev.sluice.access.Reservation;
import dev.sluice.ledger.RequestRecord;
import dev.sluice.routing.Decision;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The requests that are not told yet, and the attempts of which the access log has not spoken. Both
 * are bounded by number and time; what is pushed out or waited for in vain is told as it is known.
 */
final class Bills {
  private static final Logger LOG = LoggerFactory.getLogger(Bills.class);
  private static final int MOST = 100_000;

  private static final Duration DESERTED = Duration.ofMillis(300);

  private static final int ROUNDS = 5;

  private static final Duration REDACTED = Duration.ofSeconds(3);

  private final BiConsumer<RequestRecord, String> ledger;
  private final Ticker ticker;
  private final Cache<String, Bill> open;
  private final Cache<String, Awaited> awaited;
  private final BodyBudget room = new BodyBudget(Runtime.getRuntime().maxMemory() / 16);

  /** A thread of its own, since expressions may take long. What waits here has room in memory. */
  private final ExecutorService redacting =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("redaction").factory());

  private volatile boolean deserted;

  /** How often Envoy was gone. */
  private final AtomicInteger times = new AtomicInteger();

  private final AtomicLong ids = new AtomicLong();
  private final String own = "/%016x-".formatted(ThreadLocalRandom.current().nextLong());

  /**
   * An attempt that the access log has to speak of.
   *
   * @param nanos for how long it is waited for
   * @param times how often Envoy had been gone when it began
   */
  private record Awaited(Bill.Item item, long nanos, int times) {}

  private static final class Patience implements Expiry<String, Awaited> {
    @Override
    public long expireAfterCreate(String id, Awaited awaited, long now) {
      return awaited.nanos();
    }

    @Override
    public long expireAfterUpdate(String id, Awaited awaited, long now, long left) {
      return awaited.nanos();
    }

    @Override
    public long expireAfterRead(String id, Awaited awaited, long now, long left) {
      return left;
    }
  }

  /**
   * Keeps them.
   *
   * @param ledger gets each request's record, once, and its client's {@code traceparent}
   * @param executor where the end of patience is dealt with
   */
  Bills(
      BiConsumer<RequestRecord, String> ledger,
      Executor executor,
      Ticker ticker,
      Scheduler scheduler) {
    this.ledger = ledger;
    this.ticker = ticker;
    open =
        Caffeine.newBuilder()
            .maximumSize(MOST)
            .executor(Runnable::run)
            .removalListener(
                (@Nullable String _, @Nullable Bill bill, RemovalCause why) ->
                    lost(bill, why, executor))
            .build();
    awaited =
        Caffeine.newBuilder()
            .maximumSize(MOST)
            .expireAfter(new Patience())
            .executor(Runnable::run)
            .ticker(ticker)
            .scheduler(scheduler)
            .removalListener(
                (@Nullable String _, @Nullable Awaited one, RemovalCause why) ->
                    vain(one, why, executor))
            .build();
  }

  private void lost(@Nullable Bill bill, RemovalCause why, Executor executor) {
    if (bill != null && why.wasEvicted()) {
      executor.execute(() -> bill.close(ticker.read()));
    }
  }

  private static void vain(@Nullable Awaited one, RemovalCause why, Executor executor) {
    if (one != null && why.wasEvicted()) {
      executor.execute(() -> one.item().bill().heard(one.item(), null));
    }
  }

  /** The bill of this request; the one that is open where there is one. */
  Bill open(
      Bill.Facts facts, Supplier<List<Decision>> decisions, @Nullable Reservation reservation) {
    return open.get(facts.id(), _ -> new Bill(facts, decisions, reservation, this));
  }

  /** How much of the heap bodies may take that wait to be told. */
  BodyBudget room() {
    return room;
  }

  /** An id for an attempt that none before had, of this process or another. */
  String nextId(String request) {
    return request + own + Long.toHexString(ids.incrementAndGet());
  }

  /** Whether an attempt with this id was begun by this process. */
  boolean own(String id) {
    return id.contains(own);
  }

  /**
   * Envoy is gone, or was for a moment: no word will come of what it had under way, so that it is
   * waited for no longer than a word that is on its way may take.
   */
  void deserted() {
    if (!deserted) {
      deserted = true;
      times.incrementAndGet();
      abandon(ROUNDS);
    }
  }

  /**
   * The cache's own clock has ticks of about a second, which would be too long. Several times,
   * since streams hear of Envoy's end one after the other.
   */
  private void abandon(int rounds) {
    CompletableFuture.delayedExecutor(DESERTED.toMillis(), TimeUnit.MILLISECONDS)
        .execute(
            () -> {
              giveUp();
              if (deserted || rounds > 1) {
                abandon(rounds - 1);
              }
            });
  }

  /**
   * Waits no longer for anything that an Envoy began that is gone, and of which the access log's
   * word alone is missing, or another try. The next Envoy is heard of only when it has something to
   * say.
   */
  void giveUp() {
    int now = times.get();
    List.copyOf(open.asMap().values()).forEach(bill -> bill.desert(now, ticker.read()));
    for (Awaited one : List.copyOf(awaited.asMap().values())) {
      if (one.times() < now
          && one.item().bill().waits(one.item())
          && awaited.asMap().remove(one.item().id(), one)) {
        one.item().bill().heard(one.item(), null);
      }
    }
  }

  /** How often Envoy was gone. */
  int times() {
    return times.get();
  }

  /** Envoy is there. */
  void attended() {
    deserted = false;
  }

  /** Waits for the access log's word on this attempt, anew and no longer than this. */
  void await(Bill.Item item, Duration patience) {
    long nanos = patience.toNanos();
    if (patience.equals(Bill.UNDER_WAY)) {
      awaited.put(item.id(), new Awaited(item, nanos, times.get()));
    } else {
      awaited
          .asMap()
          .computeIfPresent(item.id(), (_, old) -> new Awaited(item, nanos, old.times()));
    }
  }

  /** The access log has spoken. */
  void heard(Entry entry) {
    Awaited one = awaited.asMap().remove(entry.id());
    if (one != null) {
      one.item().bill().heard(one.item(), entry);
    }
  }

  void told(Bill bill, RequestRecord record, @Nullable Kept bodies, String parent) {
    open.asMap().remove(bill.id(), bill);
    if (bodies == null) {
      tell(record, parent);
      return;
    }
    Runnable tells = () -> tell(record.with(bodies.bodies()), parent);
    try {
      redacting.execute(tells);
    } catch (RejectedExecutionException _) {
      tells.run();
    }
  }

  private void tell(RequestRecord record, String parent) {
    try {
      ledger.accept(record, parent);
    } catch (RuntimeException e) {
      LOG.error("request {} was not written down", record.id(), e);
    }
  }

  /** Looks now for what was waited for in vain; by itself that happens in time. */
  void settle() {
    awaited.cleanUp();
  }

  /** Tells all that is left, as it is known. */
  void close() {
    long now = ticker.read();
    List.copyOf(open.asMap().values()).forEach(bill -> bill.close(now));
    redacting.shutdown();
    try {
      if (!redacting.awaitTermination(REDACTED.toMillis(), TimeUnit.MILLISECONDS)) {
        LOG.error("requests are not written down: their bodies take too long to be redacted");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }
}
