package dev.sluice.ledger;

import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The tables' columns, and how one comes from another, as SQL. All of it is ours. */
final class Layout {
  /** How many steps double a time: each is 4.4 % longer than the one before. */
  static final int STEPS = 16;

  private static final List<String> TOKENS =
      List.of(
          "input",
          "cache_read",
          "cache_write",
          "output",
          "reasoning",
          "audio_input",
          "audio_output",
          "image");

  private static final String REQUEST_ERROR = "status >= 400 OR status = 0";
  private static final String SERVED = "settlement IN ('COMPLETE', 'ABORTED', 'ESTIMATED')";
  private static final String ATTEMPT_ERROR = "settlement = 'FAILED' OR failure <> ''";

  private Layout() {}

  static List<String> create() {
    return List.of(
        "CREATE TABLE IF NOT EXISTS place (version INTEGER, position BIGINT)",
        """
        CREATE TABLE IF NOT EXISTS requests (
          number BIGINT, id VARCHAR, began TIMESTAMP, key_name VARCHAR, group_name VARCHAR,
          protocol VARCHAR, endpoint VARCHAR, model VARCHAR, stream BOOLEAN, session VARCHAR,
          status INTEGER, outcome VARCHAR, settlement VARCHAR, first_token_us BIGINT,
          duration_us BIGINT, tries INTEGER, channels VARCHAR[], %s, cost DOUBLE, charged DOUBLE,
          losses VARCHAR[], decisions VARCHAR)
        """
            .formatted(tokens("%s BIGINT")),
        """
        CREATE TABLE IF NOT EXISTS attempts (
          number BIGINT, request VARCHAR, asked TIMESTAMP, key_name VARCHAR, group_name VARCHAR,
          model VARCHAR, ordinal INTEGER, began TIMESTAMP, channel VARCHAR, account VARCHAR,
          url VARCHAR, provider_model VARCHAR, protocol VARCHAR, reason VARCHAR, status INTEGER,
          flags VARCHAR, failure VARCHAR, settlement VARCHAR, first_token_us BIGINT,
          duration_us BIGINT, %s, cost DOUBLE)
        """
            .formatted(tokens("%s BIGINT")));
  }

  /** What the second version has more than the first. */
  static List<String> bodies() {
    return List.of(
        "ALTER TABLE requests ADD COLUMN IF NOT EXISTS request_body VARCHAR",
        "ALTER TABLE requests ADD COLUMN IF NOT EXISTS response_body VARCHAR");
  }

  private static String tokens(String each) {
    return TOKENS.stream()
        .map(token -> each.replace("%s", token))
        .collect(Collectors.joining(", "));
  }

  /** The rows of a table of the database that began on a day, as every other table of that day. */
  static String rolled(Table table, LocalDate day, long through) {
    String requests = day("requests", "began", day, through);
    String attempts = day("attempts", "asked", day, through);
    return switch (table) {
      case REQUESTS -> "SELECT * FROM " + requests;
      case ATTEMPTS -> "SELECT * FROM " + attempts;
      case REQUEST_HOURS -> hours(table, requests) + " ORDER BY ALL";
      case ATTEMPT_HOURS -> hours(table, attempts) + " ORDER BY ALL";
      case KEY_TIMES, MODEL_TIMES -> times(table, requests) + " ORDER BY ALL";
      case CHANNEL_TIMES -> times(table, attempts) + " ORDER BY ALL";
      case IDS -> "SELECT id, began, number FROM " + requests + " ORDER BY id";
    };
  }

  private static String day(String table, String time, LocalDate day, long through) {
    return "(FROM %s WHERE number <= %d AND %s >= TIMESTAMP '%s' AND %s < TIMESTAMP '%s')"
        .formatted(table, through, time, day, time, day.plusDays(1));
  }

