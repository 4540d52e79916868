package dev.sluice.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.catalog.Account;
import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Limits;
import dev.sluice.catalog.Pattern;
import dev.sluice.catalog.Price;
import dev.sluice.catalog.Timeouts;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Usage;
import dev.sluice.ledger.AttemptRecord;
import dev.sluice.ledger.RequestRecord;
import dev.sluice.ledger.Settlement;
import dev.sluice.ledger.Tokens;
import dev.sluice.routing.Attempt;
import dev.sluice.routing.Decision;
import dev.sluice.routing.Lease;
import dev.sluice.routing.Outcome;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** When attempts are settled and requests are told, whatever comes first, in simulated time. */
final class BillTest {
  private static final Usage USED = new Usage(10, 5, 0, 20, null, null, null, null, null);

  private static final List<Decision> DECIDED =
      List.of(
          new Decision(
              "one",
              "http://x",
              "a",
              "real",
              Decision.Verdict.ANSWERED,
              "alone",
              1,
              1,
              null,
              Duration.ofMillis(30),
              Duration.ofMillis(100)));

  private final AtomicLong now = new AtomicLong(1_000_000_000);
  private final List<RequestRecord> told = new ArrayList<>();
  private final List<String> settled = new ArrayList<>();
  private final Bills bills = new Bills((record, _) -> told.add(record), Runnable::run, now::get);

  private final Bill bill = open("r1");

  private Bill open(String id) {
    return bills.open(
        new Bill.Facts(
            id, Instant.EPOCH, now.get(), "k", "g", "chat", "generate", "m", true, "s", 2, ""),
        () -> DECIDED,
        null);
  }

  private static Attempt attempt(String channel) {
    var url = new Channel.Url("http://x", "x", "", "c");
    var account = new Account("a", 1, Set.of(), "secret");
    return new Attempt(
        new Channel(
            channel,
            Origin.CHAT,
            List.of(url),
            List.of(account),
            List.of(),
            List.of(new Price(Pattern.of("*"), 1e6, 0.0, null, 2e6, 0)),
            1,
            1,
            new Timeouts(Duration.ofSeconds(1), Duration.ofSeconds(1)),
            Limits.NONE,
            Set.of(),
            OptionalInt.empty(),
            channel,
            false),
        url,
        account,
        "real");
  }

  private Bill.Item begin(String channel) {
    return bill.begin(
        attempt(channel), new Told(channel), "first", Instant.EPOCH, now.get(), now.get());
  }

  /** Writes down how its try ended. */
  private final class Told implements Lease {
    private final String channel;

    Told(String channel) {
      this.channel = channel;
    }

    @Override
    public Duration firstToken() {
      return Duration.ofSeconds(1);
    }

    @Override
    public String reason() {
      return "alone";
    }

    @Override
    public double probability() {
      return 1;
    }

    @Override
    public void firstToken(Duration sinceBegin) {
      settled.add(channel + " first token " + sinceBegin.toMillis());
    }

    @Override
    public void end(Outcome outcome) {
      settled.add(
          channel
              + switch (outcome) {
                case Outcome.Answered(Usage used, Duration total) ->
                    " answered " + used.output() + " in " + total.toMillis();
                case Outcome.Failed failed -> " failed " + failed.failure().kind();
                case Outcome.Abandoned() -> " abandoned";
                case Outcome.Beaten(Duration waited) -> " beaten " + waited.toMillis();
              });
    }
  }

  private void pass(long millis) {
    now.addAndGet(Duration.ofMillis(millis).toNanos());
    // Something has to look for what is due; in the house a scheduler does.
    bills.heard(new Entry("nobody's", "", false, false, 0, 0, Map.of()));
    bills.settle();
  }

  private static Entry entry(Bill.Item item, String flags, long millis) {
    return new Entry(
        item.id(), flags, flags.equals("DR"), false, millis * 1_000_000, 100, Map.of());
  }

  private static Reckoning complete() {
    return new Reckoning(Settlement.COMPLETE, USED, "", false);
  }

