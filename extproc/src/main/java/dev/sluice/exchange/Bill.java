package dev.sluice.exchange;

import dev.sluice.access.Amount;
import dev.sluice.access.Reservation;
import dev.sluice.catalog.Price;
import dev.sluice.conversation.Usage;
import dev.sluice.ledger.AttemptRecord;
import dev.sluice.ledger.RequestRecord;
import dev.sluice.ledger.Settlement;
import dev.sluice.ledger.Tokens;
import dev.sluice.protos.AttemptLog;
import dev.sluice.routing.Attempt;
import dev.sluice.routing.Decision;
import dev.sluice.routing.Lease;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What will be told of one request, in the making: it is complete when the request is over and each
 * attempt is settled and was heard of from the access log, or was waited for in vain. Holds bodies
 * where the group asks for it alone. Safe for several threads.
 */
final class Bill {
  /** How long an entry of the access log may take from the end of its stream. */
  static final Duration PATIENCE = Duration.ofSeconds(5);

  /** An attempt that is under way is ended by its own exchange. */
  static final Duration UNDER_WAY = Duration.ofHours(24);

  private static final String OUTCOME_LEFT = "left";
  private static final String OUTCOME_CUT = "cut";

  /** What stands for the outcome where a process ended first, this one or Envoy. */
  static final String OUTCOME_INTERRUPTED = "interrupted";

  /**
   * What is known of a request from the start.
   *
   * @param id its request id
   * @param began when its first try came
   * @param beganNanos the same on the clock that durations are taken by
   * @param key the name of the client's key
   * @param group the key's group
   * @param protocol what the client speaks
   * @param endpoint what was asked for
   * @param model as the client wrote it
   * @param stream whether it asked for a stream
   * @param session what its conversation is known by, hashed; empty: nothing
   * @param multiplier what the key is charged is what the providers take times this
   * @param parent the client's {@code traceparent}; empty: none
   */
  record Facts(
      String id,
      Instant began,
      long beganNanos,
      String key,
      String group,
      String protocol,
      String endpoint,
      String model,
      boolean stream,
      String session,
      double multiplier,
      String parent) {}

  private final Facts facts;
  private final Bills bills;
  private final Supplier<List<Decision>> decisions;
  private final @Nullable Reservation reservation;
  private final List<Item> items = new ArrayList<>();
  private @Nullable Item answered;
  private @Nullable End end;
  private @Nullable Kept kept;
  private boolean paid;
  private boolean written;
  private final int times;

  private record End(int status, String outcome, List<String> losses, long nanos) {}

  /**
   * Begins one.
   *
   * @param reservation what is settled with it; null: nothing
   */
  Bill(
      Facts facts,
      Supplier<List<Decision>> decisions,
      @Nullable Reservation reservation,
      Bills bills) {
    this.facts = facts;
    this.reservation = reservation;
    this.decisions = decisions;
    this.bills = bills;
    this.times = bills.times();
  }

  /** One attempt. */
  final class Item {
    private final String id;
    private final Attempt attempt;
    private final Lease lease;
    private final int ordinal;
    private final Instant began;
    private final long startNanos;
    private final long cameNanos;
    private final String reason;
    private int status;
    private long firstNanos = -1;
    private long tookNanos;
    private String flags = "";
    private @Nullable Function<@Nullable Entry, Reckoning> reckons;
    private @Nullable Consumer<Reckoning> afterwards;
    private @Nullable Entry entry;
    private @Nullable Reckoning reckoning;
    private boolean heard;
    private String facts = "";

    private Item(
        String id,
        Attempt attempt,
        Lease lease,
        String reason,
        Instant began,
        long startNanos,
        long cameNanos) {
      this.id = id;
      this.attempt = attempt;
      this.lease = lease;
      this.ordinal = items.size() + 1;
      this.reason = reason;
      this.began = began;
      this.startNanos = startNanos;
      this.cameNanos = cameNanos;
    }

    /** By what the access log knows it. */
    String id() {
      return id;
    }

    /** What the access log shall say of it, for a process that does not know it. */
    Map<String, String> said() {
      return Map.of(AttemptLog.ID, id, AttemptLog.FACTS, facts);
    }

    /** How long its stream had waited for it to be sent out, in microseconds. */
    long lagMicros() {
      return (startNanos - cameNanos) / 1000;
    }

    Bill bill() {
      return Bill.this;
    }
  }

  String id() {
    return facts.id();
  }

  /** The request's bodies; null: nobody asks for them. */
  synchronized @Nullable Kept kept() {
    return kept;
  }

  /** Tells these bodies with the request, unless it has others. */
  synchronized void keep(@Nullable Kept bodies) {
    if (bodies != null && kept == null && !written) {
      kept = bodies;
      bodies.await(bills.room());
    }
  }

  /** Whether it settles this one. */
  boolean holds(Reservation one) {
    return one.equals(reservation);
  }

