package dev.sluice.ledger;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happened. Each request is a line of JSON in the log named {@code sluice.requests} and, where
 * there is a folder for it, a row that questions find a second later. Never a credential; bodies
 * are in the row alone, where a group asks for them.
 *
 * <p>A record waits in memory for at most {@link Schedule#flush} and is then in the spool, on the
 * disk; from there it goes into the database and into Parquet. What memory or the disk does not
 * take is lost, counted, and told by {@link #state}. Safe for several threads.
 */
public final class Ledger implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger("sluice.requests");
  private static final Logger OWN = LoggerFactory.getLogger(Ledger.class);
  private static final Duration RECENT = Duration.ofHours(1);
  private static final Duration CLOSE = Duration.ofSeconds(3);
  private static final Duration CATCH_UP = Duration.ofSeconds(10);
  private static final Duration TURN = Duration.ofMillis(20);
  private static final int BATCH = 500;
  private static final int RECORD_BYTES = 600;
  private static final int ATTEMPT_BYTES = 400;

  private final @Nullable Path folder;
  private final Schedule schedule;
  private final Supplier<Duration> retention;
  private final InstantSource clock;
  private final ConcurrentLinkedQueue<RequestRecord> queue = new ConcurrentLinkedQueue<>();
  private final AtomicLong accepted = new AtomicLong();
  private final AtomicLong handled = new AtomicLong();
  private final AtomicLong waiting = new AtomicLong();
  private final AtomicLong waitingBytes = new AtomicLong();
  private final AtomicLong lost = new AtomicLong();
  private final CountDownLatch over = new CountDownLatch(1);
  private final CountDownLatch opened = new CountDownLatch(1);
  private final Thread thread;
  private volatile @Nullable Spool spool;
  private volatile @Nullable Bookkeeper books;
  private volatile @Nullable String trouble;
  private volatile @Nullable String losing;
  private volatile boolean closed;

  /**
   * How it is.
   *
   * @param place the folder; {@code log} where there is none
   * @param open whether it has been opened; until then records wait in memory
   * @param waiting records in memory that are not on the disk yet
   * @param spooled bytes in the spool that are not in the database yet
   * @param lost records that were not kept although they should have been, since the start
   * @param trouble why records wait or are being lost now; null: all is well
   * @param note what happened since the start that people should know; null: nothing
   */
  public record State(
      String place,
      boolean open,
      long waiting,
      long spooled,
      long lost,
      @Nullable String trouble,
      @Nullable String note) {}

  private Ledger(
      @Nullable Path folder, Schedule schedule, Supplier<Duration> retention, InstantSource clock) {
    this.folder = folder;
    this.schedule = schedule;
    this.retention = retention;
    this.clock = clock;
    this.thread = Thread.ofPlatform().daemon().name("ledger").unstarted(this::run);
    thread.start();
  }

  /**
   * Opens the ledger in the folder {@code ledger} of {@code data}, in the background: records are
   * taken at once, and wait until it is open.
   *
   * @param data null: requests are in the log alone
   * @param retention of the moment; days of requests that are older are thrown away
   */
  public static Ledger open(
      @Nullable Path data, Supplier<Duration> retention, InstantSource clock) {
    return new Ledger(
        data == null ? null : data.resolve("ledger"), Schedule.USUAL, retention, clock);
  }

  /** The same at another schedule. */
  static Ledger open(
      Path data, Schedule schedule, Supplier<Duration> retention, InstantSource clock) {
    return new Ledger(data.resolve("ledger"), schedule, retention, clock);
  }

  /** Keeps it soon. Never waits, never throws. */
  public void write(RequestRecord record) {
    long bytes = weight(record);
    if (closed) {
      lost.incrementAndGet();
    } else if (waiting.incrementAndGet() > schedule.waiting()) {
      waiting.decrementAndGet();
      lose();
    } else if (waitingBytes.addAndGet(bytes) > schedule.waitingBytes()) {
      waitingBytes.addAndGet(-bytes);
      waiting.decrementAndGet();
      lose();
    } else {
      accepted.incrementAndGet();
      queue.add(record);
    }
  }

  private void lose() {
    lost.incrementAndGet();
    losing = "more requests end than can be written";
  }

  private static long weight(RequestRecord record) {
    return RECORD_BYTES
        + record.decisions().length()
        + record.model().length()
        + record.bodies().length()
        + (long) ATTEMPT_BYTES * record.attempts().size();
  }

  /** How it is. */
  public State state() {
    Bookkeeper keeper = books;
    String says =
        Stream.of(trouble, losing, keeper == null ? null : keeper.trouble())
            .flatMap(Stream::ofNullable)
            .collect(Collectors.joining("; "));
    String notes = keeper == null ? null : keeper.note();
    if (keeper != null && keeper.unreadable() > 0) {
      String unread = keeper.unreadable() + " places of the spool could not be read";
      notes = notes == null ? unread : notes + "; " + unread;
    }
    return new State(
        folder == null ? "log" : folder.toString(),
        folder == null || keeper != null,
        waiting.get(),
        keeper == null ? 0 : keeper.behind(),
        lost.get(),
        says.isEmpty() ? null : says,
        notes);
  }

  // ---- questions

  /**
   * What was used. May take seconds; not for an event loop.
   *
   * @throws Unavailable there is no ledger, or no answer in time
   */
  public Usage usage(Usage.Question question) throws Unavailable {
    return keeper().ask(answers -> answers.usage(question));
  }

  /**
   * Finds requests. May take seconds; not for an event loop.
   *
   * @throws Unavailable there is no ledger, or no answer in time
   */
  public Search.Page find(Search search) throws Unavailable {
    return keeper().ask(answers -> answers.search(search));
  }

  /**
   * The attempts of the last hour, oldest end first, at most a hundred of each channel, URL,
   * account and model, 10,000 in all. Knows all that earlier processes have written, like {@link
   * #known}; not for an event loop.
   *
   * @throws Unavailable there is no ledger, or it cannot be read now
   */
  public List<Sample> statistics() throws Unavailable {
    Instant now = clock.instant();
    return caughtUp().ask(answers -> answers.samples(now.minus(RECENT), now));
  }

  /**
   * When the attempts of these requests began that are in the ledger, by their requests' ids. Knows
   * all that earlier processes have written; waits until it does, so not for an event loop.
   *
   * @param from no attempt of them began before
   * @throws Unavailable there is no ledger, or it cannot be read now
   */
  public Map<String, Set<Instant>> known(Collection<String> requests, Instant from)
      throws Unavailable {
    Bookkeeper keeper = caughtUp();
    var known = new HashMap<String, Set<Instant>>();
    List<String> all = List.copyOf(requests);
    for (int i = 0; i < all.size(); i += BATCH) {
      List<String> some = all.subList(i, Math.min(all.size(), i + BATCH));
      known.putAll(keeper.ask(answers -> answers.known(some, from, clock.instant())));
    }
    return known;
  }

  /**
   * What requests came to that began in a span of time. Knows all that was written before it is
   * asked, by earlier processes and this one; waits seconds for it, so not for an event loop.
   *
   * @param to excluded
   * @throws Unavailable there is no ledger, or it cannot be read now
   */
  public List<Charge> charges(Instant from, Instant to) throws Unavailable {
    Bookkeeper keeper = keeper();
    long mark = accepted.get();
    until(() -> handled.get() >= mark);
    Spool written = spool;
    long taken = written == null ? 0 : written.taken();
    until(() -> keeper.holds(taken));
    return keeper.ask(answers -> answers.charges(from, to));
  }

  private static void until(BooleanSupplier done) throws Unavailable {
    long end = System.nanoTime() + CATCH_UP.toNanos();
    try {
      while (!done.getAsBoolean()) {
        if (System.nanoTime() - end > 0) {
          throw new Unavailable("what was written a moment ago is not in the database yet.");
        }
        Thread.sleep(TURN);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unavailable("the gateway is stopping.", e);
    }
  }

  private Bookkeeper caughtUp() throws Unavailable {
    Bookkeeper keeper = keeper();
    if (!keeper.caughtUp()) {
      throw new Unavailable("what was written before is still being read.");
    }
    return keeper;
  }

  private Bookkeeper keeper() throws Unavailable {
    if (folder == null) {
      throw new Unavailable("requests are not kept; start the gateway with --data DIR.");
    }
    try {
      var _ = opened.await(CLOSE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Bookkeeper keeper = books;
    if (keeper == null) {
      throw new Unavailable("the ledger cannot be opened: " + trouble + ".");
    }
    return keeper;
  }

  // ---- the thread that writes the spool

  private void run() {
    var batch = new ArrayList<RequestRecord>();
    boolean last = false;
    while (!last) {
      last = pause();
      if (folder == null || open(folder)) {
        do {
          if (batch.isEmpty()) {
            gather(batch);
          }
        } while (!batch.isEmpty() && put(batch) && !queue.isEmpty());
      }
    }
    if (!batch.isEmpty() || !queue.isEmpty()) {
      lost.addAndGet(waiting.get());
      OWN.error("{} records are lost: {}", waiting.get(), trouble);
    }
  }

  /** Waits for the next turn; whether it is the last. */
  private boolean pause() {
    try {
      return over.await(schedule.flush().toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      return true;
    }
  }

  private void gather(List<RequestRecord> batch) {
    while (batch.size() < BATCH) {
      RequestRecord record = queue.poll();
      if (record == null) {
        return;
      }
      say(record);
      batch.add(record);
    }
  }

  /** Puts a batch into the spool, or leaves it as it is; whether it is there. */
  private boolean put(List<RequestRecord> batch) {
    Spool to = spool;
    if (to != null) {
      try {
        to.append(batch);
      } catch (IOException e) {
        failed(e);
        return false;
      } catch (RuntimeException e) {
        failed(e);
        drop(batch);
        return false;
      }
    }
    handled.addAndGet(batch.size());
    waiting.addAndGet(-batch.size());
    waitingBytes.addAndGet(-batch.stream().mapToLong(Ledger::weight).sum());
    batch.clear();
    trouble = null;
    losing = null;
    return true;
  }

  /** Takes records out that cannot be written at all, so that the others can. */
  private void drop(List<RequestRecord> batch) {
    for (RequestRecord record : List.copyOf(batch)) {
      try {
        Frames.write(new Framing(RECORD_BYTES), 0, record);
      } catch (RuntimeException e) {
        OWN.error("request {} cannot be written: {}", record.id(), Rows.line(e));
        batch.remove(record);
        handled.incrementAndGet();
        waiting.decrementAndGet();
        waitingBytes.addAndGet(-weight(record));
        lost.incrementAndGet();
      }
    }
  }

  private boolean open(Path folder) {
    Spool now = spool;
    if (now != null) {
      now.turn(false);
      return true;
    }
    try {
      now = Spool.open(folder.resolve("spool"), schedule, clock);
    } catch (IOException | RuntimeException e) {
      failed(e);
      return false;
    }
    spool = now;
    books = new Bookkeeper(folder, now, schedule, retention, clock);
    trouble = null;
    opened.countDown();
    return true;
  }

  private void failed(Exception e) {
    String why = "records cannot be written (" + Rows.line(e) + ")";
    if (!why.equals(trouble)) {
      OWN.error("{}", why);
    }
    trouble = why;
  }

  private static void say(RequestRecord record) {
    if (LOG.isInfoEnabled()) {
      LOG.info(Line.of(record));
    }
  }

  /** Writes what waits and ends. */
  @Override
  public void close() {
    closed = true;
    over.countDown();
    try {
      thread.join(CLOSE);
      Bookkeeper keeper = books;
      if (keeper != null) {
        keeper.close();
      }
      Spool now = spool;
      if (now != null && !thread.isAlive()) {
        now.close();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      OWN.warn("the spool did not close: {}", e.getMessage());
    }
  }
}
