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

  Flights(long bytes) {
    byId =
        Caffeine.newBuilder()
            .maximumWeight(bytes)
            .weigher((String _, Flight flight) -> flight.ask().body().length + FIXED_BYTES)
            .expireAfterWrite(KEPT)
            .build();
  }

  @Nullable Flight find(String id) {
    return byId.getIfPresent(id);
  }

  void keep(Flight flight) {
    byId.put(flight.id(), flight);
  }

  void forget(Flight flight) {
    byId.invalidate(flight.id());
  }
}