  /**
   * An attempt goes out.
   *
   * @param lease what it has taken; the bill ends it when it is settled
   * @param reason why it goes out now; the lease says why there
   * @param cameNanos when its stream came from Envoy
   */
  Item begin(Attempt attempt, Lease lease, String reason, Instant now, long nanos, long cameNanos) {
    String why = lease.reason().isEmpty() ? reason : reason + ": " + lease.reason();
    Item item;
    synchronized (this) {
      item = new Item(bills.nextId(facts.id()), attempt, lease, why, now, nanos, cameNanos);
      items.add(item);
      item.facts = known().pack();
    }
    bills.await(item, UNDER_WAY);
    return item;
  }

  /** What is known so far, as if nothing more became known. */
  private RequestRecord known() {
    return new RequestRecord(
        facts.id(),
        facts.began(),
        facts.key(),
        facts.group(),
        facts.protocol(),
        facts.endpoint(),
        facts.model(),
        facts.stream(),
        facts.session(),
        0,
        OUTCOME_INTERRUPTED,
        Settlement.FAILED,
        -1,
        0,
        Tokens.NONE,
        0,
        0,
        List.of(),
        "",
        records());
  }

  private List<AttemptRecord> records() {
    var records = new ArrayList<AttemptRecord>(items.size());
    for (Item item : items) {
      records.add(record(item));
    }
    return records;
  }

  /** The provider answered with this status. */
  synchronized void status(Item item, int status) {
    item.status = status;
  }

  /** The client gets this attempt's answer, whose first token is there. */
  synchronized void first(Item item, long nanos) {
    item.firstNanos = nanos - item.startNanos;
    answered = item;
    if (facts.stream()) {
      item.lease.firstToken(Duration.ofNanos(item.firstNanos));
    }
  }

  /** The attempt is over for us, and this is how. */
  void settle(Item item, Reckoning reckoning, long nanos) {
    settle(item, _ -> reckoning, _ -> {}, nanos);
    bills.await(item, PATIENCE);
  }

  /**
   * The attempt is over for us, and how it ended shows in the access log.
   *
   * @param reckons gets null where no entry comes in time
   * @param afterwards runs when that is known
   * @param patience how long to wait
   */
  void settle(
      Item item,
      Function<@Nullable Entry, Reckoning> reckons,
      Consumer<Reckoning> afterwards,
      Duration patience,
      long nanos) {
    boolean heard;
    synchronized (this) {
      if (item.reckons != null || item.reckoning != null) {
        return;
      }
      item.reckons = reckons;
      item.afterwards = afterwards;
      item.tookNanos = nanos - item.startNanos;
      heard = item.heard;
    }
    if (heard) {
      reckon(item);
    } else {
      bills.await(item, patience);
    }
  }

  private void settle(
      Item item,
      Function<@Nullable Entry, Reckoning> reckons,
      Consumer<Reckoning> afterwards,
      long nanos) {
    synchronized (this) {
      if (item.reckons != null || item.reckoning != null) {
        return;
      }
      item.reckons = reckons;
      item.afterwards = afterwards;
      item.tookNanos = nanos - item.startNanos;
    }
    reckon(item);
  }

  /** Whether it is over for us and only the access log's word is missing. */
  synchronized boolean waits(Item item) {
    return !item.heard && (item.reckons != null || item.reckoning != null);
  }

  /** What the access log says; null: it has not said anything in time. */
  void heard(Item item, @Nullable Entry entry) {
    boolean over;
    synchronized (this) {
      if (item.heard) {
        return;
      }
      item.heard = true;
      item.entry = entry;
      if (entry != null) {
        item.flags = entry.flags();
      }
      if (entry == null && item.reckons == null) {
        item.reckons = _ -> Reckoning.failed("LOST_SIGHT");
      }
      over = item.reckons != null;
    }
    if (over) {
      reckon(item);
    }
  }

  /**
   * The one place where an attempt is settled, once: the router hears of it here, and the request
   * is told where this was the last that was missing.
   */
  private void reckon(Item item) {
    Reckoning reckoning = null;
    Consumer<Reckoning> afterwards = null;
    synchronized (this) {
      Function<@Nullable Entry, Reckoning> reckons = item.reckons;
      if (item.reckoning == null && reckons != null) {
        Entry entry = item.entry;
        reckoning = reckons.apply(entry);
        item.reckoning = reckoning;
        if (entry != null && item.heard) {
          item.tookNanos = Math.max(0, entry.nanos() - (item.startNanos - item.cameNanos));
        }
        afterwards = item.afterwards;
        item.afterwards = null;
      }
    }
    if (reckoning != null) {
      item.lease.end(reckoning.outcome(Duration.ofNanos(item.tookNanos)));
      if (afterwards != null) {
        afterwards.accept(reckoning);
      }
    }
    tell();
  }

  /**
   * The request is over for us; only the first word counts.
   *
   * @param status what the client got; 0: nothing
   * @param outcome what became of it
   * @param losses fields that could not be carried
   */
  void over(int status, String outcome, List<String> losses, long nanos) {
    synchronized (this) {
      if (end != null) {
        return;
      }
      end = new End(status, outcome, List.copyOf(losses), nanos);
    }
    tell();
  }

