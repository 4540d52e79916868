package dev.sluice.access;

import dev.sluice.access.Holder.Scope;
import dev.sluice.access.Purse.Slice;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The tables of what of all that was spent came from which gateway's requests, by the hour in which
 * they began. Held against the gateway's request log they show what was lost with its processes.
 */
final class Shares {
  private static final String ADD =
      "INSERT INTO share (gateway, scope, hour, since, usd, tokens) VALUES (?, ?, ?, ?, ?, ?) ON"
          + " CONFLICT (gateway, scope, hour, since) DO UPDATE SET usd = share.usd + excluded.usd,"
          + " tokens = share.tokens + excluded.tokens";

  private Shares() {}

  /**
   * What a process finds.
   *
   * @param first from when on the gateway's requests are counted here, in milliseconds since the
   *     epoch
   * @param written when a process of the gateway last wrote, likewise
   */
  record Before(long first, long written) {}

  /** A process is there; what is known of its gateway. */
  static Before begin(Connection connection, Writer writer) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO gateway (name, first, written) VALUES (?, ?, ?) ON CONFLICT (name) DO"
                + " NOTHING")) {
      statement.setString(1, writer.gateway());
      statement.setLong(2, writer.since());
      statement.setLong(3, writer.since());
      statement.executeUpdate();
    }
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT first, written FROM gateway WHERE name = ?")) {
      statement.setString(1, writer.gateway());
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            ? new Before(row.getLong(1), row.getLong(2))
            : new Before(writer.since(), writer.since());
      }
    }
  }

  /** Forgets hours that began before. */
  static boolean sweep(Connection connection, long before) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("DELETE FROM share WHERE hour < ?")) {
      statement.setLong(1, before);
      return statement.executeUpdate() > 0;
    }
  }

  /** A batch of the process is counted. */
  static void add(Connection connection, Writer writer, Map<String, List<Slice>> more, long now)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(ADD)) {
      for (Map.Entry<String, List<Slice>> one : more.entrySet()) {
        // PostgreSQL takes a row once in a statement alone.
        var hours = new TreeMap<Long, Amount>();
        one.getValue().forEach(slice -> hours.merge(slice.asked(), slice.amount(), Amount::plus));
        for (Map.Entry<Long, Amount> hour : hours.entrySet()) {
          batch(statement, writer, one.getKey(), hour.getKey(), writer.since(), hour.getValue());
        }
      }
      statement.executeBatch();
    }
    try (PreparedStatement statement =
        connection.prepareStatement("UPDATE gateway SET written = ? WHERE name = ?")) {
      statement.setLong(1, now);
      statement.setString(2, writer.gateway());
      statement.executeUpdate();
    }
  }

  private static void batch(
      PreparedStatement statement,
      Writer writer,
      String scope,
      long hour,
      long since,
      Amount amount)
      throws SQLException {
    statement.setString(1, writer.gateway());
    statement.setString(2, scope);
    statement.setLong(3, hour);
    statement.setLong(4, since);
    statement.setLong(5, amount.nanos());
    statement.setLong(6, amount.tokens());
    statement.addBatch();
  }

  /**
   * What is missing of a holder's requests that processes before this one had, and is counted as
   * theirs from now on.
   *
   * @param due what all of them came to, by the hour in which they began
   * @return by the hour, in milliseconds since the epoch; nothing where nothing is missing
   */
  static Map<Long, Amount> rest(
      Connection connection, Writer writer, Scope scope, Map<Instant, Amount> due)
      throws SQLException {
    Map<Long, Amount> counted = counted(connection, writer, scope);
    var rest = new HashMap<Long, Amount>();
    due.forEach(
        (hour, amount) -> {
          long at = hour.toEpochMilli();
          Amount more = amount.minus(counted.getOrDefault(at, Amount.NONE)).positive();
          if (!more.equals(Amount.NONE)) {
            rest.put(at, more);
          }
        });
    try (PreparedStatement statement = connection.prepareStatement(ADD)) {
      for (Map.Entry<Long, Amount> one : rest.entrySet()) {
        batch(
            statement, writer, scope.toString(), one.getKey(), writer.since() - 1, one.getValue());
      }
      statement.executeBatch();
    }
    return rest;
  }

  private static Map<Long, Amount> counted(Connection connection, Writer writer, Scope scope)
      throws SQLException {
    var counted = new HashMap<Long, Amount>();
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT hour, sum(usd), sum(tokens) FROM share WHERE gateway = ? AND scope = ? AND"
                + " since < ? GROUP BY hour")) {
      statement.setString(1, writer.gateway());
      statement.setString(2, scope.toString());
      statement.setLong(3, writer.since());
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          counted.put(row.getLong(1), new Amount(row.getLong(3), row.getLong(2)));
        }
      }
    }
    return counted;
  }
}
