package dev.sluice.ledger;

import java.nio.file.Path;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Questions to the database and the Parquet files together, at one moment. */
final class Answers {
  /** What they know, the smallest first. */
  private static final Map<Table, Set<Dimension>> TIMES = new LinkedHashMap<>();

  static {
    TIMES.put(Table.MODEL_TIMES, EnumSet.of(Dimension.GROUP, Dimension.MODEL));
    TIMES.put(Table.KEY_TIMES, EnumSet.of(Dimension.KEY, Dimension.GROUP));
    TIMES.put(
        Table.CHANNEL_TIMES,
        EnumSet.of(Dimension.CHANNEL, Dimension.ACCOUNT, Dimension.PROVIDER_MODEL));
  }

  private static final LocalDate LAST = LocalDate.of(9999, 12, 31);
  private static final int SAMPLES = 10_000;
  private static final int SAMPLES_EACH = 100;

  private static final String REQUEST =
      """
      number, id, epoch_us(began), key_name, group_name, protocol, endpoint, model, stream,
      session, status, outcome, settlement, first_token_us, duration_us, input, cache_read,
      cache_write, output, reasoning, audio_input, audio_output, image, cost, charged, losses,
      decisions\
      """;
  private static final String BODIES = ", request_body, response_body";
  private static final String NO_BODIES = ", NULL, NULL";
  private static final String ATTEMPT =
      """
      number, ordinal, epoch_us(began), channel, account, url, provider_model, protocol, reason,
      status, flags, failure, settlement, first_token_us, duration_us, input, cache_read,
      cache_write, output, reasoning, audio_input, audio_output, image, cost\
      """;

  private final Connection connection;
  private final Shelf shelf;
  private final long end;

  /**
   * @param connection for this question alone
   * @param within how long it may take
   */
  Answers(Connection connection, Shelf shelf, Duration within) {
    this.connection = connection;
    this.shelf = shelf;
    this.end = System.nanoTime() + within.toNanos();
  }

  // ---- usage

  Usage usage(Usage.Question question) throws SQLException {
    var names = EnumSet.noneOf(Dimension.class);
    names.addAll(question.by());
    names.addAll(question.only().keySet());
    boolean requests = names.stream().noneMatch(Dimension::ofAttempts);
    Table hours = requests ? Table.REQUEST_HOURS : Table.ATTEMPT_HOURS;
    Instant from = question.from().truncatedTo(ChronoUnit.HOURS);
    Instant to = question.to().minusNanos(1).truncatedTo(ChronoUnit.HOURS).plusSeconds(3600);
    var parameters = new ArrayList<Object>();
    String filter = filter(question.only(), from, to);
    String sums =
        united(
            hours,
            Layout.hours(hours, requests ? "requests" : "attempts"),
            filter,
            from,
            to,
            values(question.only()),
            parameters);
    String times = times(requests, names, filter, from, to, values(question.only()), parameters);
    String by = question.by().stream().map(d -> ", " + d.column()).collect(Collectors.joining());
    String at =
        question.per() == null
            ? "TIMESTAMP 'epoch'"
            : question.per() == Usage.Per.HOUR ? "hour" : "date_trunc('day', hour)";
    String sql =
        """
        WITH sums AS MATERIALIZED (
          SELECT %1$s AS moment%2$s, %3$s FROM (%4$s) GROUP BY ALL
          ORDER BY moment, cost DESC%2$s LIMIT %8$d),
        steps AS (
          SELECT moment%2$s, first_token, step, sum(n) AS n
          FROM (SELECT %1$s AS moment%2$s, first_token, step, n FROM (%5$s))
          SEMI JOIN sums USING (moment%2$s) GROUP BY ALL),
        ranks AS (
          SELECT *, sum(n) OVER w AS upto,
            sum(n) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS whole
          FROM steps WINDOW w AS (PARTITION BY moment%2$s, first_token ORDER BY step)),
        marks AS (SELECT moment%2$s, %6$s FROM ranks GROUP BY ALL)
        SELECT epoch_us(moment), requests, attempts, errors, input, cache_read, cache_write, output,
          reasoning, audio_input, audio_output, image, cost, %7$s, f50, f95, f99, d50, d95, d99%2$s
        FROM sums LEFT JOIN marks USING (moment%2$s)
        ORDER BY moment, cost DESC%2$s
        """
            .formatted(
                at,
                by,
                Layout.totals(hours),
                sums,
                times,
                marks(),
                requests ? "charged" : "NULL",
                question.limit() + 1);
    try (PreparedStatement statement = prepare(sql, parameters);
        ResultSet found = statement.executeQuery()) {
      var rows = new ArrayList<Usage.Row>();
      while (found.next()) {
        rows.add(row(question, found));
      }
      boolean more = rows.size() > question.limit();
      return new Usage(more ? rows.subList(0, question.limit()) : rows, more);
    }
  }