  /**
   * Envoy is gone: where no try is under way, none comes any more.
   *
   * @param now how often Envoy was gone by now
   */
  void desert(int now, long nanos) {
    boolean between;
    synchronized (this) {
      between =
          times < now
              && end == null
              && !items.isEmpty()
              && items.stream().allMatch(item -> item.reckons != null || item.reckoning != null);
    }
    if (between) {
      over(0, OUTCOME_INTERRUPTED, List.of(), nanos);
    }
  }

  /** Nothing more is waited for. */
  void close(long nanos) {
    over(0, OUTCOME_LEFT, List.of(), nanos);
    List<Item> all;
    synchronized (this) {
      all = List.copyOf(items);
    }
    all.forEach(item -> heard(item, null));
  }

  /** The one place where a request is told, once. */
  private void tell() {
    pay();
    RequestRecord record;
    Kept bodies;
    synchronized (this) {
      End over = end;
      if (written || over == null) {
        return;
      }
      for (Item item : items) {
        if (item.reckoning == null || !item.heard) {
          return;
        }
      }
      written = true;
      record = record(over);
      bodies = kept;
      kept = null;
    }
    bills.told(this, record, bodies, facts.parent());
  }

  /** What was used is known before the access log has spoken of each attempt. */
  private void pay() {
    Reservation reserved = reservation;
    Amount due;
    synchronized (this) {
      if (reserved == null || end == null || paid) {
        return;
      }
      long tokens = 0;
      double cost = 0;
      for (Item item : items) {
        Reckoning reckoning = item.reckoning;
        if (reckoning == null) {
          return;
        }
        tokens += tokens(reckoning.usage()).total();
        cost += cost(item, reckoning);
      }
      paid = true;
      due = Amount.of(tokens, cost * facts.multiplier());
    }
    reserved.settle(due, facts.began());
  }

  private RequestRecord record(End over) {
    List<AttemptRecord> attempts = records();
    Item from = answered;
    Reckoning reckoning = from == null ? null : from.reckoning;
    long ended = over.nanos();
    for (Item item : items) {
      ended = Math.max(ended, item.startNanos + item.tookNanos);
    }
    double cost = 0;
    for (AttemptRecord attempt : attempts) {
      cost += attempt.cost();
    }
    String outcome =
        reckoning != null && reckoning.settlement() == Settlement.ABORTED
            ? (reckoning.left() ? OUTCOME_LEFT : OUTCOME_CUT)
            : over.outcome();
    return new RequestRecord(
        facts.id(),
        facts.began(),
        facts.key(),
        facts.group(),
        facts.protocol(),
        facts.endpoint(),
        facts.model(),
        facts.stream(),
        facts.session(),
        over.status(),
        outcome,
        reckoning == null
            ? over.status() > 0 && over.status() < 400 ? Settlement.COMPLETE : Settlement.FAILED
            : reckoning.settlement(),
        from == null ? -1 : (from.startNanos + from.firstNanos - facts.beganNanos()) / 1000,
        (ended - facts.beganNanos()) / 1000,
        reckoning == null ? Tokens.NONE : tokens(reckoning.usage()),
        cost,
        cost * facts.multiplier(),
        over.losses(),
        Chain.json(decisions.get()),
        attempts);
  }

  private AttemptRecord record(Item item) {
    Reckoning reckoning = item.reckoning == null ? Reckoning.failed("LOST_SIGHT") : item.reckoning;
    Attempt attempt = item.attempt;
    return new AttemptRecord(
        item.ordinal,
        item.began,
        attempt.channel().name(),
        attempt.account().name(),
        attempt.url().base(),
        attempt.model(),
        attempt.channel().protocol().name().toLowerCase(Locale.ROOT),
        item.reason,
        item.status,
        item.flags,
        reckoning.failure(),
        reckoning.settlement(),
        item.firstNanos < 0 ? -1 : item.firstNanos / 1000,
        item.tookNanos / 1000,
        tokens(reckoning.usage()),
        cost(item, reckoning));
  }

  /** Nothing used is nothing paid, be there a price for each call. */
  private static double cost(Item item, Reckoning reckoning) {
    Attempt attempt = item.attempt;
    Price price = attempt.channel().price(attempt.model(), item.began);
    return cost(price, reckoning, Duration.ofNanos(item.tookNanos));
  }

  /** What a use costs at a price, in USD. */
  static double cost(@Nullable Price price, Reckoning reckoning, Duration took) {
    Usage used = reckoning.usage();
    return price == null || used.prompt() + used.output() == 0
        ? 0
        : price.of(used, reckoning.pictures(), took);
  }

  static Tokens tokens(Usage usage) {
    return new Tokens(
        usage.input(),
        usage.cacheRead(),
        usage.cacheWrite(),
        usage.output(),
        or0(usage.reasoning()),
        or0(usage.audioInput()),
        or0(usage.audioOutput()),
        0);
  }

  private static long or0(@Nullable Long value) {
    return value == null ? 0 : value;
  }
}
