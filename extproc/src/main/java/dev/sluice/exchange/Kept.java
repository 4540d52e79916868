package dev.sluice.exchange;

import dev.sluice.catalog.Group;
import dev.sluice.ledger.Bodies;
import org.jspecify.annotations.Nullable;

/**
 * The bodies of one request, until it is told. What they take of memory is taken from a budget;
 * what has no room there is not kept. Safe for several threads.
 */
final class Kept {
  private static final String FULL = "[not kept: too many bodies wait to be written]";

  private final int max;
  private final Redaction redaction;
  private @Nullable Capture request;
  private @Nullable Capture answer;
  private @Nullable BodyBudget budget;
  private long taken;
  private boolean lacking;

  /**
   * Keeps what a client sent.
   *
   * @param request the whole of it
   */
  Kept(Group.Bodies asked, Redaction redaction, byte[] request) {
    this.max = asked.max();
    this.redaction = redaction;
    Capture sent = new Capture(max);
    sent.add(request);
    this.request = sent;
  }

  /** Where an answer may go that the client might get. */
  Capture capture() {
    return new Capture(max);
  }

  /** From now on it waits to be told, and takes its memory from here. */
  synchronized void await(BodyBudget from) {
    budget = from;
    Capture sent = request;
    if (sent != null && !take(sent)) {
      request = null;
    }
  }

  /** This is the answer that the client gets, as far as it is seen. */
  synchronized void answered(Capture got) {
    if (answer == null && budget != null && take(got)) {
      answer = got;
    }
  }

  private boolean take(Capture one) {
    BodyBudget from = budget;
    boolean room = from != null && from.take(one.room());
    if (room) {
      taken += one.room();
    } else {
      lacking = true;
    }
    return room;
  }

  /** What goes into the ledger; takes a moment for long bodies. Nothing waits any longer. */
  Bodies bodies() {
    Capture sent;
    Capture got;
    BodyBudget from;
    long room;
    @Nullable String missing;
    synchronized (this) {
      sent = request;
      got = answer;
      from = budget;
      room = taken;
      missing = lacking ? FULL : null;
      request = null;
      answer = null;
      budget = null;
    }
    try {
      return new Bodies(
          sent == null ? missing : redaction.of(sent.seen()),
          got == null ? missing : redaction.of(got.seen()));
    } finally {
      if (from != null) {
        from.give(room);
      }
    }
  }
}