  @Test
  void aRequestIsToldWhenItIsOverAndItsEntryHasCome() {
    Bill.Item item = begin("one");
    pass(30);
    bill.status(item, 200);
    bill.first(item, now.get());
    pass(70);
    bill.settle(item, complete(), now.get());
    assertThat(settled).containsExactly("one first token 30", "one answered 20 in 100");
    bill.over(200, "translated", List.of("top_k"), now.get());
    assertThat(told).isEmpty();
    bills.heard(entry(item, "", 120));
    assertThat(told).hasSize(1);
    RequestRecord record = told.getFirst();
    assertThat(record.firstTokenMicros()).isEqualTo(30_000);
    assertThat(record.durationMicros()).isEqualTo(100_000);
    assertThat(record.tokens()).isEqualTo(new Tokens(10, 5, 0, 20, 0, 0, 0, 0));
    assertThat(record.cost()).isEqualTo(50);
    assertThat(record.charged()).isEqualTo(100);
    assertThat(record.session()).isEqualTo("s");
    assertThat(record.attempts().getFirst().reason()).isEqualTo("first: alone");
    assertThat(record.losses()).containsExactly("top_k");
    assertThat(record.decisions())
        .isEqualTo(
            "[{\"channel\":\"one\",\"account\":\"a\",\"url\":\"http://x\",\"model\":\"real\","
                + "\"verdict\":\"answered\",\"why\":\"alone\",\"ordinal\":1.0,\"probability\":1.0,"
                + "\"first_token_ms\":30.0,\"took_ms\":100.0}]");
    bills.heard(entry(item, "DR", 120));
    bill.over(500, "again", List.of(), now.get());
    bill.close(now.get());
    assertThat(told).hasSize(1);
    assertThat(settled).hasSize(2);
  }

  @Test
  void aReleasedStreamIsSettledByItsEntry() {
    Bill.Item item = begin("one");
    bill.first(item, now.get());
    var afterwards = new ArrayList<Settlement>();
    bill.settle(
        item,
        entry ->
            new Reckoning(
                entry != null && entry.left() ? Settlement.ABORTED : Settlement.COMPLETE,
                USED,
                Reckoning.LEFT,
                true),
        how -> afterwards.add(how.settlement()),
        Duration.ofMinutes(10),
        now.get());
    bill.over(200, "released", List.of(), now.get());
    pass(60_000);
    assertThat(told).isEmpty();
    bills.heard(entry(item, "DR", 60_000));
    assertThat(settled).containsExactly("one first token 0", "one abandoned");
    assertThat(afterwards).containsExactly(Settlement.ABORTED);
    assertThat(told.getFirst().outcome()).isEqualTo("left");
    assertThat(told.getFirst().durationMicros()).isEqualTo(60_000_000);
    assertThat(told.getFirst().attempts().getFirst().flags()).isEqualTo("DR");
  }

  @Test
  void theEntryMayComeBeforeTheEndIsKnownHere() {
    Bill.Item item = begin("one");
    bills.heard(entry(item, "DR", 10));
    assertThat(settled).isEmpty();
    bill.settle(
        item,
        entry -> entry == null ? Reckoning.failed("X") : Reckoning.forsaken(),
        _ -> {},
        Bill.PATIENCE,
        now.get());
    bill.over(0, "left", List.of(), now.get());
    assertThat(told.getFirst().attempts().getFirst().failure()).isEqualTo("LEFT");
    assertThat(told.getFirst().cost()).isZero();
  }

  @Test
  void anEntryThatNeverComesIsWaitedForInVain() {
    Bill.Item failed = begin("one");
    bill.settle(failed, Reckoning.failed("TIMEOUT"), now.get());
    Bill.Item item = begin("two");
    bill.first(item, now.get());
    bill.settle(item, complete(), now.get());
    bill.over(200, "passed", List.of(), now.get());
    pass(4_900);
    assertThat(told).isEmpty();
    // The cache's clock has ticks of about a second.
    pass(2_000);
    assertThat(told).hasSize(1);
    assertThat(told.getFirst().attempts()).hasSize(2);
    assertThat(told.getFirst().attempts().getFirst().failure()).isEqualTo("TIMEOUT");
    assertThat(settled)
        .containsExactly("one abandoned", "two first token 0", "two answered 20 in 0");
    bills.heard(entry(item, "", 1));
    assertThat(told).hasSize(1);
  }

