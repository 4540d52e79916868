package dev.sluice.access;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/**
 * The database of keys, users, groups and what they spent: one SQLite file in write-ahead mode, or
 * PostgreSQL. Its tables are made and changed by numbered scripts, each once. Safe for several
 * threads; everything blocks.
 */
final class Store implements AutoCloseable {
  private static final String FILE = "access.db";
  private static final int VERSION = 2;
  private static final int CONNECTIONS = 4;
  private static final long PATIENCE_MILLIS = 2_000;

  /** Whichever gateway is first makes the tables; the number means nothing. */
  private static final String MIGRATING = "SELECT pg_advisory_xact_lock(7580341)";

  private final HikariDataSource connections;
  private final Dialect dialect;
  private final String place;
  private final ReentrantLock writing = new ReentrantLock();

  /** Whose SQL it speaks; they differ in how rows are locked alone. */
  enum Dialect {
    SQLITE,
    POSTGRESQL
  }

  /** Something done with a connection. */
  interface Work<T extends @Nullable Object, X extends Exception> {
    T with(Connection connection) throws SQLException, X;
  }

  private Store(HikariDataSource connections, Dialect dialect, String place) throws IOException {
    this.connections = connections;
    this.dialect = dialect;
    this.place = place;
    try {
      if (dialect == Dialect.SQLITE) {
        read(
            c -> {
              check(c);
              return true;
            });
      }
      int version = write(this::migrate);
      if (version > VERSION) {
        throw new IOException(
            place
                + " is of version "
                + version
                + ", made by a newer Sluice; this one knows up to "
                + VERSION
                + ".");
      }
    } catch (IOException e) {
      connections.close();
      throw e;
    }
  }