  private static String marks() {
    var marks = new ArrayList<String>();
    for (boolean first : List.of(true, false)) {
      for (int percent : List.of(50, 95, 99)) {
        marks.add(
            "min(step) FILTER (%sfirst_token AND upto * 100 >= whole * %d) AS %s%d"
                .formatted(first ? "" : "NOT ", percent, first ? "f" : "d", percent));
      }
    }
    return String.join(", ", marks);
  }

  /** From what is counted in steps, or, where that lacks a name, from the attempts themselves. */
  private String times(
      boolean requests,
      Set<Dimension> names,
      String filter,
      Instant from,
      Instant to,
      List<String> values,
      List<Object> parameters) {
    for (var times : TIMES.entrySet()) {
      Table table = times.getKey();
      if (requests == (table != Table.CHANNEL_TIMES) && times.getValue().containsAll(names)) {
        return united(
            table,
            Layout.times(table, requests ? "requests" : "attempts"),
            filter,
            from,
            to,
            values,
            parameters);
      }
    }
    var parts = new ArrayList<String>();
    parts.add(requests ? "requests" : "attempts");
    List<Path> files = files(requests ? Table.REQUESTS : Table.ATTEMPTS, from, to);
    if (!files.isEmpty()) {
      parts.add(Layout.parquet(files));
    }
    var selects = new ArrayList<String>();
    for (String part : parts) {
      selects.add("SELECT * FROM (" + Layout.allTimes(requests, part) + ")" + filter);
      parameters.addAll(values);
    }
    return String.join(" UNION ALL BY NAME ", selects);
  }

  private String united(
      Table table,
      String live,
      String filter,
      Instant from,
      Instant to,
      List<String> values,
      List<Object> parameters) {
    String united = "SELECT * FROM (" + live + ")" + filter;
    parameters.addAll(values);
    List<Path> files = files(table, from, to);
    if (!files.isEmpty()) {
      united += " UNION ALL BY NAME SELECT * FROM " + Layout.parquet(files) + filter;
      parameters.addAll(values);
    }
    return united;
  }

  private static String filter(Map<Dimension, String> only, Instant from, Instant to) {
    return " WHERE hour >= make_timestamp(%d) AND hour < make_timestamp(%d)"
            .formatted(Frames.micros(from), Frames.micros(to))
        + sorted(only).keySet().stream()
            .map(d -> " AND " + d.column() + " = ?")
            .collect(Collectors.joining());
  }

  private static List<String> values(Map<Dimension, String> only) {
    return List.copyOf(sorted(only).values());
  }

  private static Map<Dimension, String> sorted(Map<Dimension, String> only) {
    var sorted = new EnumMap<Dimension, String>(Dimension.class);
    sorted.putAll(only);
    return sorted;
  }

  private List<Path> files(Table table, Instant from, Instant to) {
    return between(shelf.files(table), day(from), day(to.minusNanos(1))).values().stream()
        .flatMap(List::stream)
        .toList();
  }

