package dev.sluice.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that writes as fast as it is told is killed at random moments, again and again; then
 * what was two seconds old is there, and nothing is there twice. {@code -Dledger.kills=50} for the
 * long version.
 */
final class LedgerCrashIT {
  private static final int KILLS = Integer.getInteger("ledger.kills", 2);
  private static final int PER_SECOND = 3_000;
  private static final int WAITING = 50_000;
  private static final long GAP = 1_000_000;

  @TempDir Path data = Path.of("");

  @Test
  void nothingIsMissingAndNothingIsTwice() throws Exception {
    var random = RandomGenerator.getDefault();
    long[] kept = new long[KILLS];
    for (int i = 0; i < KILLS; i++) {
      try (var child = new Child(data, i * GAP, PER_SECOND, WAITING)) {
        child.line("ready");
        long from = i * GAP;
        child.until(c -> c.kept() > from);
        Thread.sleep(random.nextInt(KILLS > 5 ? 3_000 : 300));
        child.kill();
        kept[i] = child.kept();
        assertThat(child.lost()).isZero();
      }
    }
    var found = new BitSet[KILLS];
    long rows = 0;
    try (Ledger ledger = Scribe.open(data, WAITING)) {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (!settled(ledger) && System.nanoTime() < end) {
        Thread.sleep(10);
      }
      assertThat(settled(ledger)).isTrue();
      assertThat(ledger.state().note()).isNull();
      Search.Cursor after = null;
      do {
        Search.Page page =
            ledger.find(
                new Search(
                    null,
                    null,
                    null,
                    null,
                    Instant.EPOCH,
                    Made.NOON.plus(9_999, ChronoUnit.DAYS),
                    after,
                    Search.MOST));
        for (RequestRecord request : page.requests()) {
          long n = Long.parseLong(request.id().substring(24), 16);
          int run = (int) (n / GAP);
          if (found[run] == null) {
            found[run] = new BitSet();
          }
          assertThat(found[run].get((int) (n % GAP))).as("%s is there twice", n).isFalse();
          found[run].set((int) (n % GAP));
          assertThat(request).isEqualTo(Made.request(n, Scribe.began(n)));
          rows++;
        }
        after = page.next();
      } while (after != null);
    }
    long promised = 0;
    for (int i = 0; i < KILLS; i++) {
      int count = (int) (kept[i] - i * GAP) + 1;
      promised += count;
      assertThat(found[i]).as("run %s", i).isNotNull();
      assertThat(found[i].nextClearBit(0)).as("run %s", i).isGreaterThanOrEqualTo(count);
      // What was younger is there in its order too: a batch is there whole or not at all.
      assertThat(found[i].cardinality()).isEqualTo(found[i].length());
    }
    System.out.printf("%d kills: %d rows, %d of them promised%n", KILLS, rows, promised);
    assertThat(List.of(rows)).allMatch(all -> all > 0);
  }

  private static boolean settled(Ledger ledger) {
    Ledger.State state = ledger.state();
    return state.open() && state.waiting() == 0 && state.spooled() == 0 && state.trouble() == null;
  }
}
