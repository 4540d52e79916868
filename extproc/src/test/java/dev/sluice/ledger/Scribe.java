package dev.sluice.ledger;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;

/**
 * A process that does nothing but write into a ledger, to be killed.
 *
 * <pre>Scribe FOLDER FIRST PER_SECOND WAITING</pre>
 *
 * <p>Its records have the numbers from FIRST on; WAITING of them may wait in memory. Says {@code
 * ready}, then, each time, {@code kept N} when all up to N are two seconds old, and how the ledger
 * is: {@code state LOST TROUBLE}; {@code open} when the database is. A line on its input ends it:
 * it waits until all is in the database and says {@code done NEXT LOST MICROS}, where MICROS is the
 * longest time that writing one record took.
 */
final class Scribe {
  private static final Duration OLD = Duration.ofSeconds(2);
  private static final Duration RETENTION = Duration.ofDays(1_000);

  private Scribe() {}

  /** The schedule at which much happens, and which is the same in service but for sizes. */
  static Schedule schedule(int waiting) {
    return new Schedule(
        Duration.ofMillis(50),
        Duration.ofMillis(200),
        1_000,
        256 << 10,
        Duration.ofMinutes(10),
        1 << 20,
        Duration.ofHours(1),
        1L << 30,
        waiting,
        64L << 20,
        Duration.ofMillis(100));
  }

  static Ledger open(Path folder, int waiting) {
    return Ledger.open(folder, schedule(waiting), () -> RETENTION, InstantSource.system());
  }

  /** A record is five a second, so that many are a day. */
  static Instant began(long n) {
    return Made.NOON.plusMillis(200 * n);
  }

  private record Written(long n, long nanos) {}

  public static void main(String[] arguments) throws Exception {
    long n = Long.parseLong(arguments[1]);
    int perSecond = Integer.parseInt(arguments[2]);
    try (Ledger ledger = open(Path.of(arguments[0]), Integer.parseInt(arguments[3]))) {
      System.out.println("ready");
      var asked = Thread.ofPlatform().daemon().start(Scribe::listen);
      var young = new ArrayDeque<Written>();
      long begun = System.nanoTime();
      long first = n;
      long longest = 0;
      long told = 0;
      boolean open = false;
      while (asked.isAlive()) {
        long due = first + (System.nanoTime() - begun) * perSecond / 1_000_000_000;
        for (; n < due; n++) {
          RequestRecord record = Made.request(n, began(n));
          long before = System.nanoTime();
          ledger.write(record);
          long after = System.nanoTime();
          longest = Math.max(longest, after - before);
          young.add(new Written(n, after));
        }
        long kept = -1;
        while (!young.isEmpty() && System.nanoTime() - young.getFirst().nanos() > OLD.toNanos()) {
          kept = young.removeFirst().n();
        }
        if (kept >= 0) {
          System.out.println("kept " + kept);
        }
        if (System.nanoTime() - told > 100_000_000) {
          told = System.nanoTime();
          Ledger.State state = ledger.state();
          System.out.println("state " + state.lost() + " " + state.trouble());
          if (state.open() && !open) {
            open = true;
            System.out.println("open");
          }
        }
        Thread.sleep(1);
      }
      while (ledger.state().waiting() > 0 || ledger.state().spooled() > 0) {
        Thread.sleep(10);
      }
      System.out.println("done " + n + " " + ledger.state().lost() + " " + longest / 1_000);
    }
  }

  private static void listen() {
    try (var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      var _ = in.readLine();
    } catch (IOException _) {
      // Nobody will ask any more.
    }
  }
}
