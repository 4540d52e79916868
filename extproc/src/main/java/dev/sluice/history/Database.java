package dev.sluice.history;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The tables in SQLite: one connection writes, another reads, so that a read never waits for the
 * disk's confirmation of a write. In write-ahead mode a process that is killed loses what it has
 * not committed and nothing else.
 *
 * @see <a href="https://www.sqlite.org/wal.html">SQLite, write-ahead logging</a>
 */
final class Database implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Database.class);
  private static final int VERSION = 1;
  private static final int ROW_BYTES = 256;
  private static final int FREED_PAGES = 2000;
  private static final Set<Integer> BROKEN = Set.of(11, 26); // SQLITE_CORRUPT, SQLITE_NOTADB
  private static final String FILE = "responses.db";

  private final Connection writes;
  private final Connection reads;
  private long bytes;

  private Database(Connection writes, Connection reads) throws SQLException {
    this.writes = writes;
    this.reads = reads;
    try (var statement = writes.createStatement();
        ResultSet sum = statement.executeQuery("SELECT coalesce(sum(bytes), 0) FROM response")) {
      bytes = sum.getLong(1);
    }
  }

  /**
   * Opens the file in {@code folder}, which is made where there is none. A broken file is set aside
   * in place of one that was set aside before, and a new one begun.
   */
  static Database open(Path folder) throws IOException, SQLException {
    Path file = folder.resolve(FILE);
    prepare(folder, file);
    try {
      return at(file);
    } catch (SQLException e) {
      if (!BROKEN.contains(e.getErrorCode() & 0xff)) {
        throw e;
      }
      Path aside = folder.resolve(FILE + ".broken");
      LOG.error("{} is broken ({}); it is set aside as {}", file, line(e), aside);
      for (String suffix : List.of("", "-wal", "-shm")) {
        Path part = folder.resolve(FILE + suffix);
        if (Files.exists(part)) {
          Files.move(
              part, folder.resolve(FILE + ".broken" + suffix), StandardCopyOption.REPLACE_EXISTING);
        } else {
          Files.deleteIfExists(folder.resolve(FILE + ".broken" + suffix));
        }
      }
      prepare(folder, file);
      return at(file);
    }
  }

  private static String line(SQLException e) {
    return String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
  }

  /** SQLite gives its other files the permissions of the first. */
  private static void prepare(Path folder, Path file) throws IOException {
    Files.createDirectories(folder);
    if (!Files.exists(file)) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
  }

  private static Database at(Path file) throws SQLException {
    String url = "jdbc:sqlite:" + file;
    Connection writes = DriverManager.getConnection(url);
    try {
      begin(writes, true);
      Connection reads = DriverManager.getConnection(url);
      pragma(reads, "busy_timeout = 5000");
      pragma(reads, "query_only = ON");
      return new Database(writes, reads);
    } catch (SQLException e) {
      writes.close();
      throw e;
    }
  }

  /** One that is gone with the process. */
  static Database inMemory() throws SQLException {
    Connection both = DriverManager.getConnection("jdbc:sqlite::memory:");
    begin(both, false);
    return new Database(both, both);
  }

  private static void begin(Connection connection, boolean file) throws SQLException {
    pragma(connection, "busy_timeout = 5000");
    pragma(connection, "auto_vacuum = INCREMENTAL");
    if (file) {
      pragma(connection, "journal_mode = WAL");
      pragma(connection, "synchronous = NORMAL");
      pragma(connection, "journal_size_limit = 16777216");
      String found = text(connection, "PRAGMA quick_check(1)");
      if (!"ok".equals(found)) {
        throw new SQLException(found, null, 11);
      }
    }
    String version = text(connection, "PRAGMA user_version");
    if (!"0".equals(version) && !Integer.toString(VERSION).equals(version)) {
      throw new SQLException("it is of version " + version + ", not " + VERSION, null, 26);
    }
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate(
          """
          CREATE TABLE IF NOT EXISTS response (
            seq INTEGER PRIMARY KEY,
            key TEXT NOT NULL,
            id TEXT NOT NULL,
            ended INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            channel TEXT,
            account TEXT,
            response BLOB,
            input BLOB)
          """);
      statement.executeUpdate(
          "CREATE UNIQUE INDEX IF NOT EXISTS response_id ON response (key, id)");
      statement.executeUpdate("CREATE INDEX IF NOT EXISTS response_ended ON response (ended)");
    }
    pragma(connection, "user_version = " + VERSION);
  }

  private static void pragma(Connection connection, String what) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA " + what);
    }
  }

  private static @Nullable String text(Connection connection, String query) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet found = statement.executeQuery(query)) {
      return found.next() ? found.getString(1) : null;
    }
  }

  /** How many bytes the rows have, about. */
  long bytes() {
    return bytes;
  }

  /**
   * What is known; null where nothing is.
   *
   * @param after only what ended later, in milliseconds since the epoch
   */
  @Nullable Entry find(String key, String id, long after) throws SQLException {
    synchronized (reads) {
      try (PreparedStatement statement =
          reads.prepareStatement(
              "SELECT channel, account, response, input FROM response"
                  + " WHERE key = ? AND id = ? AND ended > ?")) {
        statement.setString(1, key);
        statement.setString(2, id);
        statement.setLong(3, after);
        try (ResultSet found = statement.executeQuery()) {
          if (!found.next()) {
            return null;
          }
          String channel = found.getString(1);
          return channel == null
              ? new Entry.Kept(key, id, found.getBytes(3), found.getBytes(4))
              : new Entry.Elsewhere(key, id, channel, found.getString(2));
        }
      }
    }
  }

  /**
   * Makes all of these changes and keeps the bounds, or does none of it.
   *
   * @param now in milliseconds since the epoch
   */
  void write(List<Change> changes, Bounds bounds, long now) throws SQLException {
    synchronized (writes) {
      long before = bytes;
      // Said by us: the driver's own transactions do not come back after some errors of the disk.
      say("BEGIN IMMEDIATE");
      try {
        for (Change change : changes) {
          bytes -= removed("DELETE FROM response WHERE key = ? AND id = ?", change);
          if (change instanceof Change.Put put) {
            put(put);
          }
        }
        bytes -= aged(now - bounds.ttl().toMillis());
        crowd(bounds.bytes());
        say("COMMIT");
      } catch (SQLException e) {
        bytes = before;
        try {
          say("ROLLBACK");
        } catch (SQLException _) {
          // SQLite has done it by itself.
        }
        throw e;
      }
    }
  }

  private void say(String what) throws SQLException {
    try (Statement statement = writes.createStatement()) {
      statement.executeUpdate(what);
    }
  }

  private void put(Change.Put put) throws SQLException {
    try (PreparedStatement statement =
        writes.prepareStatement(
            "INSERT INTO response (key, id, ended, bytes, channel, account, response, input)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?)")) {
      statement.setString(1, put.key());
      statement.setString(2, put.id());
      statement.setLong(3, put.ended());
      switch (put.entry()) {
        case Entry.Kept(var _, var _, byte[] response, byte[] input) -> {
          statement.setBytes(7, response);
          statement.setBytes(8, input);
        }
        case Entry.Elsewhere(var _, var _, String channel, String account) -> {
          statement.setString(5, channel);
          statement.setString(6, account);
        }
      }
      statement.setLong(4, put.bytes());
      statement.executeUpdate();
      bytes += put.bytes();
    }
  }

  private long removed(String delete, Change change) throws SQLException {
    try (PreparedStatement statement = writes.prepareStatement(delete + " RETURNING bytes")) {
      statement.setString(1, change.key());
      statement.setString(2, change.id());
      return sum(statement);
    }
  }

  private long aged(long until) throws SQLException {
    try (PreparedStatement statement =
        writes.prepareStatement("DELETE FROM response WHERE ended <= ? RETURNING bytes")) {
      statement.setLong(1, until);
      return sum(statement);
    }
  }

  private static long sum(PreparedStatement statement) throws SQLException {
    long sum = 0;
    try (ResultSet gone = statement.executeQuery()) {
      while (gone.next()) {
        sum += gone.getLong(1);
      }
    }
    return sum;
  }

  /** Makes room: the oldest rows go. */
  private void crowd(long most) throws SQLException {
    if (bytes <= most) {
      return;
    }
    long left = bytes;
    long last = -1;
    try (Statement statement = writes.createStatement();
        ResultSet oldest = statement.executeQuery("SELECT seq, bytes FROM response ORDER BY seq")) {
      while (left > most && oldest.next()) {
        last = oldest.getLong(1);
        left -= oldest.getLong(2);
      }
    }
    try (PreparedStatement statement =
        writes.prepareStatement("DELETE FROM response WHERE seq <= ?")) {
      statement.setLong(1, last);
      statement.executeUpdate();
    }
    bytes = left;
  }

  /** Gives pages that are free back to the file system, a bounded number of them. */
  void shrink() throws SQLException {
    synchronized (writes) {
      say("PRAGMA incremental_vacuum(" + FREED_PAGES + ")");
    }
  }

  @Override
  public void close() throws SQLException {
    synchronized (reads) {
      reads.close();
    }
    synchronized (writes) {
      if (!writes.isClosed()) {
        writes.close();
      }
    }
  }

  /** One change of what is known. */
  sealed interface Change {
    String key();

    String id();

    /**
     * It is known from now on.
     *
     * @param ended in milliseconds since the epoch
     */
    record Put(Entry entry, long ended) implements Change {
      @Override
      public String key() {
        return entry.key();
      }

      @Override
      public String id() {
        return entry.id();
      }

      long bytes() {
        return ROW_BYTES
            + switch (entry) {
              case Entry.Kept(var _, var _, byte[] response, byte[] input) ->
                  (long) response.length + input.length;
              case Entry.Elsewhere _ -> 0L;
            };
      }
    }

    /** It is forgotten. */
    record Gone(String key, String id) implements Change {}
  }
}
