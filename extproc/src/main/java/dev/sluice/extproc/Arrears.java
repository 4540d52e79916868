package dev.sluice.extproc;

import dev.sluice.access.Access;
import dev.sluice.access.Amount;
import dev.sluice.access.Directory;
import dev.sluice.access.Holder.Kind;
import dev.sluice.access.Holder.Scope;
import dev.sluice.catalog.Budget.Span;
import dev.sluice.ledger.Dimension;
import dev.sluice.ledger.Ledger;
import dev.sluice.ledger.Unavailable;
import dev.sluice.ledger.Usage;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What keys, users and groups have spent by the request log, for budgets that lost their last
 * second with a process. The log holds no more than its retention.
 */
final class Arrears {
  private static final Logger LOG = LoggerFactory.getLogger(Arrears.class);
  private static final int TRIES = 60;

  /** Longer than a record takes to be found. */
  private static final Duration WRITTEN = Duration.ofSeconds(2);

  private final Ledger ledger;
  private final Access access;
  private final InstantSource clock;

  Arrears(Ledger ledger, Access access, InstantSource clock) {
    this.ledger = ledger;
    this.access = access;
    this.clock = clock;
  }

  /** Lets budgets know of it when the log has what was written by now; in the background. */
  void makeUpSoon() {
    Thread.ofVirtual().start(this::await);
  }

  private void await() {
    try {
      for (int i = 0; i < TRIES; i++) {
        Thread.sleep(WRITTEN);
        try {
          // Says nothing before it has read what an earlier process left.
          ledger.known(List.of(), clock.instant());
          makeUp();
          return;
        } catch (Unavailable | IOException e) {
          LOG.debug("budgets wait for the request log: {}", e.getMessage());
        }
      }
      LOG.warn("budgets do not know what the request log knows: it does not answer");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void makeUp() throws Unavailable, IOException {
    Instant now = clock.instant();
    var sums = new HashMap<Scope, Map<Span, Amount>>();
    var owners = new HashMap<String, String>();
    for (Span span : Span.values()) {
      Usage usage =
          ledger.usage(
              new Usage.Question(
                  List.of(Dimension.KEY, Dimension.GROUP),
                  Map.of(),
                  span.begin(now),
                  now.plusSeconds(1),
                  null,
                  Usage.Question.MOST));
      for (Usage.Row row : usage.rows()) {
        Double charged = row.charged();
        var amount = Amount.of(row.tokens().total(), charged == null ? row.cost() : charged);
        String key = row.names().getOrDefault(Dimension.KEY, "");
        String owner = owners.get(key);
        if (owner == null) {
          owner = owner(key);
          owners.put(key, owner);
        }
        add(sums, new Scope(Kind.KEY, key), span, amount);
        add(
            sums,
            new Scope(Kind.GROUP, row.names().getOrDefault(Dimension.GROUP, "")),
            span,
            amount);
        if (!owner.isEmpty()) {
          add(sums, new Scope(Kind.USER, owner), span, amount);
        }
      }
    }
    access.makeUp(sums);
  }

  private String owner(String key) throws IOException {
    Directory.Entry entry = access.directory().key(key);
    return entry == null ? "" : Objects.requireNonNullElse(entry.key().owner(), "");
  }

  private static void add(
      Map<Scope, Map<Span, Amount>> sums, Scope scope, Span span, Amount amount) {
    sums.computeIfAbsent(scope, _ -> new EnumMap<>(Span.class))
        .merge(
            span,
            amount,
            (one, other) -> new Amount(one.tokens() + other.tokens(), one.nanos() + other.nanos()));
  }
}