  private static void check(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet found = statement.executeQuery("PRAGMA quick_check(1)")) {
      String said = found.next() ? found.getString(1) : "nothing";
      if (!said.equals("ok")) {
        throw new SQLException(said);
      }
    }
  }

  /**
   * Opens the file in a folder, which is made where there is none.
   *
   * @throws IOException it cannot be had or is broken; the message is a sentence
   */
  static Store sqlite(Path folder) throws IOException {
    Path file = folder.resolve(FILE);
    Files.createDirectories(folder);
    if (!Files.exists(file)) {
      // SQLite gives its other files the permissions of the first.
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    var config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    // A key that was revoked must stay so when the power fails.
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setBusyTimeout((int) PATIENCE_MILLIS);
    config.enforceForeignKeys(true);
    config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    var source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + file);
    var pool = new HikariConfig();
    pool.setDataSource(source);
    return new Store(open(pool, file.toString()), Dialect.SQLITE, file.toString());
  }

  /**
   * Connects to a server.
   *
   * @param url {@code postgresql://user:password@host:port/database?sslmode=…}, or JDBC's
   * @throws IOException it is no such URL, or the server is away; the message is a sentence without
   *     the password
   */
  static Store postgresql(String url) throws IOException {
    var pool = new HikariConfig();
    var properties = new Properties();
    properties.setProperty("ApplicationName", "sluice");
    properties.setProperty("connectTimeout", "2");
    properties.setProperty("socketTimeout", "10");
    properties.setProperty("reWriteBatchedInserts", "true");
    String place = "PostgreSQL";
    if (url.startsWith("jdbc:postgresql:")) {
      pool.setJdbcUrl(url);
    } else {
      URI uri;
      try {
        uri = URI.create(url);
      } catch (IllegalArgumentException e) {
        throw new IOException("SLUICE_DATABASE_URL is no URL.");
      }
      if (!String.valueOf(uri.getScheme()).matches("postgres|postgresql")) {
        throw new IOException(
            "SLUICE_DATABASE_URL must begin with postgresql:// or jdbc:postgresql:.");
      }
      String query = uri.getRawQuery();
      String authority = String.valueOf(uri.getRawAuthority());
      String hosts = authority.substring(authority.lastIndexOf('@') + 1);
      place = "PostgreSQL at " + hosts + uri.getRawPath();
      pool.setJdbcUrl(
          "jdbc:postgresql://" + hosts + uri.getRawPath() + (query == null ? "" : "?" + query));
      String user =
          authority.contains("@") ? authority.substring(0, authority.lastIndexOf('@')) : "";
      int colon = user.indexOf(':');
      if (!user.isEmpty()) {
        properties.setProperty("user", decoded(colon < 0 ? user : user.substring(0, colon)));
      }
      if (colon >= 0) {
        properties.setProperty("password", decoded(user.substring(colon + 1)));
      }
    }
    pool.setDataSourceProperties(properties);
    return new Store(open(pool, place), Dialect.POSTGRESQL, place);
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static HikariDataSource open(HikariConfig pool, String place) throws IOException {
    pool.setPoolName("access");
    pool.setMaximumPoolSize(CONNECTIONS);
    pool.setMinimumIdle(1);
    pool.setConnectionTimeout(PATIENCE_MILLIS);
    pool.setInitializationFailTimeout(1);
    try {
      return new HikariDataSource(pool);
    } catch (HikariPool.PoolInitializationException | IllegalArgumentException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw new IOException(place + " cannot be opened: " + line(cause));
    }
  }

  /** What went wrong, in one line; the drivers put neither parameters nor passwords into it. */
  private static String line(Throwable e) {
    return String.valueOf(e.getMessage()).replaceAll("\\s+", " ");
  }

  Dialect dialect() {
    return dialect;
  }

  /** Where it is, without a password. */
  String place() {
    return place;
  }

  /**
   * Does something that changes nothing.
   *
   * @throws IOException the store is away
   */
  <T extends @Nullable Object, X extends Exception> T read(Work<T, X> work) throws IOException, X {
    try (Connection connection = connections.getConnection()) {
      return work.with(connection);
    } catch (SQLException e) {
      throw new IOException(place + ": " + line(e), e);
    }
  }

  /**
   * Does all of something, or none.
   *
   * @throws IOException the store is away or full
   */
  <T extends @Nullable Object, X extends Exception> T write(Work<T, X> work) throws IOException, X {
    if (dialect == Dialect.SQLITE) {
      // SQLite has one writer; who waits here does not poll for the file's lock.
      writing.lock();
      try {
        return transaction(work);
      } finally {
        writing.unlock();
      }
    }
    return transaction(work);
  }

  private <T extends @Nullable Object, X extends Exception> T transaction(Work<T, X> work)
      throws IOException, X {
    try (Connection connection = connections.getConnection()) {
      boolean done = false;
      connection.setAutoCommit(false);
      try {
        T result = work.with(connection);
        connection.commit();
        done = true;
        return result;
      } finally {
        if (!done) {
          rollBack(connection);
        }
      }
    } catch (SQLException e) {
      throw new IOException(place + ": " + line(e), e);
    }
  }

  private void rollBack(Connection connection) {
    try {
      connection.rollback();
    } catch (SQLException _) {
      connections.evictConnection(connection);
    }
  }

  // ---- migrations

  private int migrate(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      if (dialect == Dialect.POSTGRESQL) {
        statement.execute(MIGRATING);
      }
      statement.execute(
          "CREATE TABLE IF NOT EXISTS migration"
              + " (version INTEGER PRIMARY KEY, applied BIGINT NOT NULL)");
      int version;
      try (ResultSet found =
          statement.executeQuery("SELECT coalesce(max(version), 0) FROM migration")) {
        version = found.next() ? found.getInt(1) : 0;
      }
      while (version < VERSION) {
        version++;
        for (String one : script(version).split(";\\s*\\n", -1)) {
          if (!one.isBlank()) {
            statement.execute(one);
          }
        }
        statement.execute(
            "INSERT INTO migration (version, applied) VALUES ("
                + version
                + ", "
                + System.currentTimeMillis()
                + ")");
      }
      return version;
    }
  }

  private static String script(int version) {
    String name = "%03d.sql".formatted(version);
    try (@Nullable InputStream in = Store.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("there is no script " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("the script " + name + " cannot be read", e);
    }
  }

  @Override
  public void close() {
    connections.close();
  }
}
