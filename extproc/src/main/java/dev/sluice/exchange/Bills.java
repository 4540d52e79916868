package dev.sluice.exchange;

import dev.sluice.access.Reservation;
import dev.sluice.ledger.RequestRecord;
import dev.sluice.routing.Decision;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
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
  private final Executor executor;
  private final LongSupplier nanoTime;
  private final ConcurrentHashMap<String, Bill> open = new ConcurrentHashMap<>();
  private final ConcurrentHashMap<String, Awaited> awaited = new ConcurrentHashMap<>();
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
   * @param until when it is waited for no longer
   * @param times how often Envoy had been gone when it began
   */
  private record Awaited(Bill.Item item, long until, int times) {}

  /**
   * Keeps them.
   *
   * @param ledger gets each request's record, once, and its client's {@code traceparent}
   * @param executor where the end of patience is dealt with
   * @param nanoTime as {@link System#nanoTime}
   */
  Bills(BiConsumer<RequestRecord, String> ledger, Executor executor, LongSupplier nanoTime) {
    this.ledger = ledger;
    this.executor = executor;
    this.nanoTime = nanoTime;
  }

  /** The bill of this request; the one that is open where there is one. */
  Bill open(
      Bill.Facts facts, Supplier<List<Decision>> decisions, @Nullable Reservation reservation) {
    Bill bill =
        open.computeIfAbsent(facts.id(), _ -> new Bill(facts, decisions, reservation, this));
    if (open.mappingCount() > MOST) {
      open.values().stream().filter(other -> !other.equals(bill)).findFirst().ifPresent(this::lose);
    }
    return bill;
  }

  private void lose(Bill bill) {
    if (open.remove(bill.id(), bill)) {
      executor.execute(() -> bill.close(nanoTime.getAsLong()));
    }
  }

  private void giveUp(Awaited one) {
    if (awaited.remove(one.item().id(), one)) {
      executor.execute(() -> one.item().bill().heard(one.item(), null));
    }
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
   * The next look for what was waited for in vain would be too late. Several times, since streams
   * hear of Envoy's end one after the other.
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
    List.copyOf(open.values()).forEach(bill -> bill.desert(now, nanoTime.getAsLong()));
    for (Awaited one : List.copyOf(awaited.values())) {
      if (one.times() < now
          && one.item().bill().waits(one.item())
          && awaited.remove(one.item().id(), one)) {
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
    long until = nanoTime.getAsLong() + patience.toNanos();
    if (patience.equals(Bill.UNDER_WAY)) {
      awaited.put(item.id(), new Awaited(item, until, times.get()));
      if (awaited.mappingCount() > MOST) {
        awaited.values().stream()
            .filter(one -> !one.item().equals(item))
            .findFirst()
            .ifPresent(this::giveUp);
      }
    } else {
      awaited.computeIfPresent(item.id(), (_, old) -> new Awaited(item, until, old.times()));
    }
  }

  /** The access log has spoken. */
  void heard(Entry entry) {
    Awaited one = awaited.remove(entry.id());
    if (one != null) {
      one.item().bill().heard(one.item(), entry);
    }
  }

  void told(Bill bill, RequestRecord record, @Nullable Kept bodies, String parent) {
    open.remove(bill.id(), bill);
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

  /** Looks for what was waited for in vain; to be called about once a second. */
  void settle() {
    long now = nanoTime.getAsLong();
    for (Awaited one : awaited.values()) {
      if (now - one.until() > 0) {
        giveUp(one);
      }
    }
  }

  /** Tells all that is left, as it is known. */
  void close() {
    long now = nanoTime.getAsLong();
    List.copyOf(open.values()).forEach(bill -> bill.close(now));
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
