package dev.sluice.access;

import dev.sluice.catalog.Aim;
import dev.sluice.catalog.Budget;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Group;
import dev.sluice.catalog.Key;
import dev.sluice.catalog.Limits;
import dev.sluice.catalog.Pattern;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

/** A catalog and a clock for tests. */
final class House {
  /** In the middle of an hour, a day, a week, a month and a year. */
  static final Instant NOON = Instant.parse("2026-11-18T12:30:00Z");

  static final String CONFIGURED = "sk-of-the-file";
  static final Directory.Author AUTHOR = new Directory.Author("root", "127.0.0.1");

  private House() {}

  /** A clock that stands still until it is told. */
  static final class Clock implements InstantSource {
    private volatile Instant now = NOON;

    @Override
    public Instant instant() {
      return now;
    }

    void pass(Duration time) {
      now = now.plus(time);
    }
  }

  static Catalog catalog() {
    var group =
        new Group(
            "default",
            null,
            4,
            Duration.ZERO,
            Duration.ZERO,
            List.of(),
            Group.Ambiguous.REJECT,
            Aim.STABILITY,
            0);
    return new Catalog(
        Map.of(),
        Map.of("default", group),
        Map.of(
            ByteBuffer.wrap(Secret.sha256(CONFIGURED)), key("file", Limits.NONE, "10 USD/month")),
        List.of(),
        1 << 20,
        "00",
        Catalog.Responses.DEFAULT,
        new Catalog.Status(NOON, List.of()));
  }

  static Key key(String name, Limits limits, String budgets) {
    return new Key(
        name,
        null,
        "default",
        List.of(Pattern.of("*")),
        null,
        true,
        limits,
        Budget.list(budgets),
        List.of());
  }
}
