package dev.sluice.ledger;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How long questions to a large ledger take. DuckDB makes the rows: ten days with as many requests
 * each, of 200 keys with three models each, on 20 channels with two accounts.
 *
 * <pre>mvn -pl extproc -am -P ledger-large process-test-classes [-Dledger.rows=50000000]</pre>
 *
 * <p>What has been made once in its folder is used again.
 */
final class Large {
  private static final LocalDate FIRST = LocalDate.of(2026, 11, 1);
  private static final int DAYS = 10;

  private Large() {}

  public static void main(String[] arguments) throws Exception {
    long each = Long.parseLong(arguments[0]) / DAYS;
    Path data = Path.of(arguments[1]);
    Path folder = Files.createDirectories(data.resolve("ledger"));
    try (Rows rows = Rows.open(folder)) {
      Shelf shelf = Shelf.open(folder);
      for (int i = 0; i < DAYS; i++) {
        LocalDate day = FIRST.plusDays(i);
        if (!shelf.files(Table.IDS).containsKey(day)) {
          make(rows, shelf, day, i * each + 1, each);
        }
      }
    }
    Instant from = FIRST.atStartOfDay(ZoneOffset.UTC).toInstant();
    Instant to = from.plus(Duration.ofDays(DAYS));
    try (Ledger ledger = Ledger.open(data, () -> Duration.ofDays(360), InstantSource.system())) {
      for (int turn = 0; turn < 2; turn++) {
        usage(ledger, from, to, Usage.Per.HOUR, Dimension.CHANNEL);
        usage(ledger, from, to, Usage.Per.DAY, Dimension.CHANNEL, Dimension.ACCOUNT);
        usage(ledger, from, to, Usage.Per.HOUR, Dimension.KEY);
        usage(ledger, from, to, null, Dimension.GROUP);
        usage(ledger, from, to, Usage.Per.HOUR, Dimension.MODEL);
        usage(ledger, to.minus(Duration.ofDays(1)), to, null, Dimension.KEY, Dimension.CHANNEL);
        find(ledger, "one id", Search.of("%036d".formatted(each * 3 + 7)));
        find(ledger, "a key", new Search(null, "key17", null, null, from, to, null, 50));
        find(ledger, "rare", new Search(null, "key17", "channel3", 502, from, to, null, 50));
      }
    }
  }

  private static void usage(
      Ledger ledger, Instant from, Instant to, Usage.@Nullable Per per, Dimension... by)
      throws Unavailable {
    long before = System.nanoTime();
    try {
      Usage usage =
          ledger.usage(
              new Usage.Question(List.of(by), Map.of(), from, to, per, Usage.Question.MOST));
      System.out.printf(
          "usage by %s per %s: %d rows of %d attempts, %d ms%n",
          List.of(by),
          per,
          usage.rows().size(),
          usage.rows().stream().mapToLong(Usage.Row::attempts).sum(),
          (System.nanoTime() - before) / 1_000_000);
    } catch (Unavailable e) {
      System.out.println(List.of(by) + " " + e.getMessage());
    }
  }

  private static void find(Ledger ledger, String what, Search search) throws Unavailable {
    long before = System.nanoTime();
    int found = ledger.find(search).requests().size();
    System.out.printf(
        "requests, %s: %d found, %d ms%n", what, found, (System.nanoTime() - before) / 1_000_000);
  }

  private static void make(Rows rows, Shelf shelf, LocalDate day, long first, long count)
      throws Exception {
    shelf.prepare();
    var span = new Shelf.Span(first, first + count - 1);
    Path requests = shelf.place(Table.REQUESTS, day, span);
    Path attempts = shelf.place(Table.ATTEMPTS, day, span);
    rows.copy(requests(day, first, count), requests);
    rows.copy(attempts(requests), attempts);
    derived(rows, shelf, day, span, Table.REQUEST_HOURS, requests);
    derived(rows, shelf, day, span, Table.KEY_TIMES, requests);
    derived(rows, shelf, day, span, Table.MODEL_TIMES, requests);
    derived(rows, shelf, day, span, Table.ATTEMPT_HOURS, attempts);
    derived(rows, shelf, day, span, Table.CHANNEL_TIMES, attempts);
    rows.copy(
        "SELECT id, began, number FROM " + Layout.parquet(List.of(requests)) + " ORDER BY id",
        shelf.place(Table.IDS, day, span));
    shelf.decide(List.of());
    shelf.carryOut();
    System.out.println(day + " is made");
  }

