package dev.sluice.access;

import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.sluice.access.Refused.Why;
import dev.sluice.access.Secret.Digest;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Key;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a presented key opens: in the configuration, then in memory, then in the store. Keys
 * are held as SHA-256, so that neither the heap nor a timing tells one. Safe for several threads.
 *
 * <p>What the store said holds for five minutes, or until somebody changes it: at once in this
 * process, within two seconds in others that share the store. What cannot be one of ours by its
 * form is refused without a look; of what can, 50,000 that are unknown are remembered for a minute;
 * and no more than 1,024 look-ups wait at a time.
 */
public final class Keys {
  private static final Duration KNOWN = Duration.ofMinutes(5);
  private static final Duration UNKNOWN = Duration.ofMinutes(1);
  private static final int MOST_KNOWN = 200_000;
  private static final int MOST_UNKNOWN = 50_000;
  private static final int LONGEST = 4096;
  private static final int WAITING = 1_024;
  private static final long PATIENCE_SECONDS = 5;
  private static final Set<Verdict> PASSING = Set.of(Refused.UNKNOWN, Refused.BUSY, Refused.AWAY);
  private static final CompletableFuture<Verdict> STRANGER = done(Refused.UNKNOWN);

  private final Shelf shelf;
  private final Executor executor;
  private final InstantSource clock;
  private final AsyncCache<Digest, Verdict> known;
  private final Cache<Digest, Boolean> unknown;
  private final AtomicLong changes = new AtomicLong();
  private final Semaphore waiting = new Semaphore(WAITING);

  /**
   * Keys of a store.
   *
   * @param executor looks up
   */
  Keys(Shelf shelf, Executor executor, InstantSource clock) {
    this.shelf = shelf;
    this.executor = executor;
    this.clock = clock;
    this.known = Caffeine.newBuilder().maximumSize(MOST_KNOWN).expireAfterWrite(KNOWN).buildAsync();
    this.unknown =
        Caffeine.newBuilder().maximumSize(MOST_UNKNOWN).expireAfterWrite(UNKNOWN).build();
  }

  private static CompletableFuture<Verdict> done(Verdict verdict) {
    return CompletableFuture.completedFuture(verdict);
  }

  /**
   * What a key opens. Complete at once where that is known, and never exceptionally; else it
   * completes on a thread of ours, so go on elsewhere with {@code whenCompleteAsync}. Not to be
   * completed by others.
   *
   * @param catalog with the keys of the configuration
   */
  public CompletableFuture<Verdict> find(Catalog catalog, String presented) {
    if (presented.length() > LONGEST) {
      return STRANGER;
    }
    byte[] hash = Secret.sha256(presented);
    Key configured = catalog.keys().get(ByteBuffer.wrap(hash));
    if (configured != null) {
      return done(new Opened(configured, null));
    }
    return shelf.kind() == Shelf.Kind.MEMORY ? STRANGER : find(Digest.of(hash), presented);
  }

  private CompletableFuture<Verdict> find(Digest digest, String presented) {
    CompletableFuture<Verdict> found = known.getIfPresent(digest);
    if (found == null) {
      if (!Secret.wellFormed(presented) || unknown.getIfPresent(digest) != null) {
        return STRANGER;
      }
      var mine = new CompletableFuture<Verdict>();
      found = known.asMap().putIfAbsent(digest, mine);
      if (found == null) {
        found = mine;
        look(digest, mine);
      }
    }
    if (!found.isDone()) {
      return found.thenApply(this::now);
    }
    Refused expired = expired(found.join());
    return expired == null ? found : done(expired);
  }

  private Verdict now(Verdict verdict) {
    Refused expired = expired(verdict);
    return expired == null ? verdict : expired;
  }

  /** A key may have expired since it was looked up. */
  private @Nullable Refused expired(Verdict verdict) {
    if (verdict instanceof Opened(Key key, var _)) {
      Instant expires = key.expires();
      if (expires != null && clock.millis() >= expires.toEpochMilli()) {
        return new Refused(Why.INVALID, "The API key expired at " + expires + ".");
      }
    }
    return null;
  }

  private void look(Digest digest, CompletableFuture<Verdict> looked) {
    // Only what the store said of a key that it has is kept as such.
    var _ =
        looked.thenAccept(
            verdict -> {
              if (PASSING.contains(verdict)) {
                known.asMap().remove(digest, looked);
              }
            });
    if (!waiting.tryAcquire()) {
      looked.complete(Refused.BUSY);
      return;
    }
    var _ = looked.thenRun(waiting::release);
    if (!shelf.first().isDone() && shelf.trouble() != null) {
      looked.complete(Refused.AWAY);
      return;
    }
    looked.completeOnTimeout(Refused.AWAY, PATIENCE_SECONDS, TimeUnit.SECONDS);
    shelf
        .first()
        .thenAcceptAsync(
            store -> {
              if (!looked.isDone()) {
                looked.complete(read(store, digest));
              }
            },
            executor)
        .exceptionally(
            _ -> {
              looked.complete(Refused.AWAY);
              return null;
            });
  }

  private Verdict read(Store store, Digest digest) {
    long before = changes.get();
    try {
      Verdict verdict = store.read(c -> Rows.opened(c, digest));
      if (Refused.UNKNOWN.equals(verdict)) {
        unknown.put(digest, true);
        if (changes.get() != before) {
          unknown.invalidate(digest);
        }
      }
      return verdict;
    } catch (IOException e) {
      shelf.trouble(e);
      return Refused.AWAY;
    }
  }

  /**
   * Something of these keys or of the keys of these users has changed: the next check asks the
   * store.
   */
  void forget(Set<String> names, Set<String> users) {
    changes.incrementAndGet();
    unknown.invalidateAll();
    known
        .asMap()
        .values()
        .removeIf(
            future ->
                !future.isDone()
                    || !(future.join() instanceof Opened(Key key, var _))
                    || names.contains(key.name())
                    || (key.owner() != null && users.contains(key.owner())));
  }

  /** Forgets everything. */
  void forgetAll() {
    changes.incrementAndGet();
    unknown.invalidateAll();
    known.synchronous().invalidateAll();
  }
}
