package dev.sluice.access;

import dev.sluice.access.Holder.Scope;
import dev.sluice.access.Purse.Slice;
import dev.sluice.catalog.Budget.Span;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The table of what was spent, a row for each key, user and group. */
final class Spending {
  private static final int CHUNK = 500;
  private static final long DAY_MILLIS = 86_400_000;
  private static final List<String> COLUMNS =
      Arrays.stream(Span.values())
          .map(span -> span.name().toLowerCase(Locale.ROOT))
          .flatMap(span -> Stream.of(span + "_usd", span + "_tokens"))
          .toList();
  private static final String SELECT =
      "SELECT scope, at, " + String.join(", ", COLUMNS) + " FROM spent WHERE scope IN (";
  private static final String INSERT =
      "INSERT INTO spent (scope, at, "
          + String.join(", ", COLUMNS)
          + ") VALUES (?, 0"
          + ", 0".repeat(COLUMNS.size())
          + ") ON CONFLICT (scope) DO NOTHING";
  private static final String UPDATE =
      "UPDATE spent SET at = ?, "
          + COLUMNS.stream().map(column -> column + " = ?").collect(Collectors.joining(", "))
          + " WHERE scope = ?";

  private Spending() {}

  /** What a holder has spent. */
  static Spent read(Connection connection, Scope scope) throws SQLException {
    return select(connection, List.of(scope.toString()), false)
        .getOrDefault(scope.toString(), Spent.NOTHING);
  }

  /**
   * Adds a batch, unless it is there already.
   *
   * @return what its holders have spent then
   */
  static Map<Scope, Spent> write(
      Connection connection, Store.Dialect dialect, Writer writer, Budgets.Batch batch, long now)
      throws SQLException {
    // In order, so that two gateways never wait for each other's rows.
    var more = new TreeMap<String, List<Slice>>();
    batch.more().forEach((scope, slices) -> more.put(scope.toString(), slices));
    boolean fresh = written(connection, writer.process()) < batch.number();
    if (fresh) {
      insert(connection, more.keySet());
    }
    var rows =
        new HashMap<>(
            select(connection, more.keySet(), fresh && dialect == Store.Dialect.POSTGRESQL));
    if (fresh) {
      more.forEach(
          (scope, slices) -> {
            Spent spent = rows.getOrDefault(scope, Spent.NOTHING);
            for (Slice slice : slices) {
              spent = spent.plus(slice.hour(), slice.amount());
            }
            rows.put(scope, spent);
          });
      update(connection, more.keySet(), rows);
      Shares.add(connection, writer, more, now);
      mark(connection, writer.process(), batch.number(), now);
    }
    var bases = new HashMap<Scope, Spent>();
    batch
        .more()
        .keySet()
        .forEach(scope -> bases.put(scope, rows.getOrDefault(scope.toString(), Spent.NOTHING)));
    return bases;
  }

  /**
   * Adds to what a holder has spent.
   *
   * @param more by the hour, in milliseconds since the epoch
   * @return what it has spent then
   */
  static Spent add(
      Connection connection, Store.Dialect dialect, Scope scope, Map<Long, Amount> more)
      throws SQLException {
    String name = scope.toString();
    insert(connection, List.of(name));
    Spent spent =
        select(connection, List.of(name), dialect == Store.Dialect.POSTGRESQL)
            .getOrDefault(name, Spent.NOTHING);
    for (Map.Entry<Long, Amount> one : new TreeMap<>(more).entrySet()) {
      spent = spent.plus(one.getKey(), one.getValue());
    }
    update(connection, List.of(name), Map.of(name, spent));
    return spent;
  }

  private static long written(Connection connection, String gateway) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("SELECT batch FROM spender WHERE gateway = ?")) {
      statement.setString(1, gateway);
      try (ResultSet found = statement.executeQuery()) {
        return found.next() ? found.getLong(1) : 0;
      }
    }
  }

  private static void mark(Connection connection, String gateway, long number, long now)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO spender (gateway, batch, at) VALUES (?, ?, ?) ON CONFLICT (gateway) DO"
                + " UPDATE SET batch = excluded.batch, at = excluded.at")) {
      statement.setString(1, gateway);
      statement.setLong(2, number);
      statement.setLong(3, now);
      statement.executeUpdate();
    }
    if (number == 1) {
      try (PreparedStatement statement =
          connection.prepareStatement("DELETE FROM spender WHERE at < ?")) {
        statement.setLong(1, now - DAY_MILLIS);
        statement.executeUpdate();
      }
    }
  }

  private static void insert(Connection connection, Collection<String> scopes) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(INSERT)) {
      for (String scope : scopes) {
        statement.setString(1, scope);
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }

  private static Map<String, Spent> select(
      Connection connection, Collection<String> scopes, boolean locked) throws SQLException {
    var all = new ArrayList<>(scopes);
    var rows = new HashMap<String, Spent>();
    for (int from = 0; from < all.size(); from += CHUNK) {
      List<String> some = all.subList(from, Math.min(all.size(), from + CHUNK));
      try (PreparedStatement statement =
          connection.prepareStatement(
              SELECT
                  + String.join(", ", Collections.nCopies(some.size(), "?"))
                  + ") ORDER BY scope"
                  + (locked ? " FOR UPDATE" : ""))) {
        for (int i = 0; i < some.size(); i++) {
          statement.setString(i + 1, some.get(i));
        }
        try (ResultSet found = statement.executeQuery()) {
          while (found.next()) {
            var amounts = new EnumMap<Span, Amount>(Span.class);
            int column = 3;
            for (Span span : Span.values()) {
              amounts.put(span, new Amount(found.getLong(column + 1), found.getLong(column)));
              column += 2;
            }
            rows.put(found.getString(1), new Spent(found.getLong(2), amounts));
          }
        }
      }
    }
    return rows;
  }

  private static void update(
      Connection connection, Collection<String> scopes, Map<String, Spent> rows)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(UPDATE)) {
      for (String scope : scopes) {
        Spent spent = rows.getOrDefault(scope, Spent.NOTHING);
        int at = 1;
        statement.setLong(at++, spent.at());
        for (Span span : Span.values()) {
          Amount amount = spent.amounts().getOrDefault(span, Amount.NONE);
          statement.setLong(at++, amount.nanos());
          statement.setLong(at++, amount.tokens());
        }
        statement.setString(at, scope);
        statement.addBatch();
      }
      statement.executeBatch();
    }
  }
}