  private static void derived(
      Rows rows, Shelf shelf, LocalDate day, Shelf.Span span, Table table, Path from)
      throws SQLException, IOException {
    String source = Layout.parquet(List.of(from));
    String sql =
        switch (table) {
          case REQUEST_HOURS, ATTEMPT_HOURS -> Layout.hours(table, source);
          case KEY_TIMES, MODEL_TIMES, CHANNEL_TIMES -> Layout.times(table, source);
          case REQUESTS, ATTEMPTS, IDS -> throw new IllegalArgumentException(table + "?");
        };
    rows.copy(sql + " ORDER BY ALL", shelf.place(table, day, span));
  }

  private static String requests(LocalDate day, long first, long count) {
    return """
    SELECT %2$d + i AS number, lpad((%2$d + i)::VARCHAR, 36, '0') AS id,
      TIMESTAMP '%1$s' + to_microseconds((i * 86400000000 / %3$d)::BIGINT) AS began,
      'key' || k AS key_name, 'group' || k %% 5 AS group_name, 'chat' AS protocol,
      'generate' AS endpoint, 'model' || m AS model, h %% 2 = 0 AS stream, '' AS session,
      CASE WHEN h %% 50 = 0 THEN 502 ELSE 200 END::INTEGER AS status,
      'released' AS outcome, CASE WHEN h %% 50 = 0 THEN 'FAILED' ELSE 'COMPLETE' END AS settlement,
      CASE WHEN h %% 50 = 0 THEN NULL ELSE exp(12.5 + random() * 2.5)::BIGINT END AS first_token_us,
      exp(14.5 + random() * 3)::BIGINT AS duration_us, 1::INTEGER AS tries,
      ['channel' || (m * 3 + h %% 3) %% 20] AS channels,
      (random() * 8000)::BIGINT AS input, (random() * 30000)::BIGINT AS cache_read,
      (random() * 500)::BIGINT AS cache_write, (random() * 1500)::BIGINT AS output,
      (random() * 400)::BIGINT AS reasoning, 0::BIGINT AS audio_input,
      0::BIGINT AS audio_output, 0::BIGINT AS image, random() * 0.2 AS cost,
      random() * 0.2 AS charged, []::VARCHAR[] AS losses,
      '[{"channel":"channel' || (m * 3 + h %% 3) %% 20 || '","why":"best score"}]' AS decisions
    FROM (SELECT i, h, k, (k * 7 + (h // 1000) %% 3) %% 12 AS m FROM (
      SELECT i, (hash(%2$d + i) %% 1000000000)::BIGINT AS h, (hash(%2$d + i + 1) %% 200)::BIGINT AS k
      FROM range(%3$d) t(i)))
    """
        .formatted(day, first, count);
  }

  private static String attempts(Path requests) {
    return """
    SELECT number, id AS request, began AS asked, key_name, group_name, model,
      1::INTEGER AS ordinal, began, channels[1] AS channel,
      CASE WHEN number %% 3 = 0 THEN 'spare' ELSE 'main' END AS account,
      'https://' || channels[1] || '.example.com/v1' AS url, 'real-' || model AS provider_model,
      'messages' AS protocol, 'best score' AS reason, status, '' AS flags,
      CASE WHEN status = 502 THEN 'SERVER_ERROR' ELSE '' END AS failure, settlement,
      first_token_us, duration_us, input, cache_read, cache_write, output, reasoning,
      audio_input, audio_output, image, cost
    FROM %s
    """
        .formatted(Layout.parquet(List.of(requests)));
  }
}
