package dev.sluice.extproc;

import dev.sluice.access.Access;
import dev.sluice.access.Amount;
import dev.sluice.access.Budgets;
import dev.sluice.access.Directory;
import dev.sluice.access.Due;
import dev.sluice.access.Holder.Kind;
import dev.sluice.access.Holder.Scope;
import dev.sluice.ledger.Charge;
import dev.sluice.ledger.Ledger;
import dev.sluice.ledger.Unavailable;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What keys, users and groups have spent by the request log, for budgets that lost their last
 * second with a process.
 */
final class Arrears {
  private static final Logger LOG = LoggerFactory.getLogger(Arrears.class);
  private static final int TRIES = 60;

  /** What is told late comes by and by; it is asked for together. */
  private static final Duration TURN = Duration.ofSeconds(2);

  private final Ledger ledger;
  private final Access access;
  private boolean waiting;
  private @Nullable Instant earliest;

  Arrears(Ledger ledger, Access access) {
    this.ledger = ledger;
    this.access = access;
  }

  /**
   * Lets budgets know of it when the log has what was written by now; in the background.
   *
   * @param began when the first request began that was told late; null: there is none
   */
  synchronized void makeUpSoon(@Nullable Instant began) {
    if (began != null && (earliest == null || began.isBefore(earliest))) {
      earliest = began;
    }
    if (!waiting) {
      waiting = true;
      Thread.ofVirtual().start(this::await);
    }
  }

  private synchronized @Nullable Instant asked() {
    waiting = false;
    return earliest;
  }

  private void await() {
    try {
      for (int i = 0; i < TRIES; i++) {
        Thread.sleep(TURN);
        Instant from = asked();
        try {
          makeUp(from);
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

  private void makeUp(@Nullable Instant began) throws Unavailable, IOException {
    Budgets.Lost lost = access.lost(began);
    if (!lost.from().isBefore(lost.to())) {
      return;
    }
    List<Charge> charges = ledger.charges(lost.from(), lost.to());
    var owners = new HashMap<String, String>();
    var due = new ArrayList<Due>();
    for (Charge charge : charges) {
      String owner = owners.get(charge.key());
      if (owner == null) {
        owner = owner(charge.key());
        owners.put(charge.key(), owner);
      }
      var amount = new Amount(charge.tokens(), charge.nanos());
      due.add(new Due(new Scope(Kind.KEY, charge.key()), charge.hour(), amount));
      due.add(new Due(new Scope(Kind.GROUP, charge.group()), charge.hour(), amount));
      if (!owner.isEmpty()) {
        due.add(new Due(new Scope(Kind.USER, owner), charge.hour(), amount));
      }
    }
    access.makeUp(due);
  }

  private String owner(String key) throws IOException {
    Directory.Entry entry = access.directory().key(key);
    return entry == null ? "" : Objects.requireNonNullElse(entry.key().owner(), "");
  }
}
