package dev.sluice.ledger;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;
import org.jspecify.annotations.Nullable;

/**
 * The newest rows, in DuckDB, with the number of the last request that is in here. All of it can be
 * had again from the spool, so a broken file costs time and nothing else. One thread writes.
 */
final class Rows implements AutoCloseable {
  private static final String FILE = "ledger.duckdb";
  private static final Path MAPS = Path.of("/proc/self/maps");
  private static final int VERSION = 2;
  private static final int FIRST_VERSION = 1;

  /** Threads of all queries together. */
  private static final int THREADS =
      Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, 4);

  private static final String MEMORY = "512MB";
  private static final String LOG = "32MB";

  private final DuckDBConnection connection;
  private long position;

  private Rows(DuckDBConnection connection) throws SQLException {
    this.connection = connection;
    try (Statement statement = connection.createStatement()) {
      for (String create : Layout.create()) {
        statement.execute(create);
      }
      try (ResultSet place = statement.executeQuery("SELECT version, position FROM place")) {
        if (place.next()) {
          int version = place.getInt(1);
          if (version < FIRST_VERSION || version > VERSION) {
            throw new SQLException("it is of version " + version + ", not " + VERSION);
          }
          position = place.getLong(2);
          if (version == VERSION) {
            return;
          }
        } else {
          statement.execute("INSERT INTO place VALUES (" + FIRST_VERSION + ", 0)");
        }
      }
      for (String step : Layout.bodies()) {
        statement.execute(step);
      }
      statement.execute("UPDATE place SET version = " + VERSION);
    }
  }

  /**
   * Opens the file in a folder, which is made where there is none.
   *
   * @throws SQLException it cannot be had; {@link #broken} says whether that is the file's fault
   */
  static Rows open(Path folder) throws SQLException, IOException {
    Path spill = folder.resolve("tmp");
    Files.createDirectories(spill);
    var settings = new Properties();
    settings.setProperty("threads", Integer.toString(THREADS));
    settings.setProperty("memory_limit", MEMORY);
    settings.setProperty("temp_directory", spill.toString());
    settings.setProperty("checkpoint_threshold", LOG);
    settings.setProperty("autoinstall_known_extensions", "false");
    settings.setProperty("autoload_known_extensions", "false");
    DuckDBConnection connection;
    try {
      connection =
          DriverManager.getConnection("jdbc:duckdb:" + folder.resolve(FILE), settings)
              .unwrap(DuckDBConnection.class);
    } catch (LinkageError e) {
      Throwable why = e.getCause() == null ? e : e.getCause();
      throw new IOException(
          "DuckDB's library does not load, so records wait until extproc is started again: " + why,
          e);
    }
    unlink();
    try (Statement statement = connection.createStatement()) {
      if (!text(statement, "SELECT current_setting('lock_configuration')").equals("true")) {
        String place = folder.toString().replace("'", "''");
        statement.execute("SET allowed_directories = ['" + place + "/']");
        statement.execute("SET enable_external_access = false");
        statement.execute("SET lock_configuration = true");
      }
      return new Rows(connection);
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  /**
   * The driver unpacks its library into the folder for temporary files and removes it when the
   * process ends, which one that is killed does not do. Linux needs no name for what is mapped.
   */
  private static void unlink() throws IOException {
    if (Files.isReadable(MAPS)) {
      for (String line : Files.readAllLines(MAPS)) {
        int path = line.indexOf('/');
        if (path > 0 && line.matches(".*/libduckdb_java[^/]*\\.so")) {
          Files.deleteIfExists(Path.of(line.substring(path)));
        }
      }
    }
  }

  /**
   * Puts the file aside, in place of one that was put aside before.
   *
   * @return where it is now
   */
  static Path setAside(Path folder) throws IOException {
    Path aside = folder.resolve(FILE + ".broken");
    for (String suffix : List.of("", ".wal")) {
      Path file = folder.resolve(FILE + suffix);
      Path to = folder.resolve(FILE + ".broken" + suffix);
      if (Files.exists(file)) {
        Files.move(file, to, StandardCopyOption.REPLACE_EXISTING);
      } else {
        Files.deleteIfExists(to);
      }
    }
    return aside;
  }

  /** Whether it is the file's fault, and not that of the disk, the memory or the machine. */
  static boolean broken(SQLException e) {
    String message = String.valueOf(e.getMessage());
    return Stream.of(
            "not a valid DuckDB database",
            "Corrupt",
            "checksum",
            "Serialization Error",
            "INTERNAL Error",
            "older version",
            "newer version",
            "it is of version")
        .anyMatch(message::contains);
  }

  /** What went wrong, in one line. */
  static String line(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("").strip();
  }

  /** Another connection to the same tables, for reading; to be closed. */
  DuckDBConnection reading() throws SQLException {
    return connection.duplicate().unwrap(DuckDBConnection.class);
  }

  /** The number of the last request that is in here, or was. */
  long position() {
    return position;
  }

  /** Takes all of these, or none. */
  void append(List<Frames.Numbered> records) throws SQLException {
    long last = records.getLast().number();
    transaction(
        () -> {
          try (DuckDBAppender requests = connection.createAppender("requests");
              DuckDBAppender attempts = connection.createAppender("attempts")) {
            for (Frames.Numbered numbered : records) {
              request(requests, numbered.number(), numbered.record());
              for (AttemptRecord attempt : numbered.record().attempts()) {
                attempt(attempts, numbered.number(), numbered.record(), attempt);
              }
            }
          }
          move(last);
        });
    position = last;
  }

  /** Forgets everything up to a number, and that it was missing. */
  void forget(long through) throws SQLException {
    long to = Math.max(position, through);
    transaction(
        () -> {
          run("DELETE FROM requests WHERE number <= " + through);
          run("DELETE FROM attempts WHERE number <= " + through);
          move(to);
        });
    position = to;
  }

  private void move(long to) throws SQLException {
    run("UPDATE place SET position = " + to);
  }

  /** Writes what a query finds into a file. */
  void copy(String query, Path file) throws SQLException {
    run(
        "COPY (%s) TO '%s' (FORMAT parquet, COMPRESSION zstd)"
            .formatted(query, file.toString().replace("'", "''")));
  }

  /**
   * What there is up to a number, by the day of the requests.
   *
   * @param from the least number of that day
   * @param to the greatest
   */
  record Day(LocalDate day, long from, long to) {}

  List<Day> days(long through) throws SQLException {
    var days = new ArrayList<Day>();
    try (Statement statement = connection.createStatement();
        ResultSet found =
            statement.executeQuery(
                "SELECT began::DATE, min(number), max(number) FROM requests WHERE number <= "
                    + through
                    + " GROUP BY ALL ORDER BY ALL")) {
      while (found.next()) {
        days.add(new Day(found.getObject(1, LocalDate.class), found.getLong(2), found.getLong(3)));
      }
    }
    return days;
  }

  @FunctionalInterface
  private interface Work {
    void run() throws SQLException;
  }

  /**
   * The driver would begin a transaction with the first statement, but not with an appender: that
   * one would commit by itself. So it is begun in words.
   */
  private void transaction(Work work) throws SQLException {
    run("BEGIN TRANSACTION");
    try {
      work.run();
      run("COMMIT");
    } catch (SQLException e) {
      try {
        run("ROLLBACK");
      } catch (SQLException _) {
        // It has been rolled back by itself.
      }
      throw e;
    }
  }

  private void run(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static String text(Statement statement, String query) throws SQLException {
    try (ResultSet found = statement.executeQuery(query)) {
      return found.next() ? String.valueOf(found.getString(1)) : "";
    }
  }

  private static void request(DuckDBAppender to, long number, RequestRecord r) throws SQLException {
    to.beginRow().append(number).append(r.id()).appendEpochMicros(Frames.micros(r.began()));
    to.append(r.key()).append(r.group()).append(r.protocol()).append(r.endpoint());
    to.append(r.model()).append(r.stream()).append(r.session());
    to.append(r.status()).append(r.outcome()).append(r.settlement().name());
    micros(to, r.firstTokenMicros());
    to.append(r.durationMicros()).append(r.attempts().size());
    to.append(r.attempts().stream().map(AttemptRecord::channel).distinct().toList());
    tokens(to, r.tokens());
    to.append(r.cost()).append(r.charged()).append(r.losses());
    to.append(r.decisions());
    body(to, r.bodies().request());
    body(to, r.bodies().response());
    to.endRow();
  }

  private static void body(DuckDBAppender to, @Nullable String body) throws SQLException {
    if (body == null) {
      to.appendNull();
    } else {
      to.append(body);
    }
  }

  private static void attempt(DuckDBAppender to, long number, RequestRecord r, AttemptRecord a)
      throws SQLException {
    to.beginRow().append(number).append(r.id()).appendEpochMicros(Frames.micros(r.began()));
    to.append(r.key()).append(r.group()).append(r.model());
    to.append(a.ordinal()).appendEpochMicros(Frames.micros(a.began()));
    to.append(a.channel()).append(a.account()).append(a.url()).append(a.model());
    to.append(a.protocol()).append(a.reason()).append(a.status()).append(a.flags());
    to.append(a.failure()).append(a.settlement().name());
    micros(to, a.firstTokenMicros());
    to.append(a.durationMicros());
    tokens(to, a.tokens());
    to.append(a.cost()).endRow();
  }

  private static void micros(DuckDBAppender to, long micros) throws SQLException {
    if (micros < 0) {
      to.appendNull();
    } else {
      to.append(micros);
    }
  }

  private static void tokens(DuckDBAppender to, Tokens t) throws SQLException {
    to.append(t.input()).append(t.cacheRead()).append(t.cacheWrite()).append(t.output());
    to.append(t.reasoning()).append(t.audioInput()).append(t.audioOutput()).append(t.image());
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }
}
