package dev.sluice.routing.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The router in the simulated world, in short; {@code docs/routing.md} has the long run. */
final class SimulationTest {
  private static final List<Entrant> SOME =
      Simulator.entrants().stream()
          .filter(e -> List.of(Routed.NAME, "priority", "round robin", "UCB").contains(e.name()))
          .toList();

  private static final List<Entrant> OURS =
      Simulator.entrants().stream().filter(e -> e.name().equals(Routed.NAME)).toList();

  @Test
  void inAnOutageFewMeetTheDeadChannelAndItsRecoveryIsSeen() {
    Contest contest = Contest.of(Scenario.OUTAGE, Mode.PERFORMANCE, 1, SOME);
    assertThat(contest.spread(Routed.NAME, Figures::dead).most())
        .as("share of the outage's requests with a try at the dead channel, from its first failure")
        .isLessThan(0.02);
    assertThat(contest.spread(Routed.NAME, Figures::firstAnswer).most()).isLessThan(30);
    assertThat(contest.spread(Routed.NAME, Figures::recovered).most())
        .as("seconds until it has half of its share again")
        .isLessThan(40);
    assertThat(contest.regret(Routed.NAME).mean()).isLessThan(0.1);
    assertThat(contest.ratio(Routed.NAME, contest.best()).mean()).isLessThan(0.05);
  }

  @Test
  void aSilentChannelIsLeftBeforeItsDeadlines() {
    Contest contest = Contest.of(Scenario.SILENCE, Mode.ECONOMY, 1, OURS);
    assertThat(contest.spread(Routed.NAME, Figures::dead).most()).isLessThan(0.021);
    assertThat(contest.spread(Routed.NAME, Figures::noticed).most()).isLessThan(6);
    assertThat(contest.spread(Routed.NAME, Figures::firstAnswer).most()).isLessThan(30);
  }

  @Test
  void aFlappingChannelGetsLittleMoreThanNobodyCouldKeepOff() {
    Contest contest = Contest.of(Scenario.FLAPPING, Mode.ECONOMY, 1, OURS);
    assertThat(contest.spread(Routed.NAME, Figures::dead).most()).isLessThan(0.055);
    assertThat(contest.spread(Witness.NAME, Figures::dead).most())
        .as("what nobody could keep off")
        .isBetween(0.01, contest.spread(Routed.NAME, Figures::dead).most());
    assertThat(contest.spread(Routed.NAME, Figures::firstAnswer).most()).isLessThan(20);
  }

  @Test
  void theSameSeedIsTheSameRun() {
    double once = World.run(Scenario.STEADY, Mode.ECONOMY, 0, 7, Routed::new).loss();
    double again = World.run(Scenario.STEADY, Mode.ECONOMY, 0, 7, Routed::new).loss();
    assertThat(again).isEqualTo(once);
  }
}