  private static NavigableMap<LocalDate, List<Path>> between(
      NavigableMap<LocalDate, List<Path>> days, LocalDate from, LocalDate to) {
    return from.isAfter(to) ? new TreeMap<>() : days.subMap(from, true, to, true);
  }

  private static LocalDate day(Instant time) {
    return time.isAfter(LAST.atStartOfDay(ZoneOffset.UTC).toInstant())
        ? LAST
        : time.atOffset(ZoneOffset.UTC).toLocalDate();
  }

  private static Usage.Row row(Usage.Question question, ResultSet found) throws SQLException {
    var names = new LinkedHashMap<Dimension, String>();
    for (int i = 0; i < question.by().size(); i++) {
      names.put(question.by().get(i), String.valueOf(found.getString(21 + i)));
    }
    double charged = found.getDouble(14);
    return new Usage.Row(
        question.per() == null ? null : Frames.instant(found.getLong(1)),
        names,
        found.getLong(2),
        found.getLong(3),
        found.getLong(4),
        tokens(found, 5),
        found.getDouble(13),
        found.getObject(14) == null ? null : charged,
        percentiles(found, 15),
        percentiles(found, 18));
  }

  private static Usage.@Nullable Percentiles percentiles(ResultSet found, int at)
      throws SQLException {
    return found.getObject(at) == null
        ? null
        : new Usage.Percentiles(
            millis(found.getInt(at)), millis(found.getInt(at + 1)), millis(found.getInt(at + 2)));
  }

  /** The middle of a step. */
  private static double millis(int step) {
    return Math.round(Math.pow(2, (step + 0.5) / Layout.STEPS)) / 1e3;
  }

  // ---- requests

  Search.Page search(Search search) throws SQLException {
    String id = search.id();
    return id == null ? list(search) : one(id);
  }

  private Search.Page one(String id) throws SQLException {
    var days = new TreeMap<LocalDate, List<Long>>();
    List<Path> ids = shelf.files(Table.IDS).values().stream().flatMap(List::stream).toList();
    if (!ids.isEmpty()) {
      try (PreparedStatement statement =
              prepare(
                  "SELECT began::DATE, number FROM " + Layout.parquet(ids) + " WHERE id = ?",
                  List.of(id));
          ResultSet found = statement.executeQuery()) {
        while (found.next()) {
          days.computeIfAbsent(found.getObject(1, LocalDate.class), _ -> new ArrayList<>())
              .add(found.getLong(2));
        }
      }
    }
    var requests = new LinkedHashMap<Long, RequestRecord>();
    requests(BODIES, "requests", " WHERE id = ?", List.of(id), requests);
    for (var entry : days.entrySet()) {
      List<Path> files = holding(Table.REQUESTS, entry.getKey(), entry.getValue());
      if (!files.isEmpty()) {
        requests(
            BODIES,
            // Files of the first version have no such columns; the table has.
            "(FROM requests WHERE FALSE UNION ALL BY NAME FROM " + Layout.parquet(files) + ")",
            numbers(entry.getValue()) + " AND id = ?",
            List.of(id),
            requests);
      }
    }
    return new Search.Page(withAttempts(requests), null);
  }

  /** When the attempts of these requests began. */
  Map<String, Set<Instant>> known(List<String> requests, Instant from, Instant to)
      throws SQLException {
    String filter =
        " WHERE request IN (" + String.join(", ", Collections.nCopies(requests.size(), "?")) + ")";
    var parameters = new ArrayList<Object>(requests);
    String sql = "SELECT request, epoch_us(began) FROM attempts" + filter;
    List<Path> files = files(Table.ATTEMPTS, from.minus(Duration.ofDays(1)), to);
    if (!files.isEmpty()) {
      sql += " UNION ALL SELECT request, epoch_us(began) FROM " + Layout.parquet(files) + filter;
      parameters.addAll(requests);
    }
    var known = new HashMap<String, Set<Instant>>();
    try (PreparedStatement statement = prepare(sql, parameters);
        ResultSet found = statement.executeQuery()) {
      while (found.next()) {
        known
            .computeIfAbsent(found.getString(1), _ -> new HashSet<>())
            .add(Frames.instant(found.getLong(2)));
      }
    }
    return known;
  }

