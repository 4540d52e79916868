package dev.sluice.routing;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Expiry;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a session went last. A binding belongs to the group, the name that the client asked for and
 * the session, so two names in one session never share one. It ends when it was not used for a
 * time. At most {@value #SESSIONS}; the ones that were used longest ago go first.
 */
@Policy
final class Affinity {
  static final int SESSIONS = 200_000;

  /**
   * Of so many times the time of the fastest, and this much more at least, a session has enough.
   */
  private static final double MUCH_SLOWER = 2.5;

  private static final double MUCH_SLOWER_SECONDS = 1;

  /** So much better must another be, in the score, before a session leaves what is well enough. */
  private static final double WORTH_MOVING = 0.1;

  /**
   * So many times more where the score is made of failures alone: they are rare, so that what is
   * known of them is mostly chance, and each move costs a cache.
   */
  private static final double DOUBT = 3;

  /** So many places are known by one object each; beyond them they are made anew. */
  private static final int PLACES = 10_000;

  private final Cache<Key, Binding> bindings;

  /** Thousands of sessions are at one place: one object for all of them. */
  private final ConcurrentHashMap<Binding, Binding> places = new ConcurrentHashMap<>();

  /**
   * A session under one name. The session is kept as 128 bits of its own: what is held for each of
   * {@value #SESSIONS} sessions is also what the garbage collector has to copy and to mark.
   */
  record Key(String group, String model, long high, long low) {
    private static final long HIGH = 0x9E37_79B9_7F4A_7C15L;
    private static final long LOW = 0xC2B2_AE3D_27D4_EB4FL;

    static Key of(String group, String model, String session) {
      long high = session.length();
      long low = session.length();
      for (int i = 0; i < session.length(); i++) {
        high = high * HIGH + session.charAt(i);
        low = low * LOW + session.charAt(i);
      }
      return new Key(group, model, high, low);
    }
  }

  /**
   * Where it is.
   *
   * @param sticky how long it stays after its last request
   */
  record Binding(String channel, String account, String url, Duration sticky) {
    boolean to(String otherChannel, String otherAccount, String otherUrl) {
      return channel.equals(otherChannel) && account.equals(otherAccount) && url.equals(otherUrl);
    }
  }

  Affinity(LongSupplier nanoTime) {
    this(nanoTime, SESSIONS);
  }

  Affinity(LongSupplier nanoTime, int most) {
    bindings =
        Caffeine.newBuilder()
            .maximumSize(most)
            .expireAfter(
                Expiry.<Key, Binding>accessing((Key _, Binding binding) -> binding.sticky()))
            .ticker(nanoTime::getAsLong)
            .executor(Runnable::run)
            .build();
  }

  @Nullable Binding find(Key key) {
    return bindings.getIfPresent(key);
  }

  void bind(Key key, Binding binding) {
    if (places.size() > PLACES) {
      places.clear();
    }
    Binding known = places.putIfAbsent(binding, binding);
    bindings.put(key, known == null ? binding : known);
  }

  long sessions() {
    return bindings.estimatedSize();
  }

  /**
   * Why a session leaves its channel although that works; null: it stays.
   *
   * @param seconds what its channel is expected to take
   * @param fastest what the fastest is
   * @param score its channel's, with what the cache saves
   * @param best the best of all, without
   * @param doubt what part of the score failures make, 0 to 1
   */
  static @Nullable String leaves(
      double seconds, double fastest, double score, double best, double doubt) {
    if (seconds > MUCH_SLOWER * fastest && seconds > fastest + MUCH_SLOWER_SECONDS) {
      return "session left it: much slower than the others";
    }
    return best - score > WORTH_MOVING * (1 + DOUBT * doubt)
        ? "session left it: much worse than the others even with its prompt cache"
        : null;
  }
}
