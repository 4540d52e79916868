package dev.sluice.ledger;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * What writing costs: so many records a second beside a question every ten seconds.
 *
 * <pre>mvn -pl extproc -am -P ledger-load process-test-classes [-Dledger.minutes=10]</pre>
 *
 * <p>A request stands for a thread that is woken when it is due, makes its record and writes it;
 * its time is from when it was due, so that whatever the ledger's own threads and questions take
 * from the machine is in it. The line {@code without} is a minute of the same without a ledger;
 * what is more than that is what the ledger adds. Then a line a minute, with memory after a
 * collection.
 */
final class Load {
  private static final int PER_SECOND = 1_000;
  private static final int MINUTE = 60 * PER_SECOND;
  private static final long ASK_NANOS = 10_000_000_000L;

  private Load() {}

  private static volatile boolean over;
  private static final AtomicInteger ASKED = new AtomicInteger();
  private static volatile long slowest;

  public static void main(String[] arguments) throws Exception {
    double minutes = Double.parseDouble(arguments[0]);
    Path folder = Path.of(arguments[1]);
    System.out.println(
        " minute   p50 µs   p99 µs  p99.9 µs    max µs  write p99 µs  heap MiB  RSS MiB  GCs  GC"
            + " ms");
    pace(null, new long[MINUTE], new long[MINUTE], "without");
    try (Ledger ledger = Ledger.open(folder, () -> Duration.ofDays(90), InstantSource.system())) {
      Thread asking = Thread.ofPlatform().daemon().start(() -> ask(ledger));
      long[] all = new long[(int) Math.round(minutes * MINUTE)];
      long[] writes = new long[all.length];
      pace(ledger, all, writes, null);
      say("all", all, writes);
      over = true;
      asking.join();
      while (ledger.state().waiting() > 0 || ledger.state().spooled() > 0) {
        Thread.sleep(10);
      }
      Usage usage = usage(ledger);
      System.out.printf(
          "%d questions, the slowest %d ms; %d of %d records in the ledger, lost %d%n",
          ASKED.get(),
          slowest,
          usage.rows().stream().mapToLong(Usage.Row::requests).sum(),
          all.length,
          ledger.state().lost());
    }
  }

  /**
   * Lets requests come at their pace.
   *
   * @param ledger null: none, and one line with this name at the end
   */
  private static void pace(
      @Nullable Ledger ledger, long[] all, long[] writes, @Nullable String name) throws Exception {
    long begun = System.nanoTime();
    for (int n = 0; n < all.length; n++) {
      long due = begun + n * (1_000_000_000L / PER_SECOND);
      while (System.nanoTime() < due) {
        LockSupport.parkNanos(due - System.nanoTime());
      }
      RequestRecord record = Made.request(n, Instant.now());
      long before = System.nanoTime();
      if (ledger != null) {
        ledger.write(record);
      } else if (record.id().isEmpty()) {
        throw new IllegalStateException("every request has an id");
      }
      long after = System.nanoTime();
      writes[n] = after - before;
      all[n] = after - due;
      if (name == null && (n + 1) % MINUTE == 0) {
        int from = n + 1 - MINUTE;
        say(
            Integer.toString((n + 1) / MINUTE),
            Arrays.copyOfRange(all, from, n + 1),
            Arrays.copyOfRange(writes, from, n + 1));
        // What saying it took is nobody's lateness.
        begun += System.nanoTime() - after;
      }
    }
    if (name != null) {
      say(name, all, writes);
    }
  }

  private static void ask(Ledger ledger) {
    while (!over) {
      LockSupport.parkNanos(ASK_NANOS);
      long before = System.nanoTime();
      try {
        var _ = usage(ledger);
        var _ =
            ledger.find(
                new Search(
                    null,
                    "alice",
                    null,
                    502,
                    Instant.now().minusSeconds(3_600),
                    Instant.now(),
                    null,
                    50));
      } catch (Unavailable e) {
        System.out.println(e.getMessage());
      }
      slowest = Math.max(slowest, (System.nanoTime() - before) / 1_000_000);
      ASKED.incrementAndGet();
    }
  }

  private static Usage usage(Ledger ledger) throws Unavailable {
    return ledger.usage(
        new Usage.Question(
            List.of(Dimension.KEY, Dimension.MODEL),
            Map.of(),
            Instant.now().minus(Duration.ofHours(3)),
            Instant.now(),
            Usage.Per.HOUR,
            1_000));
  }

  private static void say(String minute, long[] nanos, long[] writes) throws Exception {
    Arrays.sort(nanos);
    Arrays.sort(writes);
    long count = 0;
    long millis = 0;
    for (var collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      count += collector.getCollectionCount();
      millis += collector.getCollectionTime();
    }
    System.gc();
    System.out.printf(
        "%7s  %7.1f  %7.1f  %8.1f  %8.0f  %12.1f  %8d  %7d  %3d  %5d%n",
        minute,
        at(nanos, 0.5),
        at(nanos, 0.99),
        at(nanos, 0.999),
        nanos[nanos.length - 1] / 1e3,
        at(writes, 0.99),
        ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() >> 20,
        rss(),
        count,
        millis);
  }

  private static double at(long[] sorted, double share) {
    return sorted[(int) (sorted.length * share)] / 1e3;
  }

  private static long rss() throws Exception {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) >> 10)
        .sum();
  }
}
