package dev.sluice.exchange;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The requests that may yet have another try, by request id. Bounded by the bytes of their bodies;
 * a request that is pushed out starts anew with its next try.
 */
final class Flights {
  private static final Duration KEPT = Duration.ofMinutes(15);
  private static final int FIXED_BYTES = 1024;

  private final Cache<String, Flight> byId;
  private final Ids over = new Ids(System::nanoTime);

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
    over.add(flight.id());
    byId.invalidate(flight.id());
  }

  /**
   * Whether this request has its answer already. When one try is lost while a rival still runs, the
   * edge sends another stream beside that, which may come after the rival has won.
   */
  boolean over(String id) {
    return over.has(id);
  }
}
