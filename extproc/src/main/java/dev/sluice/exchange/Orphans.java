package dev.sluice.exchange;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Price;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Usage;
import dev.sluice.ledger.AttemptRecord;
import dev.sluice.ledger.Ledger;
import dev.sluice.ledger.RequestRecord;
import dev.sluice.ledger.Settlement;
import dev.sluice.ledger.Tokens;
import dev.sluice.ledger.Unavailable;
import dev.sluice.protocol.Said;
import dev.sluice.protos.AttemptLog;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Attempts that an earlier process began and whose end it did not live to write down. What Envoy
 * says of them holds what that process knew, so that their requests are told all the same: once,
 * since those that the ledger has are left out. At most {@value #MOST} wait at a time.
 */
final class Orphans {
  private static final Logger LOG = LoggerFactory.getLogger(Orphans.class);
  private static final int MOST = 100_000;

  /** Longer than any stream of which an attempt that failed before was a part. */
  private static final Duration LOOSE = Duration.ofMinutes(15);

  private final Ledger ledger;
  private final Supplier<@Nullable Catalog> catalog;
  private final Protocols protocols;
  private final Consumer<Collection<RequestRecord>> told;
  private final ArrayBlockingQueue<Entry> come = new ArrayBlockingQueue<>(MOST);
  private final AtomicLong dropped = new AtomicLong();
  private final Cache<String, Boolean> done = Caffeine.newBuilder().maximumSize(MOST).build();
  private final Map<String, List<Orphan>> loose = new LinkedHashMap<>();
  private List<Orphan> waiting = List.of();

  /** One of them, with what was known when it began: it is the last of the record's attempts. */
  private record Orphan(Entry entry, RequestRecord facts, Instant came) {
    AttemptRecord attempt() {
      return facts.attempts().getLast();
    }
  }

  /**
   * Tells them.
   *
   * @param ledger where they are told, and what knows those that were told before
   * @param told hears of the requests that were told
   */
  Orphans(
      Ledger ledger,
      Supplier<@Nullable Catalog> catalog,
      Protocols protocols,
      Consumer<Collection<RequestRecord>> told) {
    this.ledger = ledger;
    this.catalog = catalog;
    this.protocols = protocols;
    this.told = told;
  }

  /** An attempt of another process is over; never waits. */
  void heard(Entry entry) {
    if (entry.known().containsKey(AttemptLog.FACTS) && !come.offer(entry)) {
      dropped.incrementAndGet();
    }
  }

  /** Tells what can be told now; what the ledger cannot say yet waits. By one thread alone. */
  void settle() {
    gather();
    Catalog now = catalog.get();
    if (waiting.isEmpty() || now == null) {
      return;
    }
    Map<String, List<Orphan>> requests =
        waiting.stream()
            .collect(
                Collectors.groupingBy(
                    orphan -> orphan.facts().id(), LinkedHashMap::new, Collectors.toList()));
    try {
      Instant from =
          waiting.stream()
              .map(orphan -> orphan.facts().began())
              .min(Comparator.naturalOrder())
              .orElseThrow();
      Map<String, Set<Instant>> known = ledger.known(requests.keySet(), from);
      var records = new ArrayList<RequestRecord>();
      requests.forEach(
          (id, orphans) -> {
            RequestRecord record = record(now, id, orphans, known.getOrDefault(id, Set.of()));
            if (record != null) {
              records.add(record);
            }
          });
      records.forEach(ledger::write);
      waiting = List.of();
      if (!records.isEmpty()) {
        LOG.info("{} requests of an earlier process are told", records.size());
        told.accept(records);
      }
    } catch (Unavailable e) {
      LOG.debug("requests of an earlier process wait: {}", e.getMessage());
    }
  }

  private void gather() {
    long lost = dropped.getAndSet(0);
    if (lost > 0) {
      LOG.error("{} attempts of an earlier process are lost: too many came at once", lost);
    }
    var entries = new ArrayList<Entry>();
    come.drainTo(entries);
    Instant now = Instant.now();
    var fresh = new ArrayList<>(waiting);
    for (Entry entry : entries) {
      if (done.asMap().putIfAbsent(entry.id(), true) == null) {
        try {
          var orphan = new Orphan(entry, RequestRecord.unpack(text(entry, AttemptLog.FACTS)), now);
          if (orphan.facts().attempts().isEmpty()) {
            throw new IOException("it has no attempt");
          }
          if (entry.failover()) {
            loose.computeIfAbsent(orphan.facts().id(), _ -> new ArrayList<>()).add(orphan);
          } else {
            fresh.add(orphan);
          }
        } catch (IOException e) {
          LOG.error("attempt {} of an earlier process is lost: {}", entry.id(), e.getMessage());
        }
      }
    }
    for (Orphan orphan : List.copyOf(fresh)) {
      List<Orphan> before = loose.remove(orphan.facts().id());
      if (before != null) {
        fresh.addAll(before);
      }
    }
    loose
        .values()
        .removeIf(
            group -> {
              boolean late = group.getFirst().came().isBefore(now.minus(LOOSE));
              if (late || loose.size() > MOST) {
                fresh.addAll(group);
                return true;
              }
              return false;
            });
    waiting = fresh;
  }

  private static String text(Entry entry, String key) {
    return Objects.requireNonNull(entry.known().get(key));
  }

  /** The request, without attempts that are in the ledger; null where none is left. */
  private @Nullable RequestRecord record(
      Catalog now, String id, List<Orphan> orphans, Set<Instant> known) {
    Orphan last =
        orphans.stream()
            .max(Comparator.comparingInt(orphan -> orphan.attempt().ordinal()))
            .orElseThrow();
    var ends = new HashMap<Instant, Ended>();
    for (Orphan orphan : orphans) {
      ends.put(orphan.attempt().began(), ended(now, orphan));
    }
    var missing = new HashSet<>(ends.keySet());
    missing.removeAll(known);
    if (missing.isEmpty()) {
      return null;
    }
    List<AttemptRecord> attempts =
        last.facts().attempts().stream()
            .filter(attempt -> !known.contains(attempt.began()))
            .map(
                attempt -> {
                  Ended ended = ends.get(attempt.began());
                  return ended == null ? attempt : ended.attempt();
                })
            .toList();
    Ended answered =
        orphans.stream()
            .map(orphan -> Objects.requireNonNull(ends.get(orphan.attempt().began())))
            .filter(ended -> ended.memo() != null)
            .findFirst()
            .orElse(null);
    RequestRecord facts = last.facts();
    double cost = attempts.stream().mapToDouble(AttemptRecord::cost).sum();
    AttemptRecord end = answered == null ? last.facts().attempts().getLast() : answered.attempt();
    long since = ChronoUnit.MICROS.between(facts.began(), end.began());
    AttemptRecord latest = answered == null ? attempts.getLast() : answered.attempt();
    return new RequestRecord(
        known.isEmpty() ? id : id + "~" + latest.ordinal(),
        facts.began(),
        facts.key(),
        facts.group(),
        facts.protocol(),
        facts.endpoint(),
        facts.model(),
        facts.stream(),
        facts.session(),
        answered == null ? last.entry().status() : end.status(),
        answered == null ? Bill.OUTCOME_INTERRUPTED : answered.outcome(),
        answered == null ? Settlement.FAILED : end.settlement(),
        answered == null ? -1 : since + end.firstTokenMicros(),
        since + latest.durationMicros(),
        answered == null ? Tokens.NONE : end.tokens(),
        cost,
        cost * now.multiplier(facts.group()),
        facts.losses(),
        Chain.interrupted(attempts),
        attempts);
  }

  /** How one ended; {@code memo} is null where no client got its answer. */
  private record Ended(AttemptRecord attempt, @Nullable Memo memo, String outcome) {}

  private Ended ended(Catalog now, Orphan orphan) {
    Entry entry = orphan.entry();
    AttemptRecord began = orphan.attempt();
    Memo memo = memo(entry);
    Reckoning reckoning = reckoning(entry, memo, began);
    long micros = Math.max(0, entry.nanos() / 1000 - (memo == null ? 0 : memo.lagMicros()));
    Channel channel = now.channels().get(began.channel());
    Price price = channel == null ? null : channel.price(began.model(), began.began());
    String outcome =
        memo == null
            ? Bill.OUTCOME_INTERRUPTED
            : reckoning.settlement() == Settlement.ABORTED
                ? (reckoning.left() ? "left" : "cut")
                : memo.outcome();
    return new Ended(
        new AttemptRecord(
            began.ordinal(),
            began.began(),
            began.channel(),
            began.account(),
            began.url(),
            began.model(),
            began.protocol(),
            began.reason(),
            memo == null ? 0 : memo.status(),
            entry.flags(),
            reckoning.failure(),
            reckoning.settlement(),
            memo == null ? -1 : memo.firstMicros(),
            micros,
            Bill.tokens(reckoning.usage()),
            Bill.cost(price, reckoning, Duration.of(micros, ChronoUnit.MICROS))),
        memo,
        outcome);
  }

  private static @Nullable Memo memo(Entry entry) {
    String line = entry.known().get(AttemptLog.ANSWER);
    try {
      return line == null ? null : Memo.of(line);
    } catch (IOException e) {
      LOG.error("attempt {} of an earlier process: {}", entry.id(), e.getMessage());
      return null;
    }
  }

  private Reckoning reckoning(Entry entry, @Nullable Memo memo, AttemptRecord began) {
    if (memo == null) {
      return entry.left() ? Reckoning.forsaken() : Reckoning.failed("INTERRUPTED");
    }
    if (memo.prompt() < 0) {
      return Reckoning.free();
    }
    String used = entry.known().get(AttemptLog.USED);
    if (used != null) {
      try {
        Usage usage = Memo.usage(used);
        return new Reckoning(Settlement.COMPLETE, usage, Memo.pictures(used), "", false, null);
      } catch (IOException e) {
        LOG.error("attempt {} of an earlier process: {}", entry.id(), e.getMessage());
      }
    }
    Said said =
        protocols.of(Origin.valueOf(began.protocol().toUpperCase(Locale.ROOT))).said(entry.said());
    if (memo.outcome().equals(Exchange.RELEASED)) {
      return Reckoning.released(entry, said, memo.pace(), memo::prompt);
    }
    // It passed the earlier process and ended with it.
    return Reckoning.released(null, null, Pace.of(0, entry.bytes(), 1), memo::prompt);
  }
}