  @Test
  void whenEnvoyIsGoneWhatItHadIsNotWaitedFor() {
    Bill.Item released = begin("one");
    bill.first(released, now.get());
    bill.settle(
        released,
        entry -> new Reckoning(Settlement.ABORTED, USED, entry == null ? "CUT" : "", false),
        _ -> {},
        Duration.ofMinutes(10),
        now.get());
    bill.over(200, "released", List.of(), now.get());
    Bill running = open("r2");
    Bill.Item held =
        running.begin(
            attempt("two"), new Told("two"), "first", Instant.EPOCH, now.get(), now.get());
    bills.giveUp();
    assertThat(told).isEmpty();
    bills.deserted();
    bills.giveUp();
    assertThat(told).extracting(RequestRecord::id).containsExactly("r1");
    assertThat(told.getFirst().outcome()).isEqualTo("cut");
    running.settle(held, complete(), now.get());
    running.over(200, "passed", List.of(), now.get());
    assertThat(told).hasSize(1);
    bills.giveUp();
    assertThat(told).extracting(RequestRecord::id).containsExactly("r1", "r2");
  }

  /** No other try comes of a request whose Envoy is gone. */
  @Test
  void aRequestBetweenTwoTriesIsToldWhenEnvoyIsGone() {
    Bill.Item failed = begin("one");
    bill.settle(failed, Reckoning.failed("CLOSED"), now.get());
    Bill unsent = open("r2");
    bills.deserted();
    Bill later = open("r3");
    later.settle(
        later.begin(attempt("two"), new Told("two"), "first", Instant.EPOCH, now.get(), now.get()),
        Reckoning.failed("CLOSED"),
        now.get());
    bills.giveUp();
    assertThat(told).extracting(RequestRecord::id).containsExactly("r1");
    assertThat(told.getFirst().outcome()).isEqualTo("interrupted");
    assertThat(told.getFirst().attempts())
        .extracting(AttemptRecord::failure)
        .containsExactly("CLOSED");
    bill.over(0, "left", List.of(), now.get());
    unsent.over(0, "left", List.of(), now.get());
    assertThat(told).extracting(RequestRecord::id).containsExactly("r1", "r2");
  }

  /** The next one opens its access log with the first word that it has to say. */
  @Test
  void whatTheNextEnvoyBeginsIsWaitedFor() {
    bills.deserted();
    Bill.Item released = begin("one");
    bill.first(released, now.get());
    bill.settle(
        released,
        entry -> entry == null ? new Reckoning(Settlement.ABORTED, USED, "CUT", false) : complete(),
        _ -> {},
        Duration.ofMinutes(10),
        now.get());
    bill.over(200, "released", List.of(), now.get());
    bills.giveUp();
    assertThat(told).isEmpty();
    bills.heard(entry(released, "", 1));
    assertThat(told).extracting(RequestRecord::outcome).containsExactly("released");
  }

  @Test
  void anOpenBillIsGoneOnWith() {
    assertThat(open("r1")).isSameAs(bill);
    bill.over(404, "refused", List.of(), now.get());
    assertThat(told.getFirst().settlement()).isEqualTo(Settlement.FAILED);
    assertThat(open("r1")).isNotSameAs(bill);
  }

  @Test
  void whatIsOpenAtTheEndIsToldAsItIsKnown() {
    Bill.Item item = begin("one");
    bill.first(item, now.get());
    bill.settle(
        item,
        entry -> new Reckoning(Settlement.ABORTED, USED, entry == null ? "CUT" : "", false),
        _ -> {},
        Duration.ofMinutes(10),
        now.get());
    bill.over(200, "released", List.of(), now.get());
    open("r2");
    bills.close();
    assertThat(told).extracting(RequestRecord::id).containsExactlyInAnyOrder("r1", "r2");
    assertThat(told).extracting(RequestRecord::outcome).containsExactlyInAnyOrder("cut", "left");
  }
}
