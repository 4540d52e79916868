package dev.sluice.ledger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** On real files of DuckDB and Parquet. */
final class LedgerTest {
  private static final Comparator<RequestRecord> NEWEST =
      Comparator.comparing(RequestRecord::began).reversed();

  @TempDir Path data = Path.of("");
  private volatile Instant now = Made.NOON;

  private Ledger open(long segmentBytes, long rollBytes) {
    return Ledger.open(
        data, Made.quick(segmentBytes, rollBytes), () -> Duration.ofDays(30), clock());
  }

  private Ledger open() {
    return open(1 << 20, 1 << 30);
  }

  private InstantSource clock() {
    return () -> now;
  }

  private static void until(BooleanSupplier what) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (!what.getAsBoolean() && System.nanoTime() < end) {
      Thread.sleep(5);
    }
    assertThat(what.getAsBoolean()).isTrue();
  }

  private static void settle(Ledger ledger) throws InterruptedException {
    until(
        () ->
            ledger.state().open()
                && ledger.state().waiting() == 0
                && ledger.state().spooled() == 0
                && ledger.state().trouble() == null);
  }

  /** A minute apart, and each a millisecond from the full one. */
  private static List<RequestRecord> made(long from, long to, Instant began) {
    return LongStream.range(from, to)
        .mapToObj(n -> Made.request(n, began.plusSeconds(60 * (n - from)).plusMillis(n)))
        .toList();
  }

  private static List<RequestRecord> all(Ledger ledger) throws Unavailable {
    var all = new ArrayList<RequestRecord>();
    Search.Cursor after = null;
    do {
      Search.Page page =
          ledger.find(
              new Search(
                  null,
                  null,
                  null,
                  null,
                  Instant.EPOCH,
                  Made.NOON.plus(999, ChronoUnit.DAYS),
                  after,
                  300));
      all.addAll(page.requests());
      after = page.next();
    } while (after != null);
    return all;
  }

  /** What is unlike is said in few words. */
  private static void same(List<RequestRecord> found, List<RequestRecord> expected) {
    assertThat(found.stream().map(RequestRecord::id).toList())
        .isEqualTo(expected.stream().map(RequestRecord::id).toList());
    for (int i = 0; i < found.size(); i++) {
      assertThat(found.get(i)).isEqualTo(expected.get(i));
    }
  }

  private List<Path> files(String folder) throws Exception {
    Path at = data.resolve("ledger").resolve(folder);
    if (!Files.exists(at)) {
      return List.of();
    }
    try (Stream<Path> paths = Files.walk(at)) {
      return paths.filter(Files::isRegularFile).sorted().toList();
    }
  }

  private static Usage usage(
      Ledger ledger,
      List<Dimension> by,
      Map<Dimension, String> only,
      Instant from,
      Duration time,
      Usage.@Nullable Per per)
      throws Unavailable {
    return ledger.usage(new Usage.Question(by, only, from, from.plus(time), per, 1_000));
  }

  @Test
  void whatIsWrittenIsFoundWholeNowAndAfterARestart() throws Exception {
    List<RequestRecord> made = made(0, 200, Made.NOON);
    try (Ledger ledger = open()) {
      made.forEach(ledger::write);
      settle(ledger);
      same(all(ledger), made.reversed());
      assertThat(ledger.find(Search.of(Made.id(17))).requests()).containsExactly(made.get(17));
      assertThat(ledger.find(Search.of("none")).requests()).isEmpty();
    }
    try (Ledger ledger = open()) {
      same(all(ledger), made.reversed());
      assertThat(ledger.state())
          .isEqualTo(
              new Ledger.State(data.resolve("ledger").toString(), true, 0, 0, 0, null, null));
    }
  }

  @Test
  void rowsMoveIntoParquetByDayAndAreFoundThere() throws Exception {
    // From noon on, half a day and more: two days.
    List<RequestRecord> made = made(0, 1_000, Made.NOON);
    try (Ledger ledger = open(20_000, 50_000)) {
      made.subList(0, 860).forEach(ledger::write);
      until(() -> rolled("2026-03-11") > 0);
      long before = rolled("2026-03-11");
      made.subList(860, 1_000).forEach(ledger::write);
      until(() -> rolled("2026-03-11") > before);
      settle(ledger);
      same(all(ledger), made.reversed());
      for (int n : List.of(0, 5, 400, 999)) {
        assertThat(ledger.find(Search.of(Made.id(n))).requests()).containsExactly(made.get(n));
      }
    }
    assertThat(files("requests"))
        .extracting(f -> Objects.requireNonNull(f.getParent()).getFileName().toString())
        .contains("day=2026-03-10", "day=2026-03-11");
    assertThat(files("spool").stream().mapToLong(LedgerTest::size).sum()).isLessThan(150_000);

    // What was yesterday becomes one file; what is too old goes.
    now = Made.NOON.plus(2, ChronoUnit.DAYS);
    try (Ledger ledger = open(20_000, 50_000)) {
      until(() -> rolled("2026-03-10") == 1 && rolled("2026-03-11") == 1);
      same(all(ledger), made.reversed());
      assertThat(ledger.find(Search.of(Made.id(400))).requests()).containsExactly(made.get(400));
    }
    now = Made.NOON.plus(31, ChronoUnit.DAYS);
    try (Ledger ledger = open(20_000, 50_000)) {
      until(() -> rolled("2026-03-10") == 0);
      assertThat(rolled("2026-03-11")).isEqualTo(1);
      assertThat(all(ledger))
          .isEqualTo(
              made.reversed().stream()
                  .filter(r -> !r.began().isBefore(Instant.parse("2026-03-11T00:00:00Z")))
                  .toList());
    }
  }

  private long rolled(String day) {
    return count("requests", "day=" + day);
  }

  private long count(String folder, String part) {
    try {
      return files(folder).stream().filter(f -> f.toString().contains(part)).count();
    } catch (Exception _) {
      return -1; // they are being moved
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (java.io.IOException e) {
      return 0;
    }
  }

  @Test
  void whatIsLittleMovesAfterAnHour() throws Exception {
    try (Ledger ledger = open()) {
      made(0, 3, Made.NOON).forEach(ledger::write);
      settle(ledger);
      now = Made.NOON.plus(Duration.ofMinutes(11)); // its segment is closed
      Thread.sleep(100);
      assertThat(rolled("2026-03-10")).isZero();
      now = Made.NOON.plus(Duration.ofMinutes(61));
      until(() -> rolled("2026-03-10") == 1);
      same(all(ledger), made(0, 3, Made.NOON).reversed());
    }
  }

  @Test
  void searches() throws Exception {
    List<RequestRecord> made = made(0, 1_500, Made.NOON);
    try (Ledger ledger = open(20_000, 300_000)) {
      made.forEach(ledger::write);
      settle(ledger);
      until(() -> rolled("2026-03-10") > 0);
      Instant from = Made.NOON.plusSeconds(3_000);
      Instant to = Made.NOON.plusSeconds(80_000);
      record Case(
          @Nullable String key,
          @Nullable String channel,
          @Nullable Integer status,
          Predicate<RequestRecord> holds) {}
      for (Case one :
          List.of(
              new Case(null, null, null, _ -> true),
              new Case("bob", null, null, r -> r.key().equals("bob")),
              new Case(null, "two", null, r -> tried(r, "two")),
              new Case(null, null, 502, r -> r.status() == 502),
              new Case(
                  "bob",
                  "two",
                  200,
                  r -> r.key().equals("bob") && tried(r, "two") && r.status() == 200))) {
        List<RequestRecord> expected =
            made.stream()
                .filter(r -> !r.began().isBefore(from) && r.began().isBefore(to))
                .filter(one.holds())
                .sorted(NEWEST)
                .toList();
        Search.Page page =
            ledger.find(
                new Search(null, one.key(), one.channel(), one.status(), from, to, null, 20));
        assertThat(page.requests()).isEqualTo(expected.subList(0, 20));
        Search.Page second =
            ledger.find(
                new Search(
                    null, one.key(), one.channel(), one.status(), from, to, page.next(), 20));
        assertThat(second.requests()).isEqualTo(expected.subList(20, 40));
      }
    }
  }

  private static boolean tried(RequestRecord request, String channel) {
    return request.attempts().stream().anyMatch(a -> a.channel().equals(channel));
  }

  @Test
  void usageIsTheSumOfWhatWasWritten() throws Exception {
    List<RequestRecord> made = made(0, 1_500, Made.NOON);
    try (Ledger ledger = open(20_000, 300_000)) {
      made.forEach(ledger::write);
      settle(ledger);
      until(() -> rolled("2026-03-10") > 0);
      Instant from = Made.NOON.plus(Duration.ofHours(2));
      Duration time = Duration.ofHours(20);
      List<RequestRecord> within =
          made.stream()
              .filter(r -> !r.began().isBefore(from) && r.began().isBefore(from.plus(time)))
              .toList();

      Usage byKey = usage(ledger, List.of(Dimension.KEY), Map.of(), from, time, null);
      assertThat(byKey.rows()).hasSize(3);
      for (Usage.Row row : byKey.rows()) {
        same(
            row,
            within.stream().filter(r -> r.key().equals(row.names().get(Dimension.KEY))).toList());
      }
      Usage hours = usage(ledger, List.of(), Map.of(), from, time, Usage.Per.HOUR);
      assertThat(hours.rows()).hasSize(20);
      for (Usage.Row row : hours.rows()) {
        same(
            row,
            within.stream()
                .filter(r -> r.began().truncatedTo(ChronoUnit.HOURS).equals(row.at()))
                .toList());
      }
      Usage some =
          usage(
              ledger,
              List.of(Dimension.MODEL, Dimension.GROUP),
              Map.of(Dimension.KEY, "bob"),
              from,
              time,
              Usage.Per.DAY);
      assertThat(some.rows()).hasSize(12);
      for (Usage.Row row : some.rows()) {
        same(
            row,
            within.stream()
                .filter(
                    r ->
                        r.began().truncatedTo(ChronoUnit.DAYS).equals(row.at())
                            && r.key().equals("bob")
                            && r.model().equals(row.names().get(Dimension.MODEL))
                            && r.group().equals(row.names().get(Dimension.GROUP)))
                .toList());
      }
      Usage channels =
          usage(ledger, List.of(Dimension.CHANNEL), Map.of(), from, time, Usage.Per.HOUR);
      assertThat(channels.rows()).hasSize(60);
      for (Usage.Row row : channels.rows()) {
        sameAttempts(
            row,
            within.stream()
                .filter(r -> r.began().truncatedTo(ChronoUnit.HOURS).equals(row.at()))
                .flatMap(r -> r.attempts().stream())
                .filter(a -> a.channel().equals(row.names().get(Dimension.CHANNEL)))
                .toList());
      }
      Usage keysOfChannel =
          usage(
              ledger,
              List.of(Dimension.KEY, Dimension.ACCOUNT),
              Map.of(Dimension.CHANNEL, "two"),
              from,
              time,
              null);
      assertThat(keysOfChannel.rows()).hasSize(6);
      for (Usage.Row row : keysOfChannel.rows()) {
        sameAttempts(
            row,
            within.stream()
                .filter(r -> r.key().equals(row.names().get(Dimension.KEY)))
                .flatMap(r -> r.attempts().stream())
                .filter(
                    a ->
                        a.channel().equals("two")
                            && a.account().equals(row.names().get(Dimension.ACCOUNT)))
                .toList());
      }
      assertThat(
              ledger.usage(
                  new Usage.Question(
                      List.of(Dimension.KEY), Map.of(), from, from.plus(time), null, 2)))
          .isEqualTo(new Usage(byKey.rows().subList(0, 2), true));
      assertThat(
              usage(
                      ledger,
                      List.of(Dimension.KEY),
                      Map.of(Dimension.KEY, "' OR TRUE --"),
                      from,
                      time,
                      null)
                  .rows())
          .isEmpty();
    }
  }

  private static void same(Usage.Row row, List<RequestRecord> requests) {
    assertThat(row.requests()).isEqualTo(requests.size());
    assertThat(row.attempts())
        .isEqualTo(requests.stream().mapToLong(r -> r.attempts().size()).sum());
    assertThat(row.errors()).isEqualTo(requests.stream().filter(r -> r.status() >= 400).count());
    assertThat(row.tokens()).isEqualTo(sum(requests.stream().map(RequestRecord::tokens)));
    assertThat(row.cost())
        .isCloseTo(requests.stream().mapToDouble(RequestRecord::cost).sum(), within(1e-9));
    assertThat(row.charged())
        .isCloseTo(requests.stream().mapToDouble(RequestRecord::charged).sum(), within(1e-9));
    same(
        row.firstToken(),
        requests.stream().map(RequestRecord::firstTokenMicros).filter(m -> m >= 0).toList());
    same(row.duration(), requests.stream().map(RequestRecord::durationMicros).toList());
  }

  private static void sameAttempts(Usage.Row row, List<AttemptRecord> attempts) {
    List<AttemptRecord> served =
        attempts.stream().filter(a -> a.settlement() == Settlement.COMPLETE).toList();
    assertThat(row.requests()).isEqualTo(served.size());
    assertThat(row.attempts()).isEqualTo(attempts.size());
    assertThat(row.errors()).isEqualTo(attempts.size() - served.size());
    assertThat(row.tokens()).isEqualTo(sum(attempts.stream().map(AttemptRecord::tokens)));
    assertThat(row.cost())
        .isCloseTo(attempts.stream().mapToDouble(AttemptRecord::cost).sum(), within(1e-9));
    assertThat(row.charged()).isNull();
    same(row.firstToken(), served.stream().map(AttemptRecord::firstTokenMicros).toList());
    same(row.duration(), attempts.stream().map(AttemptRecord::durationMicros).toList());
  }

  private static Tokens sum(Stream<Tokens> tokens) {
    return tokens.reduce(
        Tokens.NONE,
        (a, b) ->
            new Tokens(
                a.input() + b.input(),
                a.cacheRead() + b.cacheRead(),
                a.cacheWrite() + b.cacheWrite(),
                a.output() + b.output(),
                a.reasoning() + b.reasoning(),
                a.audioInput() + b.audioInput(),
                a.audioOutput() + b.audioOutput(),
                a.image() + b.image()));
  }

  /** As exact as is promised. */
  private static void same(Usage.@Nullable Percentiles said, List<Long> micros) {
    if (said == null) {
      assertThat(micros).isEmpty();
      return;
    }
    List<Long> sorted = micros.stream().sorted().toList();
    Map.of(50, said.p50(), 95, said.p95(), 99, said.p99())
        .forEach(
            (percent, millis) -> {
              int rank = (int) Math.ceil(sorted.size() * percent / 100.0);
              double exact = sorted.get(rank - 1) / 1e3;
              assertThat(millis).isCloseTo(exact, within(exact * 0.022));
            });
  }

  @Test
  void whatRequestsCameToThatWereWrittenAMomentAgo() throws Exception {
    List<RequestRecord> made = made(0, 120, Made.NOON);
    try (Ledger ledger = open()) {
      made.forEach(ledger::write);
      List<Charge> charges = ledger.charges(Made.NOON, Made.NOON.plus(Duration.ofDays(1)));
      assertThat(charges.stream().mapToLong(Charge::nanos).sum())
          .isEqualTo(made.stream().mapToLong(r -> Math.round(r.charged() * 1e9)).sum());
      assertThat(charges.stream().mapToLong(Charge::tokens).sum())
          .isEqualTo(
              made.stream()
                  .flatMap(r -> r.attempts().stream())
                  .mapToLong(a -> a.tokens().total())
                  .sum());
    }
  }

  @Test
  void samplesOfTheLastHour() throws Exception {
    List<RequestRecord> made = made(0, 120, Made.NOON);
    now = Made.NOON.plus(Duration.ofMinutes(119)).plusSeconds(30);
    try (Ledger ledger = open()) {
      made.forEach(ledger::write);
      settle(ledger);
      List<Sample> expected =
          made.stream()
              .filter(r -> !r.began().isBefore(now.minus(Duration.ofHours(1))))
              .flatMap(
                  r ->
                      r.attempts().stream()
                          .map(a -> new Sample(r.model(), r.session(), r.stream(), a)))
              .sorted(Comparator.comparing(Sample::ended))
              .toList();
      assertThat(ledger.statistics()).isEqualTo(expected).hasSizeGreaterThan(60);
    }
  }

  @Test
  void aBrokenDatabaseIsMadeAnewAndNothingIsMissing() throws Exception {
    List<RequestRecord> made = made(0, 1_500, Made.NOON);
    Path file = data.resolve("ledger").resolve("ledger.duckdb");
    try (Ledger ledger = open(20_000, 300_000)) {
      made.forEach(ledger::write);
      settle(ledger);
      until(() -> rolled("2026-03-10") > 0);
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(12_000), 0);
    }
    try (Ledger ledger = open(20_000, 300_000)) {
      until(() -> ledger.state().note() != null);
      settle(ledger);
      assertThat(ledger.state().note())
          .contains("was broken")
          .contains("it is kept as " + file + ".broken");
      same(all(ledger), made.reversed());
    }
    assertThat(Path.of(file + ".broken")).exists();

    Files.delete(file); // and where it is gone altogether
    try (Ledger ledger = open(20_000, 300_000)) {
      until(() -> ledger.state().trouble() == null);
      settle(ledger);
      same(all(ledger), made.reversed());
    }
  }

  @Test
  void aChangeThatACrashInterruptedIsCarriedOut() throws Exception {
    List<RequestRecord> made = made(0, 60, Made.NOON);
    try (Ledger ledger = open()) {
      made.forEach(ledger::write);
      settle(ledger);
    }
    Path folder = data.resolve("ledger");
    long from = 0;
    // The rows are decided to be in Parquet, and still in the database and in the spool.
    try (Rows rows = Rows.open(folder)) {
      long through = rows.position();
      Shelf shelf = Shelf.open(folder);
      shelf.prepare();
      for (Rows.Day day : rows.days(through)) {
        from = day.from();
        for (Table table : Table.values()) {
          rows.copy(
              Layout.rolled(table, day.day(), through),
              shelf.place(table, day.day(), new Shelf.Span(day.from(), day.to())));
        }
      }
      shelf.decide(List.of());
    }
    assertThat(from).isPositive();
    assertThat(rolled("2026-03-10")).isZero();
    try (Ledger ledger = open()) {
      settle(ledger);
      same(all(ledger), made.reversed());
      assertThat(rolled("2026-03-10")).isEqualTo(1);
    }
    // And one that was not decided is forgotten.
    Files.createDirectories(folder.resolve("change").resolve("placed"));
    Files.writeString(folder.resolve("change").resolve("placed").resolve("x"), "x");
    try (Ledger ledger = open()) {
      same(all(ledger), made.reversed());
    }
    assertThat(folder.resolve("change")).doesNotExist();
  }

  @Test
  void whatDoesNotFitIntoMemoryIsCounted() throws Exception {
    Path file = data.resolve("ledger");
    Files.writeString(file, "in the way of the folder");
    Schedule usual = Made.quick(1 << 20, 1 << 30);
    var schedule =
        new Schedule(
            usual.flush(),
            usual.rows(),
            usual.batch(),
            usual.segmentBytes(),
            usual.segmentAge(),
            usual.rollBytes(),
            usual.rollAge(),
            usual.spoolBytes(),
            100,
            usual.waitingBytes(),
            usual.look());
    try (Ledger ledger = Ledger.open(data, schedule, () -> Duration.ofDays(1), clock())) {
      made(0, 130, Made.NOON).forEach(ledger::write);
      until(() -> String.valueOf(ledger.state().trouble()).contains("cannot be written"));
      Ledger.State state = ledger.state();
      assertThat(state.lost()).isEqualTo(30);
      assertThat(state.waiting()).isEqualTo(100);
      assertThat(state.trouble()).contains("cannot be written", "more requests end than");
      assertThatThrownBy(() -> ledger.find(Search.of("x"))).isInstanceOf(Unavailable.class);

      Files.delete(file);
      until(() -> ledger.state().trouble() == null);
      settle(ledger);
      assertThat(all(ledger)).hasSize(100);
      assertThat(ledger.state().lost()).isEqualTo(30);
    }
  }

  @Test
  void withoutAFolderThereIsTheLogAlone() throws Exception {
    try (Ledger ledger = Ledger.open(null, () -> Duration.ofDays(1), clock())) {
      ledger.write(Made.request(1, Made.NOON));
      until(() -> ledger.state().waiting() == 0);
      assertThat(ledger.state()).isEqualTo(new Ledger.State("log", true, 0, 0, 0, null, null));
      assertThatThrownBy(ledger::statistics).isInstanceOf(Unavailable.class);
      assertThatThrownBy(() -> ledger.find(Search.of("x")))
          .isInstanceOf(Unavailable.class)
          .hasMessage("requests are not kept; start the gateway with --data DIR.");
    }
  }

  @Test
  void oddRecordsDoNotHoldUpOthers() throws Exception {
    RequestRecord usual = Made.request(1, Made.NOON);
    try (Ledger ledger = open()) {
      ledger.write(odd("zero", Made.NOON, "a\0b\ud800 \ud83d\ude00 'quoted'"));
      ledger.write(odd("never", Instant.MAX, "m"));
      ledger.write(usual);
      settle(ledger);
      assertThat(ledger.state().lost()).isEqualTo(1);
      assertThat(ledger.find(Search.of(usual.id())).requests()).containsExactly(usual);
      assertThat(ledger.find(Search.of("zero")).requests())
          .containsExactly(odd("zero", Made.NOON, "a\ufffdb? \ud83d\ude00 'quoted'"));
    }
  }

  /** The clock stands still, so a second process would number its records as the first did. */
  @Test
  void anEmptySpoolAndAClockThatHasGoneBackLoseNothing() throws Exception {
    List<RequestRecord> made = made(0, 300, Made.NOON);
    try (Ledger ledger = open(1, 1)) {
      made.forEach(ledger::write);
      settle(ledger);
      until(() -> rolled("2026-03-10") > 0 && count("spool", ".spool") == 0);
    }
    RequestRecord fresh = Made.request(900, Made.NOON);
    try (Ledger ledger = open(1, 1)) {
      ledger.write(fresh);
      settle(ledger);
      until(() -> found(ledger, fresh));
      assertThat(all(ledger)).hasSize(301);
    }
  }

  @Test
  void bodiesAreFoundWithTheirRequestAlone() throws Exception {
    List<RequestRecord> made =
        made(0, 800, Made.NOON).stream().map(r -> r.with(bodies(r.id()))).toList();
    try (Ledger ledger = open(20_000, 200_000)) {
      made.forEach(ledger::write);
      settle(ledger);
      until(() -> rolled("2026-03-10") > 0);
    }
    try (Ledger ledger = open(20_000, 200_000)) {
      settle(ledger);
      for (RequestRecord one : List.of(made.getFirst(), made.get(401), made.getLast())) {
        assertThat(ledger.find(Search.of(one.id())).requests()).containsExactly(one);
      }
      assertThat(all(ledger)).hasSize(800).allMatch(r -> r.bodies().equals(Bodies.NONE));
    }
  }

  /** Of every form, the longest among them. */
  private static Bodies bodies(String id) {
    return switch (id.hashCode() % 4) {
      case 0 -> new Bodies("{\"of\":\"" + id + "\"}", null);
      case 1 -> new Bodies(null, "\u20ac".repeat(3_000));
      case 2 -> new Bodies("", "data: {}\n\n");
      default -> Bodies.NONE;
    };
  }

  @Test
  void whatTheFirstVersionLeftIsRead() throws Exception {
    List<RequestRecord> made = made(0, 800, Made.NOON);
    try (Ledger ledger = open(20_000, 200_000)) {
      made.forEach(ledger::write);
      settle(ledger);
      until(() -> rolled("2026-03-10") > 0);
    }
    toTheFirstVersion();
    RequestRecord fresh = Made.request(900, Made.NOON).with(new Bodies("asked", "told"));
    try (Ledger ledger = open(20_000, 200_000)) {
      ledger.write(fresh);
      settle(ledger);
      until(() -> found(ledger, fresh));
      for (RequestRecord one : List.of(made.getFirst(), made.get(401), made.getLast(), fresh)) {
        assertThat(ledger.find(Search.of(one.id())).requests()).containsExactly(one);
      }
      assertThat(ledger.state().note()).isNull();
      assertThat(all(ledger)).hasSize(801);
    }
  }

  private static boolean found(Ledger ledger, RequestRecord one) {
    try {
      return !ledger.find(Search.of(one.id())).requests().isEmpty();
    } catch (Unavailable e) {
      return false;
    }
  }

  /** As they were before there were bodies: the table, and what has been rolled. */
  private void toTheFirstVersion() throws Exception {
    Path folder = data.resolve("ledger");
    try (var connection =
            java.sql.DriverManager.getConnection("jdbc:duckdb:" + folder.resolve("ledger.duckdb"));
        var statement = connection.createStatement()) {
      statement.execute("ALTER TABLE requests DROP COLUMN request_body");
      statement.execute("ALTER TABLE requests DROP COLUMN response_body");
      statement.execute("UPDATE place SET version = 1");
      for (Path file : files("requests")) {
        Path old = file.resolveSibling("old");
        statement.execute(
            "COPY (SELECT * EXCLUDE (request_body, response_body) FROM "
                + Layout.parquet(List.of(file))
                + ") TO '"
                + old
                + "' (FORMAT parquet)");
        Files.move(old, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static RequestRecord odd(String id, Instant began, String model) {
    return new RequestRecord(
        id,
        began,
        "",
        "",
        "",
        "",
        model,
        false,
        "",
        0,
        "left",
        Settlement.FAILED,
        -1,
        0,
        Tokens.NONE,
        0,
        0,
        List.of(),
        "",
        List.of());
  }

  @Test
  void noLibraryIsLeftBehindByAKill() throws Exception {
    try (Ledger ledger = open()) {
      settle(ledger);
      Path maps = Path.of("/proc/self/maps");
      if (Files.exists(maps)) {
        assertThat(Files.readAllLines(maps))
            .filteredOn(line -> line.contains("libduckdb_java"))
            .isNotEmpty()
            .allMatch(line -> line.endsWith("(deleted)"));
      }
    }
  }

  @Test
  void parquetIsReadableByOthers() throws Exception {
    List<RequestRecord> made = made(0, 800, Made.NOON);
    try (Ledger ledger = open(20_000, 200_000)) {
      made.forEach(ledger::write);
      settle(ledger);
      until(() -> rolled("2026-03-10") > 0);
    }
    List<Path> files = files("requests");
    try (var connection = java.sql.DriverManager.getConnection("jdbc:duckdb:");
        var statement = connection.createStatement();
        var found =
            statement.executeQuery(
                "SELECT column_name, column_type FROM (DESCRIBE FROM "
                    + Layout.parquet(files)
                    + ")")) {
      var columns = new ArrayList<String>();
      while (found.next()) {
        columns.add(found.getString(1) + " " + found.getString(2));
      }
      assertThat(columns)
          .contains("id VARCHAR", "began TIMESTAMP", "input BIGINT", "channels VARCHAR[]");
    }
    assertThat(files.stream().map(f -> f.getFileName().toString()).collect(Collectors.toSet()))
        .allMatch(name -> name.matches("\\d{20}-\\d{20}\\.parquet"));
  }
}
