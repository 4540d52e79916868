package dev.sluice.ledger;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * An attempt with what the choice of a channel knew of its request.
 *
 * @param model as the client wrote it
 * @param session what its conversation is known by, hashed; empty: nothing
 * @param stream whether the client asked for a stream
 */
public record Sample(String model, String session, boolean stream, AttemptRecord attempt) {
  /** When it was over. */
  public Instant ended() {
    return attempt.began().plus(attempt.durationMicros(), ChronoUnit.MICROS);
  }
}
