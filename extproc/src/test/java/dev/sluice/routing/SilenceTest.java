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

  private static long nanos(double seconds) {
    return (long) (seconds * SECOND);
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
        silence.waitsNoMore(nanos(next[1]));
        silence.answered(nanos(next[1]), next[0] - next[1]);
      }
      silence.waits(nanos(now));
      if (answers) {
        under.add(new double[] {now + median * Math.exp(0.6 * random.nextGaussian()), now});
      }
      for (; folds < now; folds += 0.2) {
        silence.fold(nanos(now));
        most = Math.max(most, silence.suspicion(nanos(now)));
      }
    }
    return most;
  }

  @ParameterizedTest(name = "{0} a second, {1} s to the first token: seen within {2} s")
  @CsvSource({"20, 1.4, 1.9", "20, 0.5, 1.4", "2, 1.4, 6", "300, 1.4, 1.5"})
  void silenceIsSeenLongBeforeAnyDeadline(double perSecond, double median, double within) {
    assertThat(goesOn(300, perSecond, median, true)).as("while all is well").isLessThan(1);
    assertThat(goesOn(within, perSecond, median, false)).isGreaterThan(1);
  }

  @Test
  void whatBecomesSlowerByAQuarterIsNotSilent() {
    goesOn(300, 20, 1, true);
    assertThat(goesOn(60, 20, 1.25, true)).isLessThan(1);
  }

  @Test
  void oneAnswerToANewTryEndsIt() {
    goesOn(300, 20, 1, true);
    assertThat(goesOn(5, 20, 1, false)).isGreaterThan(1);
    silence.answered(nanos(now), 0.3);
    assertThat(silence.suspicion(nanos(now))).isZero();
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
      silence.waits(given.getLast());
    }
    assertThat(silence.suspicion(nanos(now + 6))).isGreaterThan(1);
    under.forEach(each -> silence.waitsNoMore(nanos(each[1])));
    given.forEach(silence::waitsNoMore);
    assertThat(silence.suspicion(nanos(now + 6))).isZero();
  }
}
