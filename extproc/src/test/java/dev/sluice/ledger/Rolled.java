package dev.sluice.ledger;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.stream.Stream;

/** A ledger's rows in Parquet, where the ledger itself would have let an hour pass. */
public final class Rolled {
  private Rolled() {}

  /**
   * Everything that stands in the Parquet files that the ledger makes of what it has, and their
   * bytes.
   *
   * @param data of a process that is over; it is not changed
   */
  public static String of(Path data) throws Exception {
    Path copy = Files.createTempDirectory("rolled");
    try {
      copy(data.resolve("ledger"), copy.resolve("ledger"));
      try (Ledger _ =
          Ledger.open(
              copy,
              Made.quick(1, 1),
              () -> Duration.ofDays(90),
              InstantSource.offset(InstantSource.system(), Duration.ofHours(2)))) {
        long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
        while (files(copy).stream().noneMatch(file -> file.toString().contains("attempts"))) {
          if (System.nanoTime() > end) {
            throw new IOException("nothing was rolled");
          }
          Thread.sleep(20);
        }
      }
      return said(files(copy));
    } finally {
      try (Stream<Path> all = Files.walk(copy)) {
        for (Path one : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.delete(one);
        }
      }
    }
  }

  private static String said(List<Path> files) throws Exception {
    var text = new StringBuilder();
    try (var connection = DriverManager.getConnection("jdbc:duckdb:");
        var statement = connection.createStatement()) {
      for (Path file : files) {
        text.append(Files.readString(file, StandardCharsets.ISO_8859_1)).append('\n');
        try (var rows =
            statement.executeQuery("SELECT t::VARCHAR FROM read_parquet('" + file + "') t")) {
          while (rows.next()) {
            text.append(rows.getString(1)).append('\n');
          }
        }
      }
    }
    return text.toString();
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(file -> file.toString().matches(".*/day=[^/]*/[^/]*\\.parquet")).toList();
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path one : all.toList()) {
        Path there = to.resolve(from.relativize(one).toString());
        if (Files.isDirectory(one)) {
          Files.createDirectories(there);
        } else {
          Files.copy(one, there);
        }
      }
    }
  }
}
