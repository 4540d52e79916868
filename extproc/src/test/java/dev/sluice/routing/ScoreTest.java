package dev.sluice.routing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.catalog.Aim;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** From what is expected to probabilities. */
final class ScoreTest {
  private static final Aim EVEN = new Aim(1, 1, 1, 1);

  /** Equals, which a test makes different. */
  private static Score.Sheet equals(int size) {
    var sheet = new Score.Sheet(size);
    Arrays.fill(sheet.usd, 1);
    Arrays.fill(sheet.returningUsd, 1);
    Arrays.fill(sheet.seconds, 1);
    Arrays.fill(sheet.returningSeconds, 1);
    Arrays.fill(sheet.crowd, 1);
    Arrays.fill(sheet.quality, 1);
    Arrays.fill(sheet.weight, 1);
    Arrays.fill(sheet.usually, 1);
    Arrays.fill(sheet.open, true);
    return sheet;
  }

  @Test
  void equalsShareByTheirWeights() {
    Score.Sheet sheet = equals(3);
    sheet.weight[2] = 2;
    Score.fill(sheet, EVEN, 0.1);
    assertThat(sheet.probability).containsExactly(new double[] {0.25, 0.25, 0.5}, within(1e-9));
    assertThat(sheet.score).containsExactly(new double[] {0, 0, 0}, within(1e-9));
  }

  @Test
  void noUnitMatters() {
    Score.Sheet small = equals(2);
    small.usd[0] = 2;
    Score.fill(small, EVEN, 0.1);
    Score.Sheet large = equals(2);
    large.usd[0] = 2e6;
    large.usd[1] = 1e6;
    Score.fill(large, EVEN, 0.1);
    assertThat(large.costPart[0]).isCloseTo(small.costPart[0], within(1e-6));
    assertThat(small.costPart[0]).isCloseTo(-Math.log(2), within(0.01));
  }

  @Test
  void theAimDecidesBetweenCheapAndFast() {
    Score.Sheet sheet = equals(2);
    sheet.usd[0] = 3;
    sheet.seconds[1] = 3;
    Score.fill(sheet, Aim.ECONOMY, 0.1);
    assertThat(sheet.probability[1]).isGreaterThan(0.99);
    Score.fill(sheet, Aim.PERFORMANCE, 0.1);
    assertThat(sheet.probability[0]).isGreaterThan(0.99);
  }

  @Test
  void temperatureZeroTakesTheBestAlone() {
    Score.Sheet sheet = equals(3);
    sheet.usd[0] = 1.01;
    Score.fill(sheet, EVEN, 0);
    assertThat(sheet.probability).containsExactly(0, 0.5, 0.5);
  }

  @Test
  void moreHeatMoreChance() {
    Score.Sheet sheet = equals(2);
    sheet.seconds[0] = 1.5;
    Score.fill(sheet, EVEN, 0.1);
    double cool = sheet.probability[0];
    Score.fill(sheet, EVEN, 1);
    assertThat(sheet.probability[0]).isGreaterThan(10 * cool).isLessThan(0.5);
  }

  @Test
  void whatIsClosedHasNoChanceAndSetsNoMark() {
    Score.Sheet sheet = equals(3);
    sheet.usd[0] = 0.01;
    sheet.open[0] = false;
    Score.fill(sheet, EVEN, 0.1);
    assertThat(sheet.probability).containsExactly(new double[] {0, 0.5, 0.5}, within(1e-9));
    assertThat(sheet.costPart[1]).isZero();
  }

  @Test
  void whatIsUnknownCountsAsTheOthersPriceAndTheBestTime() {
    Score.Sheet sheet = equals(3);
    sheet.usd[0] = Double.NaN;
    sheet.usd[1] = 1;
    sheet.usd[2] = 3;
    sheet.seconds[0] = Double.NaN;
    sheet.seconds[1] = 4;
    sheet.seconds[2] = 2;
    Score.fill(sheet, EVEN, 0.1);
    assertThat(sheet.usd[0]).isEqualTo(2);
    assertThat(sheet.latencyPart[0]).isZero();
  }

  @Test
  void nothingKnownAtAllIsEven() {
    Score.Sheet sheet = equals(2);
    Arrays.fill(sheet.usd, Double.NaN);
    Arrays.fill(sheet.seconds, Double.NaN);
    Score.fill(sheet, EVEN, 0.1);
    assertThat(sheet.probability).containsExactly(new double[] {0.5, 0.5}, within(1e-9));
  }

