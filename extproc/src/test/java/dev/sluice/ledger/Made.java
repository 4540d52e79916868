package dev.sluice.ledger;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;

/** Records that can be made again from their number alone. */
final class Made {
  /** Noon of a day long ago. */
  static final Instant NOON = Instant.parse("2026-03-10T12:00:00Z");

  static final List<String> KEYS = List.of("alice", "bob", "carol");
  static final List<String> CHANNELS = List.of("one", "two", "three");

  private Made() {}

  /** What is looked at often, and is small, so that much happens in a short time. */
  static Schedule quick(long segmentBytes, long rollBytes) {
    return new Schedule(
        Duration.ofMillis(5),
        Duration.ofMillis(20),
        100,
        segmentBytes,
        Duration.ofMinutes(10),
        rollBytes,
        Duration.ofHours(1),
        1L << 30,
        50_000,
        64L << 20,
        Duration.ofMillis(20));
  }

  /** A request with up to three attempts, of which the last may have answered. */
  static RequestRecord request(long n, Instant began) {
    var random = new SplittableRandom(n);
    int tries = random.nextInt(4);
    boolean answered = tries > 0 && random.nextInt(10) > 0;
    var attempts =
        java.util.stream.IntStream.rangeClosed(1, tries)
            .mapToObj(i -> attempt(random, i, began, answered && i == tries))
            .toList();
    Tokens tokens = answered ? attempts.getLast().tokens() : Tokens.NONE;
    double cost = attempts.stream().mapToDouble(AttemptRecord::cost).sum();
    return new RequestRecord(
        id(n),
        began,
        KEYS.get(random.nextInt(KEYS.size())),
        random.nextBoolean() ? "default" : "cheap",
        "chat",
        "generate",
        "gpt-" + random.nextInt(3),
        random.nextBoolean(),
        random.nextBoolean() ? "" : "s" + n,
        answered ? 200 : tries == 0 ? 401 : 502,
        answered ? "released" : "refused",
        answered ? attempts.getLast().settlement() : Settlement.FAILED,
        answered ? random.nextLong(1_000, 9_000_000) : -1,
        random.nextLong(1_000, 60_000_000),
        tokens,
        cost,
        cost * 2,
        random.nextInt(5) == 0 ? List.of("top_k", "ein Ümlaut \"quoted\"") : List.of(),
        "[{\"channel\":\"one\",\"why\":\"it's first\"}]",
        attempts);
  }

  static String id(long n) {
    return "%08x-0000-4000-8000-%012x".formatted(n * 2_654_435_761L & 0xffffffffL, n);
  }

  private static AttemptRecord attempt(
      SplittableRandom random, int ordinal, Instant began, boolean answered) {
    String channel = CHANNELS.get(random.nextInt(CHANNELS.size()));
    return new AttemptRecord(
        ordinal,
        began.plusMillis(ordinal),
        channel,
        random.nextBoolean() ? "main" : "spare",
        "https://" + channel + ".example.com/v1",
        "real-" + random.nextInt(2),
        "messages",
        "score 0.8",
        answered ? 200 : random.nextBoolean() ? 429 : 0,
        answered ? "" : "UT",
        answered ? "" : "RATE_LIMIT",
        answered ? Settlement.COMPLETE : Settlement.FAILED,
        answered ? random.nextLong(1_000, 9_000_000) : -1,
        random.nextLong(9_000_000, 60_000_000),
        answered
            ? new Tokens(
                random.nextLong(5_000),
                random.nextLong(50_000),
                random.nextLong(500),
                random.nextLong(2, 2_000),
                random.nextLong(2),
                random.nextLong(9),
                random.nextLong(2),
                random.nextLong(7))
            : Tokens.NONE,
        answered ? random.nextInt(1_000) / 1024.0 : 0);
  }
}