  /** Several files of one table and day as one. */
  static String merged(Table table, List<Path> files) {
    String all = parquet(files);
    return switch (table) {
      case REQUESTS, ATTEMPTS -> "SELECT * FROM " + all;
      case REQUEST_HOURS, ATTEMPT_HOURS ->
          "SELECT "
              + dimensions(table)
              + ", "
              + totals(table)
              + " FROM "
              + all
              + " GROUP BY ALL ORDER BY ALL";
      case KEY_TIMES, MODEL_TIMES, CHANNEL_TIMES ->
          "SELECT "
              + dimensions(table)
              + ", first_token, step, sum(n)::BIGINT AS n FROM "
              + all
              + " GROUP BY ALL ORDER BY ALL";
      case IDS -> "SELECT * FROM " + all + " ORDER BY id";
    };
  }

  /** Files as something to select from. */
  static String parquet(List<Path> files) {
    return files.stream()
        .map(file -> "'" + file.toString().replace("'", "''") + "'")
        .collect(Collectors.joining(", ", "read_parquet([", "], union_by_name = true)"));
  }

  /** What a table of sums is grouped by. */
  static String dimensions(Table table) {
    return switch (table) {
      case REQUEST_HOURS -> "hour, key_name, group_name, model";
      case KEY_TIMES -> "hour, key_name, group_name";
      case MODEL_TIMES -> "hour, group_name, model";
      case ATTEMPT_HOURS -> "hour, key_name, group_name, model, channel, account, provider_model";
      case CHANNEL_TIMES -> "hour, channel, account, provider_model";
      case REQUESTS, ATTEMPTS, IDS -> throw new IllegalArgumentException(table + " has no sums");
    };
  }

  /** The sums, added up. */
  static String totals(Table table) {
    return Stream.concat(
            Stream.concat(Stream.of("requests", "attempts", "errors"), TOKENS.stream())
                .map(sum -> "sum(" + sum + ")::BIGINT AS " + sum),
            (table == Table.REQUEST_HOURS ? Stream.of("cost", "charged") : Stream.of("cost"))
                .map(sum -> "sum(" + sum + ") AS " + sum))
        .collect(Collectors.joining(", "));
  }

  /** Sums of requests or attempts by hour. */
  static String hours(Table table, String from) {
    boolean requests = table == Table.REQUEST_HOURS;
    return "SELECT "
        + dimensions(table).replace("hour,", hour(requests) + " AS hour,")
        + ", "
        + (requests
            ? "count(*)::BIGINT AS requests, sum(tries)::BIGINT AS attempts, count(*) FILTER ("
                + REQUEST_ERROR
                + ")::BIGINT AS errors, "
            : "count(*) FILTER ("
                + SERVED
                + ")::BIGINT AS requests, count(*)::BIGINT AS attempts, count(*) FILTER ("
                + ATTEMPT_ERROR
                + ")::BIGINT AS errors, ")
        + tokens("sum(%s)::BIGINT AS %s")
        + ", sum(cost) AS cost"
        + (requests ? ", sum(charged) AS charged" : "")
        + " FROM "
        + from
        + " GROUP BY ALL";
  }

  /** How many requests or attempts took how long, by hour. */
  static String times(Table table, String from) {
    return times(dimensions(table), table != Table.CHANNEL_TIMES, from);
  }

  /** The same by all of the names that requests or attempts have. */
  static String allTimes(boolean requests, String from) {
    return times(dimensions(requests ? Table.REQUEST_HOURS : Table.ATTEMPT_HOURS), requests, from);
  }

  private static String times(String dimensions, boolean requests, String from) {
    String by = dimensions.replace("hour,", hour(requests) + " AS hour,");
    return ("SELECT * FROM (SELECT %1$s, true AS first_token, %2$s AS step, count(*)::BIGINT AS n"
            + " FROM %4$s WHERE first_token_us IS NOT NULL GROUP BY ALL"
            + " UNION ALL SELECT %1$s, false AS first_token, %3$s AS step, count(*)::BIGINT AS n"
            + " FROM %4$s GROUP BY ALL)")
        .formatted(by, step("first_token_us"), step("duration_us"), from);
  }

  private static String hour(boolean requests) {
    return "date_trunc('hour', " + (requests ? "began" : "asked") + ")";
  }

  private static String step(String micros) {
    return "floor(log2(greatest(" + micros + ", 1)) * " + STEPS + ")::USMALLINT";
  }
}