  private Search.Page list(Search search) throws SQLException {
    var conditions = new StringBuilder(" WHERE TRUE");
    var parameters = new ArrayList<Object>();
    condition(conditions, parameters, "key_name = ?", search.key());
    condition(conditions, parameters, "list_contains(channels, ?)", search.channel());
    condition(conditions, parameters, "status = ?", search.status());
    Search.Cursor after = search.after();
    if (after != null) {
      conditions.append(
          " AND (epoch_us(began) < %1$d OR (epoch_us(began) = %1$d AND number < %2$d))"
              .formatted(after.micros(), after.number()));
    }
    LocalDate last = after == null ? day(search.to()) : day(Frames.instant(after.micros()));
    NavigableMap<LocalDate, List<Path>> rolled = shelf.files(Table.REQUESTS);
    var requests = new LinkedHashMap<Long, RequestRecord>();
    for (LocalDate day : days(rolled, day(search.from()), last).descendingSet()) {
      int left = search.limit() + 1 - requests.size();
      if (left == 0) {
        break;
      }
      String when =
          conditions
              + " AND began >= make_timestamp(%d) AND began < make_timestamp(%d)"
                  .formatted(
                      Frames.micros(
                          later(search.from(), day.atStartOfDay(ZoneOffset.UTC).toInstant())),
                      Frames.micros(
                          sooner(
                              search.to(),
                              day.plusDays(1).atStartOfDay(ZoneOffset.UTC).toInstant())));
      String from = "requests";
      List<Path> files = rolled.getOrDefault(day, List.of());
      if (!files.isEmpty()) {
        from =
            "(FROM requests"
                + when
                + " UNION ALL BY NAME FROM "
                + Layout.parquet(files)
                + when
                + ")";
      }
      var values = new ArrayList<>(parameters);
      if (!files.isEmpty()) {
        values.addAll(parameters);
      }
      requests(
          NO_BODIES,
          from,
          (files.isEmpty() ? when : "") + " ORDER BY began DESC, number DESC LIMIT " + left,
          values,
          requests);
    }
    var numbers = new ArrayList<>(requests.keySet());
    Search.Cursor next = null;
    if (numbers.size() > search.limit()) {
      requests.remove(numbers.removeLast());
      long number = numbers.getLast();
      RequestRecord end = requests.get(number);
      next = end == null ? null : new Search.Cursor(Frames.micros(end.began()), number);
    }
    return new Search.Page(withAttempts(requests), next);
  }

  private static Instant later(Instant a, Instant b) {
    return a.isAfter(b) ? a : b;
  }

  private static Instant sooner(Instant a, Instant b) {
    return a.isBefore(b) ? a : b;
  }

  private static void condition(
      StringBuilder conditions, List<Object> parameters, String sql, @Nullable Object value) {
    if (value != null) {
      conditions.append(" AND ").append(sql);
      parameters.add(value);
    }
  }

  /** The days between these that have any requests. */
  private NavigableSet<LocalDate> days(
      NavigableMap<LocalDate, List<Path>> rolled, LocalDate from, LocalDate to)
      throws SQLException {
    var days = new TreeSet<>(between(rolled, from, to).keySet());
    try (PreparedStatement statement =
            prepare("SELECT DISTINCT began::DATE FROM requests", List.of());
        ResultSet found = statement.executeQuery()) {
      while (found.next()) {
        LocalDate day = found.getObject(1, LocalDate.class);
        if (!day.isBefore(from) && !day.isAfter(to)) {
          days.add(day);
        }
      }
    }
    return days;
  }

  private void requests(
      String bodies,
      String from,
      String rest,
      List<?> parameters,
      Map<Long, RequestRecord> requests)
      throws SQLException {
    try (PreparedStatement statement =
            prepare("SELECT " + REQUEST + bodies + " FROM " + from + rest, parameters);
        ResultSet found = statement.executeQuery()) {
      while (found.next()) {
        requests.put(found.getLong(1), request(found));
      }
    }
  }

