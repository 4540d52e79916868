package dev.sluice.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.catalog.Account;
import dev.sluice.catalog.Aim;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Group;
import dev.sluice.catalog.Limits;
import dev.sluice.catalog.Pattern;
import dev.sluice.catalog.Price;
import dev.sluice.catalog.Timeouts;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Usage;
import dev.sluice.ledger.Ledger;
import dev.sluice.ledger.RequestRecord;
import dev.sluice.ledger.Search;
import dev.sluice.ledger.Settlement;
import dev.sluice.ledger.Unavailable;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.messages.Messages;
import dev.sluice.protos.AttemptLog;
import dev.sluice.routing.Attempt;
import dev.sluice.routing.Lease;
import dev.sluice.routing.Outcome;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Requests that one process began are told by the next, from what Envoy says of their attempts:
 * each once, as the first would have told it.
 */
final class OrphansTest {
  private final Instant began = Instant.now().truncatedTo(ChronoUnit.MICROS);
  private static final String USAGE = "{\"input_tokens\":12,\"output_tokens\":5}";
  private static final Channel CHANNEL =
      new Channel(
          "one",
          Origin.MESSAGES,
          List.of(new Channel.Url("http://x", "x", "", "c")),
          List.of(new Account("a", 1, Set.of(), "secret")),
          List.of(),
          List.of(new Price(Pattern.of("*"), 1e6, null, null, 2e6, 0)),
          1,
          1,
          new Timeouts(Duration.ofSeconds(1), Duration.ofSeconds(1)),
          Limits.NONE,
          Set.of(),
          OptionalInt.empty(),
          "one",
          false);
  private static final Catalog CATALOG =
      new Catalog(
          Map.of("one", CHANNEL),
          Map.of(
              "g",
              new Group(
                  "g",
                  null,
                  4,
                  Duration.ZERO,
                  Duration.ZERO,
                  List.of("one"),
                  Group.Ambiguous.REJECT,
                  Aim.STABILITY,
                  0,
                  Group.STICKY,
                  Group.Metering.EXACT,
                  3,
                  null)),
          Map.of(),
          List.of(),
          1 << 20,
          "00",
          Catalog.Responses.DEFAULT,
          new Catalog.Status(Instant.EPOCH, List.of()));

  @TempDir private Path data;

  private final AtomicLong now = new AtomicLong(1_000_000_000);
  private final List<RequestRecord> byTheFirst = new ArrayList<>();
  private final Bills first =
      new Bills((record, _) -> byTheFirst.add(record), Runnable::run, now::get);
  private final List<RequestRecord> told = new ArrayList<>();
  private Ledger ledger;
  private Orphans orphans;

  @BeforeEach
  void open() {
    ledger = Ledger.open(data, () -> Duration.ofDays(10), InstantSource.system());
    orphans = orphans();
  }

  private Orphans orphans() {
    return new Orphans(
        ledger,
        () -> CATALOG,
        new Protocols(List.of(new Messages(new Carrier(() -> new byte[32])))),
        told::addAll);
  }

  @AfterEach
  void close() {
    ledger.close();
  }

  private Bill bill(String id) {
    return first.open(
        new Bill.Facts(
            id, began, now.get(), "k", "g", "messages", "generate", "m", true, "s", 3, ""),
        List::of,
        null);
  }

  private Bill.Item begin(Bill bill, int millis) {
    var attempt =
        new Attempt(CHANNEL, CHANNEL.urls().getFirst(), CHANNEL.accounts().getFirst(), "real");
    return bill.begin(attempt, new Free(), "first", began.plusMillis(millis), now.get(), now.get());
  }

  private record Free() implements Lease {
    @Override
    public Duration firstToken() {
      return Duration.ofSeconds(1);
    }

    @Override
    public String reason() {
      return "";
    }

    @Override
    public double probability() {
      return 1;
    }

    @Override
    public void firstToken(Duration sinceBegin) {}

    @Override
    public void end(Outcome outcome) {}
  }

  private static Entry entry(
      Bill.Item item, String flags, boolean failover, Map<String, String> more) {
    var known = new HashMap<>(item.said());
    var said = new HashMap<String, String>();
    more.forEach(
        (name, value) ->
            (Set.of(AttemptLog.ANSWER, AttemptLog.USED).contains(name) ? known : said)
                .put(name, value));
    return new Entry(
        item.id(),
        flags,
        flags.equals("DR"),
        flags.equals("UC"),
        900_000_000,
        1_000,
        said,
        known,
        flags.isEmpty() && !failover ? 200 : 503,
        failover);
  }

