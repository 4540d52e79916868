package dev.sluice.telemetry;

import dev.sluice.ledger.AttemptRecord;
import dev.sluice.ledger.RequestRecord;
import dev.sluice.ledger.Settlement;
import dev.sluice.ledger.Tokens;
import java.time.Instant;
import java.util.List;

/** A request with two attempts, of which the second answered. */
final class Told {
  static final String ID = "0af76519-16cd-43dd-8448-eb211c80319c";
  static final Instant BEGAN = Instant.parse("2026-11-20T12:00:00Z");

  private Told() {}

  static AttemptRecord attempt(int ordinal, String channel, String model, boolean good) {
    return new AttemptRecord(
        ordinal,
        BEGAN.plusMillis(10L * ordinal),
        channel,
        "main",
        "https://" + channel + ".example.com/v1",
        model,
        "messages",
        "the only one",
        good ? 200 : 503,
        "",
        good ? "" : "UNAVAILABLE",
        good ? Settlement.COMPLETE : Settlement.FAILED,
        good ? 250_000 : -1,
        good ? 900_000 : 5_000,
        good ? new Tokens(10, 20, 30, 40, 5, 0, 0, 0) : Tokens.NONE,
        good ? 0.5 : 0);
  }

  static RequestRecord request(String model, AttemptRecord... attempts) {
    return new RequestRecord(
        ID,
        BEGAN,
        "alice",
        "default",
        "chat",
        "generate",
        model,
        true,
        "5e55",
        200,
        "released",
        Settlement.COMPLETE,
        260_000,
        1_000_000,
        attempts[attempts.length - 1].tokens(),
        0.5,
        0.75,
        List.of(),
        "[]",
        List.of(attempts));
  }
}
