package dev.sluice.access;

import dev.sluice.access.Directory.Entry;
import dev.sluice.access.Directory.User;
import dev.sluice.access.Holder.Kind;
import dev.sluice.access.Holder.Scope;
import dev.sluice.access.Secret.Digest;
import dev.sluice.catalog.Budget;
import dev.sluice.catalog.Key;
import dev.sluice.catalog.Limits;
import dev.sluice.catalog.Pattern;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Rows of the tables of keys, users and groups. */
final class Rows {
  private static final String KEY =
      "name, hint, owner, tier, models, tags, enabled, expires, revoked, rpm, tpm, concurrency,"
          + " budgets, created";
  private static final String OPENED =
      "SELECT k.name, k.hint, k.owner, k.tier, k.models, k.tags, k.enabled, k.expires, k.revoked,"
          + " k.rpm, k.tpm, k.concurrency, k.budgets, k.created, u.enabled AS user_enabled,"
          + " u.rpm AS user_rpm, u.tpm AS user_tpm, u.concurrency AS user_concurrency,"
          + " u.budgets AS user_budgets"
          + " FROM api_key k LEFT JOIN api_user u ON u.name = k.owner WHERE k.hash = ?";

  private Rows() {}

  // ---- keys

  /** What a key opens; its expiry is not looked at. */
  static Verdict opened(Connection connection, Digest digest) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(OPENED)) {
      statement.setString(1, digest.hex());
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return Refused.UNKNOWN;
        }
        Entry entry = entry(row);
        Key key = entry.key();
        if (entry.revoked() != null) {
          return Refused.REVOKED;
        }
        if (!key.enabled()) {
          return Refused.DISABLED;
        }
        String owner = key.owner();
        if (owner == null) {
          return new Opened(key, null);
        }
        return row.getInt("user_enabled") == 0
            ? Refused.ORPHANED
            : new Opened(
                key,
                new Holder(
                    new Scope(Kind.USER, owner),
                    new Limits(
                        row.getLong("user_rpm"),
                        row.getLong("user_tpm"),
                        row.getLong("user_concurrency")),
                    Budget.list(row.getString("user_budgets"))));
      }
    }
  }

  private static Entry entry(ResultSet row) throws SQLException {
    Instant expires = instant(row, "expires");
    return new Entry(
        new Key(
            row.getString("name"),
            row.getString("owner"),
            row.getString("tier"),
            lines(row.getString("models")).stream().map(Pattern::of).toList(),
            expires,
            row.getInt("enabled") != 0,
            limits(row),
            Budget.list(row.getString("budgets")),
            lines(row.getString("tags"))),
        row.getString("hint"),
        Instant.ofEpochMilli(row.getLong("created")),
        instant(row, "revoked"));
  }

  static @Nullable Entry key(Connection connection, String name) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT " + KEY + " FROM api_key WHERE name = ?")) {
      statement.setString(1, name);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? entry(row) : null;
      }
    }
  }

  static List<Entry> keys(
      Connection connection, @Nullable String owner, @Nullable String group, String after, int most)
      throws SQLException {
    String where = (owner == null ? "" : " AND owner = ?") + (group == null ? "" : " AND tier = ?");
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT " + KEY + " FROM api_key WHERE name > ?" + where + " ORDER BY name LIMIT ?")) {
      int at = 1;
      statement.setString(at++, after);
      if (owner != null) {
        statement.setString(at++, owner);
      }
      if (group != null) {
        statement.setString(at++, group);
      }
      statement.setInt(at, most);
      try (ResultSet row = statement.executeQuery()) {
        var entries = new java.util.ArrayList<Entry>();
        while (row.next()) {
          entries.add(entry(row));
        }
        return entries;
      }
    }
  }

  static void insert(Connection connection, Entry entry, Digest digest) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO api_key (owner, tier, models, tags, enabled, expires, rpm, tpm,"
                + " concurrency, budgets, name, hash, hint, created)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")) {
      Key key = entry.key();
      int at = write(statement, key);
      statement.setString(at++, key.name());
      statement.setString(at++, digest.hex());
      statement.setString(at++, entry.hint());
      statement.setLong(at, entry.created().toEpochMilli());
      statement.executeUpdate();
    }
  }

  static void update(Connection connection, Key key) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE api_key SET owner = ?, tier = ?, models = ?, tags = ?, enabled = ?,"
                + " expires = ?, rpm = ?, tpm = ?, concurrency = ?, budgets = ? WHERE name = ?")) {
      statement.setString(write(statement, key), key.name());
      statement.executeUpdate();
    }
  }

  private static int write(PreparedStatement statement, Key key) throws SQLException {
    int at = 1;
    statement.setString(at++, key.owner());
    statement.setString(at++, key.group());
    statement.setString(
        at++, key.models().stream().map(Pattern::toString).collect(Collectors.joining("\n")));
    statement.setString(at++, String.join("\n", key.tags()));
    statement.setInt(at++, key.enabled() ? 1 : 0);
    Instant expires = key.expires();
    if (expires == null) {
      statement.setNull(at++, Types.BIGINT);
    } else {
      statement.setLong(at++, expires.toEpochMilli());
    }
    at = write(statement, at, key.limits());
    statement.setString(at++, written(key.budgets()));
    return at;
  }

  static void revoke(Connection connection, String name, long now) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("UPDATE api_key SET revoked = ? WHERE name = ?")) {
      statement.setLong(1, now);
      statement.setString(2, name);
      statement.executeUpdate();
    }
  }

  static void rotate(Connection connection, String name, Digest digest, String hint)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("UPDATE api_key SET hash = ?, hint = ? WHERE name = ?")) {
      statement.setString(1, digest.hex());
      statement.setString(2, hint);
      statement.setString(3, name);
      statement.executeUpdate();
    }
  }

  // ---- users

  private static User user(ResultSet row) throws SQLException {
    return new User(
        row.getString("name"),
        row.getString("note"),
        row.getInt("enabled") != 0,
        limits(row),
        Budget.list(row.getString("budgets")),
        Instant.ofEpochMilli(row.getLong("created")));
  }

  static @Nullable User user(Connection connection, String name) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT * FROM api_user WHERE name = ?")) {
      statement.setString(1, name);
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? user(row) : null;
      }
    }
  }

  static List<User> users(Connection connection, String after, int most) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT * FROM api_user WHERE name > ? ORDER BY name LIMIT ?")) {
      statement.setString(1, after);
      statement.setInt(2, most);
      try (ResultSet row = statement.executeQuery()) {
        var users = new java.util.ArrayList<User>();
        while (row.next()) {
          users.add(user(row));
        }
        return users;
      }
    }
  }

  static void put(Connection connection, User user) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO api_user (name, note, enabled, rpm, tpm, concurrency, budgets, created)"
                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
                + " note = excluded.note, enabled = excluded.enabled, rpm = excluded.rpm,"
                + " tpm = excluded.tpm, concurrency = excluded.concurrency,"
                + " budgets = excluded.budgets")) {
      statement.setString(1, user.name());
      statement.setString(2, user.note());
      statement.setInt(3, user.enabled() ? 1 : 0);
      int at = write(statement, 4, user.limits());
      statement.setString(at++, written(user.budgets()));
      statement.setLong(at, user.created().toEpochMilli());
      statement.executeUpdate();
    }
  }

  static int deleteUser(Connection connection, String name) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("DELETE FROM api_user WHERE name = ?")) {
      statement.setString(1, name);
      return statement.executeUpdate();
    }
  }

  // ---- groups

  static List<Holder> groups(Connection connection) throws SQLException {
    try (PreparedStatement statement =
            connection.prepareStatement("SELECT * FROM api_group ORDER BY name");
        ResultSet row = statement.executeQuery()) {
      var groups = new java.util.ArrayList<Holder>();
      while (row.next()) {
        groups.add(
            new Holder(
                new Scope(Kind.GROUP, row.getString("name")),
                limits(row),
                Budget.list(row.getString("budgets"))));
      }
      return groups;
    }
  }

  static void put(Connection connection, Holder group) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO api_group (name, rpm, tpm, concurrency, budgets) VALUES (?, ?, ?, ?, ?)"
                + " ON CONFLICT (name) DO UPDATE SET rpm = excluded.rpm, tpm = excluded.tpm,"
                + " concurrency = excluded.concurrency, budgets = excluded.budgets")) {
      statement.setString(1, group.scope().name());
      statement.setString(write(statement, 2, group.limits()), written(group.budgets()));
      statement.executeUpdate();
    }
  }

  // ---- values

  private static Limits limits(ResultSet row) throws SQLException {
    return new Limits(row.getLong("rpm"), row.getLong("tpm"), row.getLong("concurrency"));
  }

  private static int write(PreparedStatement statement, int at, Limits limits) throws SQLException {
    statement.setLong(at, limits.rpm());
    statement.setLong(at + 1, limits.tpm());
    statement.setLong(at + 2, limits.concurrency());
    return at + 3;
  }

  static String written(List<Budget> budgets) {
    return budgets.stream().map(Budget::toString).collect(Collectors.joining(", "));
  }

  private static List<String> lines(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split("\n", -1));
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    long millis = row.getLong(column);
    return row.wasNull() ? null : Instant.ofEpochMilli(millis);
  }
}