  private static String memo(String outcome) {
    return new Memo(outcome, 200, 250_000, 100_000, 30, Pace.of(400, 200, 4)).written();
  }

  private List<RequestRecord> settled(Entry... entries) throws Exception {
    for (Entry entry : entries) {
      orphans.heard(entry);
    }
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (true) {
      try {
        var _ = ledger.known(List.of(), began);
        orphans.settle();
        return List.copyOf(told);
      } catch (Unavailable e) {
        assertThat(System.nanoTime()).isLessThan(end);
        Thread.sleep(5);
      }
    }
  }

  private static String sum(RequestRecord record) {
    return record.outcome()
        + " "
        + record.settlement()
        + " "
        + record.tokens().input()
        + "/"
        + record.tokens().output()
        + record.attempts().stream()
            .map(
                each ->
                    " "
                        + each.settlement()
                        + (each.failure().isEmpty() ? "" : ":" + each.failure()))
            .toList();
  }

  @Test
  void howItEndedIsSeen() throws Exception {
    record Case(String flags, Map<String, String> said, String sum) {}
    var released = Map.of(AttemptLog.ANSWER, memo("released"));
    var whole = Map.of(AttemptLog.ANSWER, memo("passed"), AttemptLog.USED, "7 1 2 9 -1 -1 -1 -1");
    var ended =
        Map.of(
            AttemptLog.ANSWER,
            memo("released"),
            AttemptLog.USAGE,
            USAGE,
            AttemptLog.STOP_REASON,
            "end_turn");
    var counted =
        Map.of(AttemptLog.ANSWER, new Memo("released", 200, 1, 1, -1, new Pace()).written());
    List<Case> cases =
        List.of(
            new Case("", ended, "released COMPLETE 12/5[ COMPLETE]"),
            new Case("DR", released, "left ABORTED 30/16[ ABORTED:LEFT]"),
            new Case("UC", released, "cut ABORTED 30/16[ ABORTED:CUT]"),
            new Case("", whole, "passed COMPLETE 7/9[ COMPLETE]"),
            new Case(
                "",
                Map.of(AttemptLog.ANSWER, memo("translated")),
                "cut ABORTED 30/1[ ABORTED:CUT]"),
            new Case("", counted, "released COMPLETE 0/0[ COMPLETE]"),
            new Case("DR", Map.of(), "interrupted FAILED 0/0[ FAILED:LEFT]"),
            new Case("", Map.of(), "interrupted FAILED 0/0[ FAILED:INTERRUPTED]"));
    var entries = new ArrayList<Entry>();
    for (int i = 0; i < cases.size(); i++) {
      entries.add(entry(begin(bill("r" + i), 5), cases.get(i).flags, false, cases.get(i).said));
    }
    List<RequestRecord> records = settled(entries.toArray(Entry[]::new));
    assertThat(records)
        .extracting(OrphansTest::sum)
        .containsExactlyElementsOf(cases.stream().map(Case::sum).toList());
    RequestRecord one = records.getFirst();
    assertThat(one.key()).isEqualTo("k");
    assertThat(one.model()).isEqualTo("m");
    assertThat(one.began()).isEqualTo(began);
    assertThat(one.firstTokenMicros()).isEqualTo(255_000);
    assertThat(one.durationMicros()).isEqualTo(805_000);
    assertThat(one.cost()).isEqualTo(12 + 2 * 5);
    assertThat(one.charged()).isEqualTo(3 * one.cost());
    assertThat(one.attempts().getFirst().channel()).isEqualTo("one");
    assertThat(one.attempts().getFirst().durationMicros()).isEqualTo(800_000);
  }

