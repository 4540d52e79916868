package dev.sluice.exchange;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after what earlier processes could not tell: reads Envoy's journal in the first time after
 * a start, listens to its access log for what ends later, and empties the journal when no earlier
 * process can have written in it what is not told.
 */
public final class Recovery implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Recovery.class);

  /** Envoy writes the journal after 10 s at the latest. */
  private static final Duration READING = Duration.ofSeconds(20);

  private static final Duration TURN = Duration.ofMillis(500);
  private static final Duration CLOSE = Duration.ofSeconds(2);

  private final Bills bills;
  private final @Nullable Journal journal;
  private final @Nullable Orphans orphans;
  private final CountDownLatch over = new CountDownLatch(1);
  private final Thread thread;
  private boolean troubled;

  Recovery(Bills bills, @Nullable Path journal, @Nullable Orphans orphans) {
    this.bills = bills;
    this.journal = journal == null ? null : new Journal(journal);
    this.orphans = orphans;
    this.thread = Thread.ofPlatform().daemon().name("recovery").unstarted(this::run);
    thread.start();
  }

  /** An attempt is over that another process began. */
  void heard(Entry entry) {
    Orphans telling = orphans;
    if (telling != null) {
      telling.heard(entry);
    }
  }

  private void run() {
    long began = System.nanoTime();
    boolean last = false;
    while (!last) {
      try {
        Journal file = journal;
        boolean reading = System.nanoTime() - began < READING.toNanos();
        if (file != null && reading && orphans != null) {
          file.read(line -> !bills.own(line), this::heard);
        } else if (file != null) {
          file.empty(Journal.LARGE);
        }
        if (orphans != null) {
          orphans.settle();
        }
        troubled = false;
      } catch (IOException | RuntimeException e) {
        if (!troubled) {
          troubled = true;
          LOG.error("what an earlier process left is not told yet: {}", e.toString());
        }
      }
      last = pause();
    }
  }

  private boolean pause() {
    try {
      return over.await(TURN.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      return true;
    }
  }

  /** Tells no more; what is left is for the next process. */
  @Override
  public void close() {
    over.countDown();
    try {
      thread.join(CLOSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
