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

/**
 * What writing costs: so many records a second beside a question every ten seconds.
 *
 * <pre>mvn -pl extproc -am -P ledger-load process-test-classes [-Dledger.minutes=10]</pre>
 *
 * <p>A line a minute: how long {@link Ledger#write} took, memory after a collection, collections.
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
    int minutes = Integer.parseInt(arguments[0]);
    Path folder = Path.of(arguments[1]);
    try (Ledger ledger = Ledger.open(folder, () -> Duration.ofDays(90), InstantSource.system())) {
      Thread asking = Thread.ofPlatform().daemon().start(() -> ask(ledger));
      long[] all = new long[minutes * MINUTE];
      System.out.println("minute  p50 µs  p99 µs  p99.9 µs  max µs  heap MiB  RSS MiB  GCs  GC ms");
      long begun = System.nanoTime();
      for (int n = 0; n < all.length; n++) {
        long due = begun + n * (1_000_000_000L / PER_SECOND);
        while (System.nanoTime() < due) {
          LockSupport.parkNanos(due - System.nanoTime());
        }
        RequestRecord record = Made.request(n, Instant.now());
        long before = System.nanoTime();
        ledger.write(record);
        all[n] = System.nanoTime() - before;
        if ((n + 1) % MINUTE == 0) {
          say(Integer.toString((n + 1) / MINUTE), Arrays.copyOfRange(all, n + 1 - MINUTE, n + 1));
        }
      }
      say("all", all);
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

  private static void say(String minute, long[] nanos) throws Exception {
    Arrays.sort(nanos);
    long count = 0;
    long millis = 0;
    for (var collector : ManagementFactory.getGarbageCollectorMXBeans()) {
      count += collector.getCollectionCount();
      millis += collector.getCollectionTime();
    }
    System.gc();
    System.out.printf(
        "%6s  %6.1f  %6.1f  %8.1f  %6.0f  %8d  %7d  %3d  %5d%n",
        minute,
        at(nanos, 0.5),
        at(nanos, 0.99),
        at(nanos, 0.999),
        nanos[nanos.length - 1] / 1e3,
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