  @Test
  void whatIsFreeIsBestAndLeavesTheOthersApart() {
    Score.Sheet sheet = equals(3);
    sheet.usd[0] = 0;
    sheet.usd[1] = 1;
    sheet.usd[2] = 2;
    Score.fill(sheet, new Aim(1, 0, 0, 0), 0.1);
    assertThat(sheet.score[0]).isZero();
    assertThat(sheet.score[1]).isLessThan(-5);
    assertThat(sheet.score[1]).isGreaterThanOrEqualTo(sheet.score[2]);
  }

  @Test
  void theCacheSavesAReturningSessionItsPart() {
    Score.Sheet sheet = equals(2);
    sheet.returningUsd[0] = 0.25;
    Score.fill(sheet, new Aim(1, 0, 0, 0), 0.1);
    assertThat(sheet.returningScore[0]).isGreaterThan(1);
    assertThat(sheet.returningScore[1]).isCloseTo(0, within(1e-9));
  }

  @Test
  void qualityCountsWhereItDiffers() {
    Score.Sheet sheet = equals(2);
    sheet.quality[1] = 0.5;
    Score.fill(sheet, new Aim(0, 0, 0, 1), 0.1);
    assertThat(sheet.probability[0]).isGreaterThan(0.99);
    assertThat(sheet.qualityPart[1]).isCloseTo(-Math.log(2), within(1e-6));
  }

  @Test
  void aCrowdMakesSlower() {
    Score.Sheet sheet = equals(2);
    sheet.crowd[0] = 2;
    Score.fill(sheet, new Aim(0, 1, 0, 0), 0.1);
    assertThat(sheet.latencyPart[0]).isCloseTo(-Math.log(2), within(1e-6));
  }

  @Test
  void whatMostlyFailsIsNoBargain() {
    Score.Sheet sheet = equals(2);
    sheet.usd[1] = 20;
    sheet.harm[0] = 0.15;
    Score.fill(sheet, new Aim(1, 0, 0, 0), 0.1);
    assertThat(sheet.probability[0]).isGreaterThan(0.99);
    sheet = equals(2);
    sheet.usd[1] = 20;
    sheet.harm[0] = 1.5;
    Score.fill(sheet, new Aim(1, 0, 0, 0), 0.1);
    assertThat(sheet.probability[0]).isLessThan(0.01);
  }

  @Test
  void whatWasGoodLatelyHasProspectsAndWhatNeverWasHasNone() {
    Score.Sheet sheet = equals(3);
    sheet.seconds[1] = 8;
    sheet.usually[1] = 0.125;
    sheet.seconds[2] = 8;
    Score.fill(sheet, new Aim(0, 1, 0, 0), 0.1);
    assertThat(sheet.prospect[1]).isGreaterThan(sheet.score[0]);
    assertThat(sheet.prospect[2]).isLessThan(sheet.score[0]);
  }

  @ParameterizedTest(name = "{0} of the time it may take, a crowd of {1}: as {2} failures")
  @CsvSource({"0, 1, 0", "0.1, 1, 0.04", "0.5, 1, 1", "0.5, 2, 2", "1, 1, 4", "3, 1, 4"})
  void aLongWaitHarmsMoreThanManyShortOnes(double part, double crowd, double failures) {
    Score.Sheet sheet = equals(2);
    sheet.wait[0] = part * part;
    sheet.crowd[0] = crowd;
    Score.fill(sheet, new Aim(0, 0, 1, 0), 0.1);
    assertThat(sheet.harm[0]).isCloseTo(failures, within(1e-9));
    assertThat(sheet.probability[0]).isLessThanOrEqualTo(0.5);
  }

  @Test
  void whatIsUnknownIsTakenToWaitNoLongerThanTheBest() {
    Score.Sheet sheet = equals(3);
    sheet.seconds[0] = Double.NaN;
    sheet.wait[1] = 0.04;
    sheet.wait[2] = 0.01;
    Score.fill(sheet, EVEN, 0.1);
    assertThat(sheet.harm[0]).isEqualTo(sheet.harm[2]).isEqualTo(0.04);
  }

  @Test
  void whatPartFailuresMakeOfTheScore() {
    Score.Sheet sheet = equals(2);
    Score.fill(sheet, Aim.STABILITY, 0.1);
    assertThat(sheet.doubt).isCloseTo(0.75, within(1e-9));
    Score.fill(sheet, Aim.ECONOMY, 0.1);
    assertThat(sheet.doubt).isCloseTo(0.08, within(1e-9));
    Score.fill(sheet, new Aim(0, 0, 0, 0), 0.1);
    assertThat(sheet.doubt).isZero();
  }
}
