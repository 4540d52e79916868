package dev.sluice.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.catalog.Pattern;
import dev.sluice.catalog.Price;
import dev.sluice.conversation.Usage;
import org.junit.jupiter.api.Test;

/** What a request is expected to cost. */
final class CostTest {
  private static final Price PRICE = new Price(Pattern.of("*"), 2, 0.2, 2.5, 10, 0.001);

  private final Cost cost = new Cost();
  private long now = 1;

  private void used(long input, long read, long write, boolean returning) {
    cost.used(new Usage(input, read, write, 10, null, null, null, null, null), returning);
    now += 1_000_000_000L;
    cost.fold(now);
  }

  @Test
  void pricesTimesTokens() {
    assertThat(cost.usd(PRICE, 1e6, 1e5, false)).isCloseTo(3.001, within(1e-9));
  }

  @Test
  void theCachedPartIsLearnedApartForThoseWhoReturn() {
    for (int i = 0; i < 200; i++) {
      used(200, 800, 0, true);
      used(500, 0, 500, false);
    }
    assertThat(cost.cachedShare(true)).isCloseTo(0.8, within(0.03));
    assertThat(cost.usd(PRICE, 1e6, 0, true)).isCloseTo(0.56 + 0.001, within(0.06));
    assertThat(cost.usd(PRICE, 1e6, 0, false)).isCloseTo(2.25 + 0.001, within(0.06));
  }

  @Test
  void anUnsaidCachePriceIsThatOfAnyInput() {
    var plain = new Price(Pattern.of("*"), 2, null, null, 10, 0);
    for (int i = 0; i < 50; i++) {
      used(0, 1000, 0, true);
    }
    assertThat(cost.usd(plain, 1e6, 0, true)).isCloseTo(2, within(1e-9));
  }
}