  /** The files of a day that may hold one of these numbers. */
  private List<Path> holding(Table table, LocalDate day, List<Long> numbers) {
    return shelf.files(table).getOrDefault(day, List.of()).stream()
        .filter(
            file -> {
              Shelf.Span span = Shelf.Span.of(file);
              return numbers.stream().anyMatch(n -> n >= span.from() && n <= span.to());
            })
        .toList();
  }

  private static String numbers(List<Long> numbers) {
    return " WHERE number IN ("
        + numbers.stream().map(String::valueOf).collect(Collectors.joining(", "))
        + ")";
  }

  private List<RequestRecord> withAttempts(Map<Long, RequestRecord> requests) throws SQLException {
    if (requests.isEmpty()) {
      return List.of();
    }
    var days = new TreeMap<LocalDate, List<Long>>();
    requests.forEach(
        (number, request) ->
            days.computeIfAbsent(day(request.began()), _ -> new ArrayList<>()).add(number));
    var attempts = new LinkedHashMap<Long, List<AttemptRecord>>();
    attempts("attempts", List.copyOf(requests.keySet()), attempts);
    for (var entry : days.entrySet()) {
      List<Path> files = holding(Table.ATTEMPTS, entry.getKey(), entry.getValue());
      if (!files.isEmpty()) {
        attempts(Layout.parquet(files), entry.getValue(), attempts);
      }
    }
    var whole = new ArrayList<RequestRecord>();
    requests.forEach(
        (number, request) -> whole.add(request.with(attempts.getOrDefault(number, List.of()))));
    return whole;
  }

  private void attempts(String from, List<Long> numbers, Map<Long, List<AttemptRecord>> attempts)
      throws SQLException {
    try (PreparedStatement statement =
            prepare(
                "SELECT " + ATTEMPT + " FROM " + from + numbers(numbers) + " ORDER BY 1, 2",
                List.of());
        ResultSet found = statement.executeQuery()) {
      while (found.next()) {
        attempts.computeIfAbsent(found.getLong(1), _ -> new ArrayList<>()).add(attempt(found));
      }
    }
  }

  private static RequestRecord request(ResultSet found) throws SQLException {
    return new RequestRecord(
        found.getString(2),
        Frames.instant(found.getLong(3)),
        found.getString(4),
        found.getString(5),
        found.getString(6),
        found.getString(7),
        found.getString(8),
        found.getBoolean(9),
        found.getString(10),
        found.getInt(11),
        found.getString(12),
        Settlement.valueOf(found.getString(13)),
        micros(found, 14),
        found.getLong(15),
        tokens(found, 16),
        found.getDouble(24),
        found.getDouble(25),
        texts(found.getArray(26)),
        found.getString(27),
        List.of(),
        new Bodies(found.getString(28), found.getString(29)));
  }

  private static AttemptRecord attempt(ResultSet found) throws SQLException {
    return new AttemptRecord(
        found.getInt(2),
        Frames.instant(found.getLong(3)),
        found.getString(4),
        found.getString(5),
        found.getString(6),
        found.getString(7),
        found.getString(8),
        found.getString(9),
        found.getInt(10),
        found.getString(11),
        found.getString(12),
        Settlement.valueOf(found.getString(13)),
        micros(found, 14),
        found.getLong(15),
        tokens(found, 16),
        found.getDouble(24));
  }

  private static long micros(ResultSet found, int at) throws SQLException {
    long micros = found.getLong(at);
    return found.wasNull() ? -1 : micros;
  }

  private static Tokens tokens(ResultSet found, int at) throws SQLException {
    return new Tokens(
        found.getLong(at),
        found.getLong(at + 1),
        found.getLong(at + 2),
        found.getLong(at + 3),
        found.getLong(at + 4),
        found.getLong(at + 5),
        found.getLong(at + 6),
        found.getLong(at + 7));
  }

