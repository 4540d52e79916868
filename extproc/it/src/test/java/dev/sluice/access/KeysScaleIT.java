package dev.sluice.access;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.access.Directory.Entry;
import dev.sluice.access.Secret.Digest;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Limits;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** How long a check of one among 100,000 keys takes; it prints what it measures. */
@Tag("alone")
@Timeout(120)
final class KeysScaleIT {
  private static final int KEYS = 100_000;
  private static final int HOT = 1_000;
  private static final int CHECKS = 2_000_000;

  @TempDir Path folder;

  @Test
  void aHundredThousandKeys() throws Exception {
    var secrets = new ArrayList<String>(KEYS);
    Catalog catalog = House.catalog();
    Store store = Store.sqlite(folder);
    store.write(
        c -> {
          var random = new SecureRandom();
          for (int i = 0; i < KEYS; i++) {
            String secret = Secret.generate(random);
            secrets.add(secret);
            Rows.insert(
                c,
                new Entry(
                    House.key("key" + i, new Limits(60, 0, 0), "50 USD/month"),
                    Secret.hint(secret),
                    House.NOON,
                    null),
                Digest.of(Secret.sha256(secret)));
          }
          return true;
        });
    store.close();
    Collections.shuffle(secrets, new Random(1));

    long began = System.nanoTime();
    var access =
        Access.open(new Access.Places(folder, null, null), () -> catalog, InstantSource.system());
    Verdict first = access.keys().find(catalog, secrets.getFirst()).get(10, TimeUnit.SECONDS);
    long start = System.nanoTime() - began;
    assertThat(first).isInstanceOf(Opened.class);

    long[] disk = new long[10_000];
    for (int i = 0; i < disk.length; i++) {
      long before = System.nanoTime();
      Verdict found = access.keys().find(catalog, secrets.get(i + 1)).join();
      disk[i] = System.nanoTime() - before;
      assertThat(found).isInstanceOf(Opened.class);
    }
    Arrays.sort(disk);

    List<String> hot = secrets.subList(1, HOT + 1);
    long memory = Long.MAX_VALUE;
    for (int round = 0; round < 5; round++) {
      began = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
      int opened = 0;
      for (int i = 0; i < CHECKS; i++) {
        opened += access.keys().find(catalog, hot.get(i % HOT)).join() instanceof Opened ? 1 : 0;
      }
      long took = ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime() - began;
      memory = Math.min(memory, took / CHECKS);
      assertThat(opened).isEqualTo(CHECKS);
    }
    access.close();
    System.out.printf(
        "100,000 keys: first check %d ms after opening; from disk %d µs at the median, %d µs at"
            + " p99; from memory %d ns of a core%n",
        start / 1_000_000,
        disk[disk.length / 2] / 1000,
        disk[disk.length * 99 / 100] / 1000,
        memory);
    assertThat(Duration.ofNanos(start)).isLessThan(Duration.ofSeconds(5));
    assertThat(Duration.ofNanos(disk[disk.length / 2])).isLessThan(Duration.ofMillis(1));
    assertThat(memory).isLessThan(1_000);
  }
}
