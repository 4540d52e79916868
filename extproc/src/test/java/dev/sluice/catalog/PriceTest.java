package dev.sluice.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What calls cost. */
final class PriceTest {
  private static final Usage USED =
      new Usage(1_000, 2_000, 3_000, 4_000, 500L, 1_000L, 100L, 200L, null);

  private static Price.Kinds kinds(
      @Nullable Double hour,
      @Nullable Double reasoning,
      @Nullable Double audioInput,
      @Nullable Double audioOutput) {
    return new Price.Kinds(hour, reasoning, audioInput, audioOutput);
  }

  private static Price price(@Nullable Double read, @Nullable Double write, Price.Kinds kinds) {
    return new Price(Pattern.of("*"), 10, read, write, 100, 0, kinds, 0, 0, null);
  }

  private static void costs(Price price, Usage used, double millionths) {
    assertThat(price.of(used)).isCloseTo(millionths / 1e6, within(1e-12));
  }

  @Test
  void eachTokenIsPaidOnce() {
    costs(price(null, null, Price.Kinds.NONE), USED, 10 * 6_000 + 100 * 4_000);
    costs(price(1.0, 20.0, Price.Kinds.NONE), USED, 10_000 + 2_000 + 60_000 + 400_000);
    costs(
        price(1.0, 20.0, kinds(40.0, 200.0, 30.0, 300.0)),
        USED,
        10 * 900
            + 30 * 100
            + 2_000
            + 20 * 2_000
            + 40 * 1_000
            + 100 * 3_300
            + 200 * 500
            + 300 * 200);
  }

  @Test
  void partsAreNoMoreThanTheWhole() {
    var odd = new Usage(10, 0, 5, 10, 20L, 9L, 99L, 7L, null);
    costs(price(null, null, kinds(40.0, 200.0, 30.0, 300.0)), odd, 30 * 10 + 40 * 5 + 200 * 10);
  }

  @Test
  void callsPicturesAndSeconds() {
    var price =
        new Price(Pattern.of("*"), 0, null, null, 0, 0.5, Price.Kinds.NONE, 0.04, 0.001, null);
    assertThat(price.of(USED)).isEqualTo(0.5);
    assertThat(price.of(USED, 2, Duration.ofMillis(2_500)))
        .isCloseTo(0.5 + 0.08 + 0.0025, within(1e-12));
  }

  private static Price dated(String model, double input, @Nullable String from) {
    return new Price(
        Pattern.of(model),
        input,
        null,
        null,
        0,
        0,
        Price.Kinds.NONE,
        0,
        0,
        from == null ? null : Instant.parse(from + "T00:00:00Z"));
  }

  @ParameterizedTest(name = "{0} at {1}")
  @CsvSource({
    "gpt-5,   2026-11-30T23:59:59Z, 1",
    "gpt-5,   2026-12-01T00:00:00Z, 2",
    "gpt-5,   2027-02-01T00:00:00Z, 3",
    "gpt-new, 2026-11-30T00:00:00Z, 9",
    "gpt-new, 2026-12-01T00:00:00Z, 5",
    "other,   2027-02-01T00:00:00Z, 9",
  })
  void theEntryThatHoldsCounts(String model, Instant at, double input) {
    var channel =
        new Channel(
            "c",
            Origin.CHAT,
            List.of(),
            List.of(),
            List.of(),
            List.of(
                dated("gpt-5", 1, null),
                dated("gpt-5", 3, "2027-01-01"),
                dated("gpt-5", 2, "2026-12-01"),
                dated("gpt-*", 5, "2026-12-01"),
                dated("*", 9, null)),
            1,
            1,
            new Timeouts(Duration.ofSeconds(1), Duration.ofSeconds(1)),
            Limits.NONE,
            Set.of(),
            OptionalInt.empty(),
            "c",
            false);
    assertThat(Objects.requireNonNull(channel.price(model, at)).input()).isEqualTo(input);
  }
}
