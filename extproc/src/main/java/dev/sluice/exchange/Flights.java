package dev.sluice.exchange;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The requests that may yet have another try, by request id. Bounded by the bytes of their bodies;
 * a request that is pushed out starts anew with its next try.
 */
final class Flights {
  private static final Duration KEPT = Duration.ofMinutes(15);
  private static final int FIXED_BYTES = 1024;

  private static final Duration REMEMBERED = Duration.ofMinutes(1);
  private static final int REMEMBERED_IDS = 100_000;

  private final Cache<String, Flight> byId;
  private final AtomicReference<Ids> over =
      new AtomicReference<>(Ids.after(Set.of(), System.nanoTime()));

  /**
   * The ids of requests that are over, in two sets, of which the older one is forgotten as a whole:
   * to find the oldest of 200,000 one by one would cost each request more.
   */
  private record Ids(Set<String> newer, Set<String> older, long since) {
    static Ids after(Set<String> older, long now) {
      return new Ids(ConcurrentHashMap.newKeySet(), older, now);
    }

    boolean full(long now) {
      return newer.size() >= REMEMBERED_IDS || now - since > REMEMBERED.toNanos();
    }

    boolean has(String id) {
      return newer.contains(id) || older.contains(id);
    }
  }

  Flights(long bytes) {
    byId =
        Caffeine.newBuilder()
            .maximumWeight(bytes)
            .weigher((String _, Flight flight) -> flight.bytes() + FIXED_BYTES)
            .expireAfterWrite(KEPT)
            .executor(Runnable::run)
            .build();
  }

  @Nullable Flight find(String id) {
    return byId.getIfPresent(id);
  }

  /** Weighs it again, since it holds more than it did. */
  void weigh(Flight flight) {
    byId.asMap().computeIfPresent(flight.id(), (_, kept) -> kept);
  }

  /** Keeps it, unless another stream of the same request was faster; the one that is kept. */
  Flight keep(Flight flight) {
    Flight known = byId.asMap().putIfAbsent(flight.id(), flight);
    return known == null ? flight : known;
  }

  /** It has its answer: no later try of it may start anything. */
  void forget(Flight flight) {
    Ids ids = over.get();
    long now = System.nanoTime();
    if (ids.full(now)) {
      Ids next = Ids.after(ids.newer(), now);
      ids = over.compareAndSet(ids, next) ? next : over.get();
    }
    ids.newer().add(flight.id());
    byId.invalidate(flight.id());
  }

  /**
   * Whether this request has its answer already. When one try is lost while a rival still runs, the
   * edge sends another stream beside that, which may come after the rival has won.
   */
  boolean over(String id) {
    return over.get().has(id);
  }
}