  @Test
  void whatComesTwiceIsToldOnce() throws Exception {
    Entry entry =
        entry(begin(bill("r"), 0), "", false, Map.of(AttemptLog.ANSWER, memo("released")));
    assertThat(settled(entry, entry)).hasSize(1);
    assertThat(settled(entry)).hasSize(1);
    // And by a third process, which has it from the log alone.
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (ledger.find(Search.of("r")).requests().isEmpty()) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(20);
    }
    orphans = orphans();
    assertThat(settled(entry)).hasSize(1);
  }

  @Test
  void whatTheFirstProcessToldIsNotToldAgain() throws Exception {
    Bill bill = bill("r");
    Bill.Item item = begin(bill, 0);
    bill.first(item, now.get());
    bill.settle(
        item,
        new Reckoning(
            Settlement.COMPLETE, new Usage(12, 0, 0, 5, null, null, null, null, null), "", false),
        now.get());
    bill.over(200, "passed", List.of(), now.get());
    first.heard(new Entry(item.id(), "", false, false, 1, 1, Map.of()));
    assertThat(byTheFirst).hasSize(1);
    ledger.write(byTheFirst.getFirst());
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (ledger.find(Search.of("r")).requests().isEmpty()) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(20);
    }
    assertThat(settled(entry(item, "", false, Map.of(AttemptLog.ANSWER, memo("passed")))))
        .isEmpty();
  }

  @Test
  void triesOfOneRequestAreOneRecord() throws Exception {
    Bill bill = bill("r");
    Bill.Item failed = begin(bill, 0);
    Bill.Item answered = begin(bill, 50);
    assertThat(settled(entry(failed, "", true, Map.of()))).isEmpty();
    List<RequestRecord> records =
        settled(
            entry(
                answered,
                "",
                false,
                Map.of(
                    AttemptLog.ANSWER,
                    memo("released"),
                    AttemptLog.USAGE,
                    USAGE,
                    AttemptLog.STOP_REASON,
                    "end_turn")));
    assertThat(records)
        .extracting(OrphansTest::sum)
        .containsExactly("released COMPLETE 12/5[ FAILED:INTERRUPTED,  COMPLETE]");
    // Nothing is known of who else was considered, and that is said.
    assertThat(records.getFirst().decisions())
        .containsSubsequence(
            "\"verdict\":\"failed\"",
            "its other candidates are not known",
            "\"ordinal\":1",
            "\"verdict\":\"answered\"",
            "its other candidates are not known",
            "\"ordinal\":2")
        .doesNotContain("probability");
  }

  @Test
  void picturesAreHandedOn() throws Exception {
    var used = new Usage(7, 1, 2, 9, null, 3L, null, null, null);
    assertThat(Memo.usage(Memo.written(used, 4))).isEqualTo(used);
    assertThat(Memo.pictures(Memo.written(used, 4))).isEqualTo(4);
    assertThat(Memo.pictures("7 1 2 9 -1 3 -1 -1")).isZero();
  }

  @Test
  void theJournalIsReadOnAndEmptied() throws Exception {
    Bill.Item item = begin(bill("r"), 0);
    Path file = data.resolve("attempts.log");
    String line =
        "{\"attempt\":{\"id\":\"%s\",\"facts\":\"%s\"},\"said\":null,\"flags\":\"UC,URX\",\"ms\":7,"
                .formatted(item.id(), item.said().get(AttemptLog.FACTS))
            + "\"bytes\":5,\"status\":503,\"failover\":null}\n";
    var journal = new Journal(file);
    var entries = new ArrayList<Entry>();
    journal.read(_ -> true, entries::add);
    Files.writeString(file, line + "no JSON\n" + line.substring(0, 40));
    journal.read(_ -> true, entries::add);
    assertThat(entries).hasSize(1);
    assertThat(journal.unreadable()).isEqualTo(1);
    Files.writeString(file, line + "no JSON\n" + line + line);
    journal.read(text -> !first.own(text), entries::add);
    assertThat(entries).hasSize(1);
    Files.writeString(file, line + "no JSON\n" + line + line + line);
    journal.read(_ -> true, entries::add);
    assertThat(entries).hasSize(2);
    Entry entry = entries.getLast();
    assertThat(entry.id()).isEqualTo(item.id());
    assertThat(entry.flags()).isEqualTo("UC,URX");
    assertThat(entry.broken()).isTrue();
    assertThat(entry.nanos()).isEqualTo(7_000_000);
    assertThat(entry.said()).isEmpty();
    Files.writeString(file, line.replace("\"UC,URX\"", "null"), StandardOpenOption.APPEND);
    Files.writeString(file, line.replace("UC,URX", "-"), StandardOpenOption.APPEND);
    journal.read(_ -> true, entries::add);
    assertThat(entries.subList(2, 4)).extracting(Entry::flags).containsOnly("");
    entries.subList(2, 4).clear();
    journal.empty(1L << 20);
    assertThat(Files.size(file)).isPositive();
    journal.empty(10);
    assertThat(Files.size(file)).isZero();
    Files.writeString(file, line);
    journal.read(_ -> true, entries::add);
    assertThat(entries).hasSize(3);
  }
}