  private static List<String> texts(Array array) throws SQLException {
    return Arrays.stream((Object[]) array.getArray()).map(String::valueOf).toList();
  }

  // ---- charges

  /** What requests came to that began in a span of time, with all their attempts. */
  List<Charge> charges(Instant from, Instant to) throws SQLException {
    String sql =
        """
        SELECT epoch_us(date_trunc('hour', asked)), key_name, group_name, sum(tokens)::BIGINT,
          sum(nanos)::BIGINT
        FROM (
          SELECT began AS asked, key_name, group_name, 0 AS tokens,
            round(charged * 1e9)::BIGINT AS nanos
          FROM %s
          UNION ALL
          SELECT asked, key_name, group_name, input + cache_read + cache_write + output, 0
          FROM %s)
        GROUP BY ALL
        HAVING sum(tokens) > 0 OR sum(nanos) > 0
        """
            .formatted(
                since(Table.REQUESTS, "requests", "began", from, to),
                since(Table.ATTEMPTS, "attempts", "asked", from, to));
    var charges = new ArrayList<Charge>();
    try (PreparedStatement statement = prepare(sql, List.of());
        ResultSet found = statement.executeQuery()) {
      while (found.next()) {
        charges.add(
            new Charge(
                Frames.instant(found.getLong(1)),
                found.getString(2),
                found.getString(3),
                found.getLong(4),
                found.getLong(5)));
      }
    }
    return charges;
  }

  /** The rows of a table and of its files of a span of time, to select from. */
  private String since(Table table, String name, String time, Instant from, Instant to) {
    String filter =
        " WHERE %1$s >= make_timestamp(%2$d) AND %1$s < make_timestamp(%3$d)"
            .formatted(time, Frames.micros(from), Frames.micros(to));
    List<Path> files = files(table, from, to);
    return "(FROM "
        + name
        + filter
        + (files.isEmpty() ? "" : " UNION ALL BY NAME FROM " + Layout.parquet(files) + filter)
        + ")";
  }

  // ---- samples

  /** The last attempts since a time, oldest first, not more of one place than of another. */
  List<Sample> samples(Instant since, Instant now) throws SQLException {
    String from = since(Table.ATTEMPTS, "attempts", "began", since, now);
    String sql =
        """
        SELECT %s, model, coalesce(session, ''), coalesce(stream, true)
        FROM (
          SELECT a.*, r.session, r.stream
          FROM (
            FROM %s
            QUALIFY row_number() OVER (
              PARTITION BY channel, url, account, provider_model
              ORDER BY began + to_microseconds(duration_us) DESC) <= %d) a
          LEFT JOIN %s r ON r.number = a.number)
        ORDER BY began + to_microseconds(duration_us) DESC LIMIT %d
        """
            .formatted(
                ATTEMPT,
                from,
                SAMPLES_EACH,
                since(Table.REQUESTS, "requests", "began", since, now),
                SAMPLES);
    var samples = new ArrayList<Sample>();
    try (PreparedStatement statement = prepare(sql, List.of());
        ResultSet found = statement.executeQuery()) {
      while (found.next()) {
        samples.add(
            new Sample(
                found.getString(25), found.getString(26), found.getBoolean(27), attempt(found)));
      }
    }
    return samples.reversed();
  }

  private PreparedStatement prepare(String sql, List<?> parameters) throws SQLException {
    long left = Duration.ofNanos(end - System.nanoTime()).toSeconds();
    if (left < 0) {
      throw new SQLTimeoutException("the time is up");
    }
    PreparedStatement statement = connection.prepareStatement(sql);
    try {
      statement.setQueryTimeout((int) left + 1);
      for (int i = 0; i < parameters.size(); i++) {
        statement.setObject(i + 1, parameters.get(i));
      }
      return statement;
    } catch (SQLException e) {
      statement.close();
      throw e;
    }
  }
}
