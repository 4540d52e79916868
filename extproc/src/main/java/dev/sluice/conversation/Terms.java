package dev.sluice.conversation;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * For whom the provider answers, how fast, and what it keeps. Null: not said.
 *
 * @param user who the client's user is
 * @param safetyIdentifier a stable word for the user, for the provider's abuse detection
 * @param cacheKey which requests share a prompt cache
 * @param cacheRetention how long it is kept, such as {@code 24h}
 * @param store whether the provider keeps the answer
 * @param tier the provider's word for how soon it answers, such as {@code flex}
 * @param metadata the client's own labels, in order
 */
public record Terms(
    @Nullable String user,
    @Nullable String safetyIdentifier,
    @Nullable String cacheKey,
    @Nullable String cacheRetention,
    @Nullable Boolean store,
    @Nullable String tier,
    Map<String, String> metadata) {
  /** Nothing said. */
  public static final Terms NONE = new Terms(null, null, null, null, null, null, Map.of());

  /** Copies the map, in its order. */
  public Terms {
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
  }
}
