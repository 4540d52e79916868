package dev.sluice.routing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How soon it is seen that nothing comes any more, and that this is not seen where something does.
 */
final class SilenceTest {
  private static final double SECOND = 1e9;

  private final Silence silence = new Silence();
  private final Random random = new Random(1);
  private final PriorityQueue<double[]> under =
      new PriorityQueue<>((a, b) -> Double.compare(a[0], b[0]));
  private double now = 100;
  private double expected = 1;
  private int sent;

  /** All but one in so many prompts are read for four seconds; 0: none. */
  private int longOnes;

  private static long nanos(double seconds) {
    return (long) (seconds * SECOND);
  }

  private double suspicion(double later) {
    return silence.suspicion(nanos(now + later), Long.MAX_VALUE, expected);
  }

  /**
   * Tries at a rate; first tokens after {@code median} seconds or never; the greatest suspicion.
   */
  private double goesOn(double seconds, double perSecond, double median, boolean answers) {
    double most = 0;
    double end = now + seconds;
    double folds = now;
    while (now < end) {
      now += -Math.log(1 - random.nextDouble()) / perSecond;
      for (double[] next = under.peek(); next != null && next[0] <= now; next = under.peek()) {
        under.remove();
        silence.waitsNoMore(nanos(next[1]), (int) next[2]);
        silence.answered(nanos(next[1]), (int) next[2], next[0] - next[1], expected);
      }
      double reading = (longOnes > 0 && sent++ % longOnes > 0) ? 4 : 0;
      int size = Silence.size(reading);
      silence.waits(nanos(now), size);
      if (answers) {
        double own = median * Math.exp(0.6 * random.nextGaussian());
        under.add(new double[] {now + reading + own, now, size});
      }
      for (; folds < now; folds += 0.2) {
        silence.fold(nanos(now));
        most = Math.max(most, suspicion(0));
      }
    }
    return most;
  }

  @ParameterizedTest(name = "{0} a second, {1} s to the first token: seen within {2} s")
  @CsvSource({"20, 1.4, 1.8", "20, 0.5, 1.1", "2, 1.4, 6", "300, 1.4, 1.3"})
  void silenceIsSeenLongBeforeAnyDeadline(double perSecond, double median, double within) {
    assertThat(goesOn(300, perSecond, median, true)).as("while all is well").isLessThan(1);
    assertThat(goesOn(within, perSecond, median, false)).isGreaterThan(1);
  }

  @Test
  void whatBecomesSlowerByAQuarterIsNotSilent() {
    goesOn(300, 20, 1, true);
    assertThat(goesOn(60, 20, 1.25, true)).isLessThan(1);
  }

  /** Nine in ten prompts are long, so that most first tokens take five seconds and more. */
  @Test
  void shortPromptsTellBeforeLongOnesCould() {
    longOnes = 10;
    assertThat(goesOn(300, 200, 1, true)).as("while all is well").isLessThan(1);
    assertThat(goesOn(2, 200, 1, false)).isGreaterThan(1);
  }

  /** Waits are measured by what is expected at the moment, not by what came minutes ago. */
  @Test
  void whatHasBecomeFasterIsSilentSooner() {
    expected = 3;
    goesOn(300, 20, 3, true);
    expected = 1;
    goesOn(10, 20, 1, true); // First tokens of the slow ones still come.
    assertThat(goesOn(20, 20, 1, true)).as("while all is well").isLessThan(1);
    assertThat(goesOn(1.5, 20, 1, false)).isGreaterThan(1);
  }

  @Test
  void oneAnswerToANewTryEndsIt() {
    goesOn(300, 20, 1, true);
    assertThat(goesOn(5, 20, 1, false)).isGreaterThan(1);
    silence.answered(nanos(now), 0, 0.3, expected);
    assertThat(suspicion(0)).isZero();
  }

  @Test
  void whereNothingIsKnownNothingIsSuspect() {
    assertThat(goesOn(30, 20, 1, false)).isZero();
  }

  @Test
  void whatWasGivenUpIsForgotten() {
    goesOn(100, 20, 1, true);
    var given = new ArrayDeque<Long>();
    for (int i = 0; i < 40; i++) {
      given.add(nanos(now + i * 0.05));
      silence.waits(given.getLast(), 0);
    }
    assertThat(suspicion(6)).isGreaterThan(1);
    under.forEach(each -> silence.waitsNoMore(nanos(each[1]), (int) each[2]));
    given.forEach(begun -> silence.waitsNoMore(begun, 0));
    assertThat(suspicion(6)).isZero();
  }
}
