package dev.sluice.ledger;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes records from the spool into the database and, a while later, from there into Parquet, all
 * on one thread. A record is in the spool until it is in Parquet, so that the database can be made
 * anew; the number of the last one in the database, which is committed with the rows, and the names
 * of the Parquet files tell what is where.
 */
final class Bookkeeper implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Bookkeeper.class);
  private static final Duration ANSWER = Duration.ofSeconds(10);
  private static final Duration OPENING = Duration.ofSeconds(10);
  private static final Duration CHANGE = Duration.ofSeconds(15);
  private static final Duration AGAIN = Duration.ofSeconds(1);
  private static final Duration CLOSE = Duration.ofSeconds(5);
  private static final Duration STRAGGLERS = Duration.ofHours(2);
  private static final int AT_ONCE = 2;

  private final Path folder;
  private final Spool spool;
  private final Schedule schedule;
  private final Supplier<Duration> retention;
  private final InstantSource clock;
  private final long found;
  private final Thread thread;
  private final CountDownLatch ready = new CountDownLatch(1);
  private final CountDownLatch over = new CountDownLatch(1);
  private final Semaphore asking = new Semaphore(AT_ONCE, true);
  private final ReentrantReadWriteLock changing = new ReentrantReadWriteLock();
  private volatile @Nullable Shelf shelf;
  private volatile @Nullable Rows rows;
  private volatile long read;
  private volatile long unreadable;
  private volatile @Nullable String trouble;
  private volatile @Nullable String keeping;
  private volatile @Nullable String note;
  private volatile boolean suspect;
  private Spool.@Nullable Reader reader;

  /** {@code retention} is asked anew each time. */
  Bookkeeper(
      Path folder,
      Spool spool,
      Schedule schedule,
      Supplier<Duration> retention,
      InstantSource clock) {
    this.folder = folder;
    this.spool = spool;
    this.schedule = schedule;
    this.retention = retention;
    this.clock = clock;
    this.found = spool.taken();
    this.thread = Thread.ofPlatform().daemon().name("ledger-rows").unstarted(this::run);
    thread.start();
  }

  /** Bytes of the spool that are not in the database yet. */
  long behind() {
    return Math.max(0, spool.taken() - read);
  }

  /** Whether all that was in the spool at the start is in the database. */
  boolean caughtUp() {
    return holds(found);
  }

  /** Whether so many bytes of those that the spool has ever taken are in the database. */
  boolean holds(long taken) {
    return ready.getCount() == 0 && trouble == null && read >= taken;
  }

  /** Places of the spool that could not be read. */
  long unreadable() {
    return unreadable;
  }

  /** Why something does not work now; null: everything does. */
  @Nullable String trouble() {
    String now = trouble;
    return now == null ? keeping : now;
  }

  /** What happened since the start that people should know; null: nothing. */
  @Nullable String note() {
    return note;
  }

  // ---- answers

  /** A question to the tables. */
  @FunctionalInterface
  interface Question<T> {
    T answer(Answers answers) throws SQLException;
  }

  /** Asks on the caller's thread, which may wait some seconds. */
  <T> T ask(Question<T> question) throws Unavailable {
    boolean admitted = false;
    try {
      if (!ready.await(OPENING.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new Unavailable("the ledger is still being opened; ask again in a moment.");
      }
      admitted = asking.tryAcquire(ANSWER.toMillis(), TimeUnit.MILLISECONDS);
      if (!admitted) {
        throw new Unavailable("too many questions are being answered; ask again in a moment.");
      }
      changing.readLock().lock();
      try {
        return answer(question);
      } finally {
        changing.readLock().unlock();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unavailable("the gateway is stopping.", e);
    } finally {
      if (admitted) {
        asking.release();
      }
    }
  }

  private <T> T answer(Question<T> question) throws Unavailable {
    Rows from = rows;
    Shelf files = shelf;
    if (from == null || files == null) {
      throw new Unavailable("the ledger cannot be read now: " + trouble + ".");
    }
    try (DuckDBConnection connection = from.reading()) {
      return question.answer(new Answers(connection, files, ANSWER));
    } catch (SQLTimeoutException e) {
      throw new Unavailable(
          "no answer within " + ANSWER.toSeconds() + " s; ask for less time or fewer names.", e);
    } catch (SQLException e) {
      if (Rows.broken(e)) {
        suspect = true;
      }
      LOG.warn("a question has no answer: {}", Rows.line(e));
      throw new Unavailable("the ledger cannot be read now; see the log.", e);
    }
  }

  // ---- the thread

  private void run() {
    long looked = System.nanoTime();
    boolean look = true;
    while (over.getCount() > 0) {
      try {
        boolean full = step();
        ready.countDown();
        if (look || System.nanoTime() - looked > schedule.look().toNanos()) {
          looked = System.nanoTime();
          look = false;
          keep();
        }
        if (!full) {
          pause(schedule.rows());
        }
      } catch (SQLException | IOException | RuntimeException e) {
        failed(e);
        pause(AGAIN);
      }
    }
  }

  private void pause(Duration time) {
    try {
      var _ = over.await(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Takes one batch; whether it was a full one. */
  private boolean step() throws SQLException, IOException {
    Rows to = opened();
    Spool.Reader from = reader;
    if (from == null) {
      from = spool.reader(to.position());
      reader = from;
    }
    long taken = spool.taken();
    List<Frames.Numbered> batch = from.next(schedule.batch());
    if (!batch.isEmpty()) {
      try {
        to.append(batch);
      } catch (SQLException e) {
        from.close();
        reader = null;
        throw e;
      }
    }
    read = taken - from.behind();
    unreadable = Math.max(unreadable, from.unreadable());
    trouble = null;
    return batch.size() == schedule.batch();
  }

  private Rows opened() throws SQLException, IOException {
    Shelf files = shelf;
    if (files == null) {
      files = Shelf.open(folder);
      shelf = files;
    }
    if (suspect) {
      suspect = false;
      throw new SQLException("Corrupt: a question found it so");
    }
    Rows now = rows;
    if (now == null) {
      now = Rows.open(folder);
      try {
        now.forget(files.last());
        spool.remove(files.last());
      } catch (SQLException | IOException e) {
        now.close();
        throw e;
      }
      rows = now;
    }
    return now;
  }

  /**
   * What is wrong is said, and the database opened anew, since some errors leave it unusable. A
   * broken file is put aside: what was in it is in the spool.
   */
  private void failed(Exception e) {
    String line = Rows.line(e);
    if (!line.equals(trouble)) {
      LOG.error("the ledger waits in its spool: {}", line);
    }
    trouble = line;
    ready.countDown();
    changing.writeLock().lock();
    try {
      Rows old = rows;
      rows = null;
      shelf = null;
      if (reader != null) {
        reader.close();
        reader = null;
      }
      if (old != null) {
        old.close();
      }
      if (e instanceof SQLException sql && Rows.broken(sql)) {
        Path aside = Rows.setAside(folder);
        note = "the database was broken (" + line + ") and made anew; it is kept as " + aside;
        LOG.error("{}", note);
      }
    } catch (SQLException | IOException again) {
      LOG.error("the ledger's database does not close: {}", Rows.line(again));
    } finally {
      changing.writeLock().unlock();
    }
  }

  // ---- into Parquet

  private void keep() throws SQLException, IOException {
    try {
      tend();
      keeping = null;
    } catch (SQLException | IOException e) {
      keeping = "rows do not get into Parquet: " + Rows.line(e);
      throw e;
    }
  }

  /** Rolls, merges and forgets what is due. */
  private void tend() throws SQLException, IOException {
    Rows from = rows;
    Shelf to = shelf;
    if (from == null || to == null) {
      return;
    }
    long through = due(from.position());
    if (through > 0) {
      roll(from, to, through);
    }
    LocalDate today = LocalDate.ofInstant(clock.instant(), ZoneOffset.UTC);
    for (LocalDate day : new ArrayList<>(to.files(Table.REQUESTS).keySet())) {
      Instant quiet = day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant().plus(STRAGGLERS);
      if (over.getCount() > 0
          && to.files(Table.REQUESTS).getOrDefault(day, List.of()).size() > 1
          && clock.instant().isAfter(quiet)) {
        merge(from, to, day);
      }
    }
    LocalDate kept = today.minusDays(retention.get().toDays());
    if (to.files(Table.REQUESTS).lowerKey(kept) != null) {
      alone(() -> to.forget(kept));
    }
  }

  /** The last number of the segments that are to be rolled; 0: none are. */
  private long due(long position) {
    List<Spool.Segment> closed =
        spool.passed().stream().filter(segment -> segment.last() <= position).toList();
    if (closed.isEmpty()) {
      return 0;
    }
    long bytes = closed.stream().mapToLong(Spool.Segment::length).sum();
    boolean old = clock.millis() - closed.getFirst().born() > schedule.rollAge().toMillis();
    return old || bytes > schedule.rollBytes() ? closed.getLast().last() : 0;
  }

  private void roll(Rows from, Shelf to, long through) throws SQLException, IOException {
    List<Rows.Day> days = from.days(through);
    if (!days.isEmpty()) {
      to.prepare();
      for (Rows.Day day : days) {
        for (Table table : Table.values()) {
          from.copy(
              Layout.rolled(table, day.day(), through),
              to.place(table, day.day(), new Shelf.Span(day.from(), day.to())));
        }
      }
      to.decide(List.of());
      alone(
          () -> {
            to.carryOut();
            from.forget(through);
          });
    }
    spool.remove(through);
  }

  private void merge(Rows with, Shelf to, LocalDate day) throws SQLException, IOException {
    Shelf.Span span = Shelf.Span.over(to.files(Table.REQUESTS).getOrDefault(day, List.of()));
    var removed = new ArrayList<Path>();
    to.prepare();
    for (Table table : Table.values()) {
      List<Path> parts = to.files(table).getOrDefault(day, List.of());
      if (!parts.isEmpty()) {
        with.copy(Layout.merged(table, parts), to.place(table, day, span));
        removed.addAll(parts);
      }
    }
    to.decide(removed);
    alone(to::carryOut);
  }

  @FunctionalInterface
  private interface Change {
    void run() throws SQLException, IOException;
  }

  /** While nobody reads; questions wait for it, and it waits for them. */
  private void alone(Change change) throws SQLException, IOException {
    try {
      if (!changing.writeLock().tryLock(CHANGE.toMillis(), TimeUnit.MILLISECONDS)) {
        throw new IOException("a question takes too long; the files are changed later");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    try {
      change.run();
    } finally {
      changing.writeLock().unlock();
    }
  }

  /** Ends after what is under way; the spool has the rest. */
  @Override
  public void close() {
    over.countDown();
    try {
      thread.join(CLOSE);
      Rows now = rows;
      if (!thread.isAlive() && now != null) {
        now.close();
      }
      if (reader != null && !thread.isAlive()) {
        reader.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SQLException | IOException e) {
      LOG.warn("the ledger did not close: {}", Rows.line(e));
    }
  }
}
