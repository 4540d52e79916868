package dev.sluice.ledger;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Base64;
import java.util.List;

/**
 * One request of a client, over for us, with all its tries. Never a credential.
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
 * @param bodies where its group asks for them
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
    List<AttemptRecord> attempts,
    Bodies bodies) {
  /** Bytes that are enough for a usual record. */
  private static final int PACKED = 768;

  /** Without bodies. */
  public RequestRecord(
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
    this(
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
        attempts,
        Bodies.NONE);
  }

  /** Copies the lists. */
  public RequestRecord {
    losses = List.copyOf(losses);
    attempts = List.copyOf(attempts);
  }

  /** As a text that {@link #unpack} reads, by this version of the gateway or a later one. */
  public String pack() {
    var bytes = new Framing(PACKED);
    Frames.write(bytes, 0, this);
    return bytes.base64();
  }

  /**
   * Reads what {@link #pack} wrote.
   *
   * @throws IOException it did not
   */
  public static RequestRecord unpack(String text) throws IOException {
    try {
      ByteBuffer bytes = ByteBuffer.wrap(Base64.getDecoder().decode(text));
      int length = bytes.remaining() - Frames.HEAD;
      if (length < 0 || Frames.length(bytes, 0) != length || !Frames.sound(bytes, 0, length)) {
        throw new IOException("this is no record");
      }
      return Frames.read(bytes, 0, length).record();
    } catch (IllegalArgumentException e) {
      throw new IOException("this is no record", e);
    }
  }

  /** The same with these attempts. */
  RequestRecord with(List<AttemptRecord> attempts) {
    return with(attempts, bodies);
  }

  /** The same with these bodies. */
  public RequestRecord with(Bodies bodies) {
    return with(attempts, bodies);
  }

  private RequestRecord with(List<AttemptRecord> attempts, Bodies bodies) {
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
        attempts,
        bodies);
  }
}
