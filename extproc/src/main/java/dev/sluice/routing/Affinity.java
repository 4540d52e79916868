package dev.sluice.routing;

import static java.util.concurrent.TimeUnit.NANOSECONDS;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Where a session went last. A binding belongs to the group, the name that the client asked for and
 * the session, so two names in one session never share one. It ends when it was not used for a
 * time. At most {@value #SESSIONS}; where there are too many, ones that were used long ago go.
 */
@Policy
final class Affinity {
  static final int SESSIONS = 1 << 18;

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

  private final Sessions<Binding> bindings;
  private final LongSupplier nanoTime;

  /** Thousands of sessions are at one place: one object for all of them. */
  private final ConcurrentHashMap<Binding, Binding> places = new ConcurrentHashMap<>();

  /**
   * A session under one name in one group, as 128 bits. One may be taken for another with a chance
   * that is none in practice, and would then go where that one went.
   */
  record Key(long high, long low) {
    private static final long HIGH = 0x9E37_79B9_7F4A_7C15L;
    private static final long LOW = 0xC2B2_AE3D_27D4_EB4FL;

    static Key of(String group, String model, String session) {
      long high = sum(sum(sum(0, HIGH, group), HIGH, model), HIGH, session);
      long low = sum(sum(sum(0, LOW, group), LOW, model), LOW, session);
      return new Key(high, low);
    }

    private static long sum(long before, long factor, String text) {
      long sum = before * factor + text.length();
      for (int i = 0; i < text.length(); i++) {
        sum = sum * factor + text.charAt(i);
      }
      return sum;
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
    this.bindings = new Sessions<>(most, binding -> NANOSECONDS.convert(binding.sticky()));
    this.nanoTime = nanoTime;
  }

  @Nullable Binding find(Key key) {
    return bindings.find(key.high(), key.low(), nanoTime.getAsLong());
  }

  void bind(Key key, Binding binding) {
    if (places.size() > PLACES) {
      places.clear();
    }
    Binding known = places.putIfAbsent(binding, binding);
    bindings.bind(key.high(), key.low(), known == null ? binding : known, nanoTime.getAsLong());
  }

  long sessions() {
    return bindings.count(nanoTime.getAsLong());
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
