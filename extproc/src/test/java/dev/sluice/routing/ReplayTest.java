package dev.sluice.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.catalog.Aim;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What another aim would have had, against a truth that the test knows. */
final class ReplayTest {
  private static final Replay.Parts CHEAP = new Replay.Parts(0, -0.1, 0, 0);
  private static final Replay.Parts FAST = new Replay.Parts(-0.1, 0, 0, 0);

  /**
   * The cheap one costs 1 and takes 4 s, the fast one costs 3 and takes 1 s; one in ten of the fast
   * one's requests fails.
   */
  private static List<Replay.Drawn> log(int requests, double fast) {
    var random = new Random(3);
    var log = new ArrayList<Replay.Drawn>();
    for (int i = 0; i < requests; i++) {
      if (random.nextDouble() < fast) {
        boolean answered = random.nextInt(10) > 0;
        log.add(
            new Replay.Drawn(
                List.of(FAST, CHEAP), fast, answered ? 3 : 0, answered ? 1.0 : null, answered));
      } else {
        log.add(new Replay.Drawn(List.of(CHEAP, FAST), 1 - fast, 1, 4.0, true));
      }
    }
    return log;
  }

  @Test
  void anotherAimWouldHaveHadOtherFigures() {
    List<Replay.Drawn> log = log(20_000, 0.3);
    Replay.Result economy = Replay.of(log, new Aim(1, 0, 0, 0), 0);
    assertThat(economy.usd().mean()).isCloseTo(1, within(1e-9));
    assertThat(economy.firstToken().mean()).isCloseTo(4, within(1e-9));
    assertThat(economy.success().mean()).isCloseTo(1, within(1e-9));
    assertThat(economy.effective()).isCloseTo(14_000, within(300.0));
    Replay.Result performance = Replay.of(log, new Aim(0, 1, 0, 0), 0);
    assertThat(performance.usd().mean()).isCloseTo(2.7, within(0.05));
    assertThat(performance.usd().unnormalised()).isCloseTo(2.7, within(0.15));
    assertThat(performance.firstToken().mean()).isCloseTo(1, within(1e-9));
    assertThat(performance.success().mean()).isCloseTo(0.9, within(0.02));
    assertThat(performance.success().error()).isBetween(0.002, 0.006);
    assertThat(performance.enough()).isTrue();
  }

  @Test
  void heatMixesThem() {
    Replay.Result even = Replay.of(log(20_000, 0.3), new Aim(1, 1, 0, 0), 0.1);
    assertThat(even.usd().mean()).as("half of each").isCloseTo(0.5 * 1 + 0.5 * 2.7, within(0.05));
  }

  @Test
  void asItWasIsThePlainMean() {
    Replay.Result logged = Replay.of(log(1_000, 0.3), null, 0);
    assertThat(logged.effective()).isCloseTo(1_000, within(1e-6));
    assertThat(logged.usd().mean()).isCloseTo(logged.usd().unnormalised(), within(1e-9));
  }

  @Test
  void whereHardlyAnyWentThereItSaysSo() {
    Replay.Result performance = Replay.of(log(1_000, 0.01), new Aim(0, 1, 0, 0), 0);
    assertThat(performance.effective()).isLessThan(30);
    assertThat(performance.enough()).isFalse();
    Replay.Result nothing = Replay.of(List.of(), Aim.ECONOMY, 0.1);
    assertThat(nothing.enough()).isFalse();
    assertThat(nothing.usd().mean()).isNaN();
  }

  @Test
  void whatWasNotDrawnIsRefused() {
    assertThatThrownBy(() -> new Replay.Drawn(List.of(CHEAP), 0, 1, 1.0, true))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Replay.Drawn(List.of(), 0.5, 1, 1.0, true))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
