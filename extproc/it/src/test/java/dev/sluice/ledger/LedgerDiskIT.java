package dev.sluice.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/**
 * A disk that takes no more: the kernel refuses every write beyond a size ({@code RLIMIT_FSIZE}) to
 * a process that writes on.
 */
@Execution(ExecutionMode.CONCURRENT)
final class LedgerDiskIT {
  private static final int PER_SECOND = 1_000;
  private static final int WAITING = 2_000;
  private static final long SLOWEST_MICROS = 250_000;

  @TempDir Path data = Path.of("");

  private static void room(long pid, String bytes) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder("prlimit", "--pid", Long.toString(pid), "--fsize=" + bytes + ":")
            .inheritIO()
            .start();
    assertThat(process.waitFor()).isZero();
  }

  /**
   * Neither the database nor Parquet can be written, but segments of the spool, which are small.
   */
  @Test
  void theDatabaseIsFullAndRecordsWaitInTheSpool() throws Exception {
    try (var child = new Child(data, 0, PER_SECOND, 10 * WAITING)) {
      child.line("open");
      child.until(c -> c.kept() > 0);
      room(child.pid(), "1000000");
      child.until(c -> !c.trouble().equals("null"));
      String trouble = child.trouble();
      long then = child.kept();
      child.until(c -> c.kept() > then + 3L * PER_SECOND);
      room(child.pid(), "unlimited");
      String[] done = child.stop().split(" ", -1);
      assertThat(trouble).doesNotContain("records cannot be written");
      assertThat(done[2]).as("lost").isEqualTo("0");
      assertThat(Long.parseLong(done[3])).isLessThan(SLOWEST_MICROS);
      assertThat(rows()).isEqualTo(Long.parseLong(done[1]));
    }
  }

  /** Nothing can be written: what memory does not take either is counted. */
  @Test
  void theSpoolIsFullAndWhatIsLostIsCounted() throws Exception {
    try (var child = new Child(data, 0, PER_SECOND, WAITING)) {
      child.line("open");
      child.until(c -> c.kept() > 0);
      room(child.pid(), "0");
      child.until(c -> c.lost() > 1_000);
      assertThat(child.trouble()).contains("records cannot be written", "more requests end than");
      room(child.pid(), "unlimited");
      child.until(c -> c.trouble().equals("null"));
      String[] done = child.stop().split(" ", -1);
      long written = Long.parseLong(done[1]);
      long lost = Long.parseLong(done[2]);
      assertThat(Long.parseLong(done[3])).isLessThan(SLOWEST_MICROS);
      assertThat(rows()).isEqualTo(written - lost);
    }
  }

  private long rows() throws Exception {
    try (Ledger ledger = Scribe.open(data, WAITING)) {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
      while (System.nanoTime() < end
          && (!ledger.state().open()
              || ledger.state().spooled() > 0
              || ledger.state().trouble() != null)) {
        Thread.sleep(10);
      }
      Instant from = Made.NOON.minus(1, ChronoUnit.DAYS);
      Usage usage =
          ledger.usage(
              new Usage.Question(
                  java.util.List.of(),
                  java.util.Map.of(),
                  from,
                  from.plus(99, ChronoUnit.DAYS),
                  null,
                  1));
      return usage.rows().getFirst().requests();
    }
  }
}
