package dev.sluice.history;

import dev.sluice.history.Database.Change;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What was kept of earlier responses. Changes wait in a bounded queue for a thread of their own and
 * are seen by {@link #find} at once; what the queue or the disk does not take is lost, which is
 * logged and told by {@link #state}. Safe for several threads.
 */
public final class History implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(History.class);
  private static final int WAITING = 20_000;
  private static final long WAITING_BYTES =
      Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 16);
  private static final long MEMORY_BYTES = Math.min(64L << 20, WAITING_BYTES);
  private static final int BATCH = 256;
  private static final long TICK_MILLIS = 5_000;
  private static final long QUIET_NANOS = Duration.ofSeconds(10).toNanos();

  private final Supplier<Bounds> bounds;
  private final InstantSource clock;
  private final @Nullable Database database;
  private final String place;
  private final boolean lasting;
  private final LinkedBlockingQueue<Change> queue = new LinkedBlockingQueue<>(WAITING);
  private final ConcurrentHashMap<Name, Change> waiting = new ConcurrentHashMap<>();
  private final AtomicLong waitingBytes = new AtomicLong();
  private final AtomicLong lost = new AtomicLong();
  private final AtomicLong said = new AtomicLong(System.nanoTime() - QUIET_NANOS);
  private final Thread writer;
  private volatile @Nullable String trouble;
  private volatile boolean closed;

  private record Name(String key, String id) {}

  /**
   * How it is.
   *
   * @param place the file; {@code memory} where there is none
   * @param bytes of everything that is kept, about
   * @param lost what was not kept although it should have been, since the start
   * @param trouble why something is being lost now; null: nothing is
   */
  public record State(String place, long bytes, long lost, @Nullable String trouble) {}

  private History(
      @Nullable Database database,
      String place,
      boolean lasting,
      @Nullable String trouble,
      Supplier<Bounds> bounds,
      InstantSource clock) {
    this.database = database;
    this.place = place;
    this.lasting = lasting;
    this.trouble = trouble;
    this.bounds = bounds;
    this.clock = clock;
    this.writer = Thread.ofPlatform().daemon().name("history").unstarted(this::run);
    writer.start();
  }

  /**
   * Opens the file in {@code folder}; where that cannot be had, history is in memory and gone with
   * the process, which is logged.
   *
   * @param folder null: in memory
   * @param bounds of the moment
   */
  public static History open(@Nullable Path folder, Supplier<Bounds> bounds, InstantSource clock) {
    String why = null;
    if (folder != null) {
      try {
        return new History(Database.open(folder), folder.toString(), true, null, bounds, clock);
      } catch (IOException | SQLException e) {
        why = folder + " cannot be used (" + e.getMessage() + "); responses are kept in memory";
        LOG.error("{}", why);
      }
    }
    try {
      return new History(Database.inMemory(), "memory", false, why, bounds, clock);
    } catch (SQLException e) {
      why = "SQLite cannot be used (" + e.getMessage() + "); no response is kept";
      LOG.error("{}", why);
      return new History(null, "none", false, why, bounds, clock);
    }
  }

  /** Whether responses are kept that their providers do not keep. */
  public boolean keeps() {
    return database != null && bounds.get().contents();
  }

  /**
   * What is known of a response; null where nothing is, or another key's client made it.
   *
   * @throws IOException it cannot be read
   */
  public @Nullable Entry find(String key, String id) throws IOException {
    Change change = waiting.get(new Name(key, id));
    if (change != null) {
      return change instanceof Change.Put(Entry entry, long _) ? entry : null;
    }
    if (database == null) {
      return null;
    }
    try {
      return database.find(key, id, clock.millis() - bounds.get().ttl().toMillis());
    } catch (SQLException e) {
      throw new IOException(e);
    }
  }

  /** Keeps it soon; {@link #find} knows it from now on. Never waits. */
  public void put(Entry entry) {
    if (entry instanceof Entry.Kept && !keeps()) {
      return;
    }
    var change = new Change.Put(entry, clock.millis());
    if (change.bytes() > Bounds.EACH) {
      lose(1, "a response has more than " + Bounds.EACH + " bytes");
    } else if (!take(change, change.bytes())) {
      String why = "more responses end than can be written";
      if (lasting) {
        trouble = why;
      }
      lose(1, why);
    }
  }

  /**
   * Forgets it; {@link #find} does not know it from now on.
   *
   * @return whether it could be taken down; otherwise it is still there
   */
  public boolean forget(String key, String id) {
    return take(new Change.Gone(key, id), 0);
  }

  private boolean take(Change change, long bytes) {
    if (closed || database == null) {
      return false;
    }
    if (waitingBytes.addAndGet(bytes) > WAITING_BYTES) {
      waitingBytes.addAndGet(-bytes);
      return false;
    }
    var name = new Name(change.key(), change.id());
    Change before = waiting.put(name, change);
    if (!queue.offer(change)) {
      if (before == null) {
        waiting.remove(name, change);
      } else {
        waiting.replace(name, change, before);
      }
      waitingBytes.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  private void lose(long count, String why) {
    lost.addAndGet(count);
    long now = System.nanoTime();
    long last = said.get();
    if (now - last >= QUIET_NANOS && said.compareAndSet(last, now)) {
      LOG.warn("a response is not kept: {}; {} so far", why, lost.get());
    }
  }

  /** How it is. */
  public State state() {
    return new State(place, database == null ? 0 : database.bytes(), lost.get(), trouble);
  }

  /** How many changes are not written yet. */
  int waiting() {
    return waiting.size();
  }

  // ---- the writing thread

  private void run() {
    Database to = database;
    if (to == null) {
      return;
    }
    var batch = new ArrayList<Change>();
    long tidied = System.nanoTime();
    while (!closed || !queue.isEmpty()) {
      try {
        Change first = queue.poll(closed ? 0 : TICK_MILLIS, TimeUnit.MILLISECONDS);
        if (first != null) {
          batch.add(first);
          queue.drainTo(batch, BATCH - 1);
        }
      } catch (InterruptedException e) {
        continue; // closed
      }
      boolean due = System.nanoTime() - tidied > TICK_MILLIS * 1_000_000;
      if (!batch.isEmpty() || due) {
        write(to, batch);
        batch.clear();
      }
      if (due) {
        tidied = System.nanoTime();
        tidy(to);
      }
    }
  }

  private void write(Database to, List<Change> batch) {
    try {
      to.write(batch, limits(), clock.millis());
      if (!batch.isEmpty() && lasting) {
        trouble = null;
      }
      batch.forEach(this::done);
    } catch (SQLException e) {
      String why = "they cannot be written (" + e.getMessage() + ")";
      trouble = why;
      long puts = batch.stream().filter(Change.Put.class::isInstance).count();
      if (puts > 0) {
        lose(puts, why);
      }
      for (Change change : batch) {
        if (change instanceof Change.Put || closed || !queue.offer(change)) {
          done(change);
        }
      }
      pause();
    }
  }

  /** A disk that is full is not asked again at once. */
  private static void pause() {
    try {
      Thread.sleep(200);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Bounds limits() {
    Bounds now = bounds.get();
    return lasting
        ? now
        : new Bounds(now.contents(), now.ttl(), Math.min(now.bytes(), MEMORY_BYTES));
  }

  private void done(Change change) {
    waiting.remove(new Name(change.key(), change.id()), change);
    if (change instanceof Change.Put put) {
      waitingBytes.addAndGet(-put.bytes());
    }
  }

  private static void tidy(Database to) {
    try {
      to.shrink();
    } catch (SQLException e) {
      LOG.warn("free pages of the history stay: {}", e.getMessage());
    }
  }

  /** Writes what waits and ends. */
  @Override
  public void close() {
    closed = true;
    writer.interrupt();
    try {
      writer.join(Duration.ofSeconds(2));
      if (database != null) {
        database.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SQLException e) {
      LOG.warn("the history did not close: {}", e.getMessage());
    }
  }
}
