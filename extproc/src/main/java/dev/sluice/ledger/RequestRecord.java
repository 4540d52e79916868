package dev.sluice.ledger;

import java.time.Instant;
import java.util.List;

/**
 * One request of a client, over for us, with all its tries. Never a credential, never a body.
 *
 * @param id its request id; unique
 * @param began when its first try came
 * @param key the name of the client's key
 * @param group the key's group
 * @param protocol what the client speaks
 * @param endpoint what was asked for, such as {@code generate} or {@code count}
 * @param model as the client wrote it
 * @param stream whether it asked for a stream
 * @param session what its conversation is known by, hashed; empty: nothing
 * @param status what the client got
 * @param outcome what became of it, such as {@code released}, {@code translated}, {@code refused},
 *     {@code left}
 * @param settlement of the attempt that the client got; {@code FAILED} where there was none
 * @param firstTokenMicros from {@code began} to the first content for the client; -1: there was
 *     none
 * @param durationMicros from {@code began} to its end
 * @param tokens of the attempt that the client got
 * @param cost what all attempts cost at their providers, in USD
 * @param charged what the key is charged, in USD
 * @param losses fields that the provider's protocol could not carry
 * @param decisions every candidate that was considered, with what became of it and why, as JSON
 * @param attempts oldest first
 */
public record RequestRecord(
    String id,
    Instant began,
    String key,
    String group,
    String protocol,
    String endpoint,
    String model,
    boolean stream,
    String session,
    int status,
    String outcome,
    Settlement settlement,
    long firstTokenMicros,
    long durationMicros,
    Tokens tokens,
    double cost,
    double charged,
    List<String> losses,
    String decisions,
    List<AttemptRecord> attempts) {
  /** Copies the lists. */
  public RequestRecord {
    losses = List.copyOf(losses);
    attempts = List.copyOf(attempts);
  }

  /** The same with these attempts. */
  RequestRecord with(List<AttemptRecord> attempts) {
    return new RequestRecord(
        id,
        began,
        key,
        group,
        protocol,
        endpoint,
        model,
        stream,
        session,
        status,
        outcome,
        settlement,
        firstTokenMicros,
        durationMicros,
        tokens,
        cost,
        charged,
        losses,
        decisions,
        attempts);
  }
}
