package dev.sluice.routing;

import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * How long one model of a channel takes: to the first token, as a line over the part of the prompt
 * that is not in the provider's cache (least squares over recent tries), and from token to token.
 * Both are means over time, so that an hour-old burst does not outweigh the last minute.
 *
 * <p>Tries that still wait count too: a provider that has fallen silent answers nothing that could
 * be averaged. Where they wait longer on average than they should in all, that is the estimate.
 *
 * <p>Told from many threads; folded by one at a time; the estimate is read by all.
 */
@Policy
final class Latency {
  /** Where nothing is known. */
  static final Estimate UNKNOWN = new Estimate(0, 0, 0, 0, 0, 0, 1, 1);

  static final double HALF_LIFE = 10e9;
  private static final double GRAIN = 3;

  /** No silence shorter than so many seconds tells anything. */
  private static final double LEAST = 0.5;

  // After a pause of so long, a first token that comes in so small a part of the time that was
  // expected tells that what was known is over.
  private static final double QUIET = 2e9;
  private static final double MUCH_FASTER = 0.6;
  private static final double DOUBT = 0.5;

  /** The part of the time to the first token that a prompt's length has nothing to do with. */
  private static final double LEAST_PART = 0.2;

  private static final double LASTING_HALF_LIFE = 600e9;

  private static final double RATIO_HALF_LIFE = 120e9;
  private static final double SLOW = 0.99;
  private static final double LIKELY = 0.9;

  /** So many deviations above the mean nine in ten end, where chance is normal. */
  private static final double NINE_IN_TEN = 1.28;

  // Ratios of what was and what was expected, from 1/8 to 64, five buckets to a doubling.
  private static final int PER_DOUBLING = 5;
  private static final int LOWEST = -3;
  private static final int BUCKETS = 9 * PER_DOUBLING;

  private static final int FIRSTS = 0;
  private static final int X = 1;
  private static final int Y = 2;
  private static final int XX = 3;
  private static final int XY = 4;
  private static final int TOKENS = 5;
  private static final int SECONDS = 6;
  private static final int PACES = 7;

  private final Tally tally = new Tally(8);
  private final AtomicIntegerArray ratios = new AtomicIntegerArray(BUCKETS);
  private final LongAdder waiting = new LongAdder();
  private final LongAdder starts = new LongAdder();

  private final Recent firsts = new Recent(HALF_LIFE, GRAIN);
  private final Recent paces = new Recent(HALF_LIFE, GRAIN);
  private final int[] seen = new int[BUCKETS];
  private final double[] recentRatios = new double[BUCKETS];
  private double x;
  private double y;
  private double xx;
  private double xy;
  private double tokens;
  private double seconds;
  private final Recent lasting = new Recent(LASTING_HALF_LIFE, GRAIN);
  private double lastingFirst;
  private volatile double usually = 1;

  private volatile Estimate estimate = UNKNOWN;

  /**
   * What is expected.
   *
   * @param base seconds to the first token of an empty prompt
   * @param perThousand seconds more for a thousand tokens of prompt
   * @param usual thousands of tokens that a prompt has on average
   * @param pace seconds from token to token
   * @param evidence how many first tokens told it
   * @param paceEvidence how many answers told the pace
   * @param slow how many times as long 99 in 100 tries take at most
   * @param likely how many times as long 9 in 10 take at most
   */
  record Estimate(
      double base,
      double perThousand,
      double usual,
      double pace,
      double evidence,
      double paceEvidence,
      double slow,
      double likely) {

    /** Whether anything is known. */
    boolean known() {
      return evidence > 0 || paceEvidence > 0;
    }

    /** Seconds to the first token; 0 tokens: of a prompt of usual length. */
    double first(double freshTokens) {
      return base + perThousand * (freshTokens > 0 ? freshTokens / 1000 : usual);
    }

    /** Seconds until so many tokens are read. */
    double reading(double freshTokens) {
      return perThousand * freshTokens / 1000;
    }

    /**
     * Seconds to the first token of an empty prompt. Where the line says next to nothing, as it may
     * by chance, a part of a usual prompt's; where nothing is known, 1.
     */
    double empty() {
      return evidence > 0 ? Math.max(1e-2, Math.max(base, LEAST_PART * first(0))) : 1;
    }

    /** The mean of the square of {@link #first}, which single long ones raise. */
    double square(double freshTokens) {
      double mean = first(freshTokens);
      double deviation = base * (likely - 1) / NINE_IN_TEN;
      return mean * mean + deviation * deviation;
    }
  }

  /** A try went out. */
  void waits(long begun) {
    waiting.increment();
    starts.add(begun);
  }

  /** That try waits no longer, whatever became of it. */
  void waitsNoMore(long begun) {
    waiting.decrement();
    starts.add(-begun);
  }

  /** Its first token came after this time. */
  void first(double freshTokens, double took) {
    Estimate expected = estimate;
    double thousands = freshTokens / 1000;
    tally.add(X, thousands);
    tally.add(Y, took);
    tally.add(XX, thousands * thousands);
    tally.add(XY, thousands * took);
    tally.add(FIRSTS, 1);
    if (expected.evidence() > 0) {
      ratios.incrementAndGet(bucket(took / Math.max(1e-6, expected.first(freshTokens))));
    }
  }

  /**
   * It was given up after this time without a first token, which tells how long at least it takes.
   */
  void atLeast(double freshTokens, double took) {
    Estimate expected = estimate;
    if (expected.evidence() == 0 || took > expected.first(freshTokens)) {
      first(freshTokens, took);
    }
  }

  /** So many tokens came in this time after the first. */
  void paced(long count, double took) {
    if (count > 0 && took >= 0) {
      tally.add(TOKENS, (double) count);
      tally.add(SECONDS, took);
      tally.add(PACES, 1);
    }
  }

  /**
   * A whole answer, whose first token nobody saw. What the first token does not explain is pace.
   *
   * @param took from begin to end
   */
  void whole(double freshTokens, long count, double took) {
    Estimate expected = estimate;
    paced(count, Math.max(0.1 * took, took - expected.first(freshTokens)));
  }

  /**
   * Takes in what came since the last call.
   *
   * @return by what factor first tokens came later than expected; 1 where none came
   */
  double fold(long now) {
    double[] batch = tally.take();
    double n = batch[FIRSTS];
    double p = batch[PACES];
    double factor = 1;
    if (n > 0) {
      double age = (double) (now - firsts.last());
      double expected = estimate.base() * n + estimate.perThousand() * batch[X];
      factor = expected > 0 ? batch[Y] / expected : 1;
      if (age > QUIET && factor < MUCH_FASTER) {
        firsts.doubt(DOUBT);
        paces.doubt(DOUBT);
      }
      double weight = firsts.weigh(n, now);
      x += weight * (batch[X] / n - x);
      y += weight * (batch[Y] / n - y);
      xx += weight * (batch[XX] / n - xx);
      xy += weight * (batch[XY] / n - xy);
      lastingFirst += lasting.weigh(n, now) * (batch[Y] / n - lastingFirst);
      usually = y > 0 ? Math.min(1, lastingFirst / y) : 1;
      double kept = Math.exp(-Math.log(2) * age / RATIO_HALF_LIFE);
      for (int i = 0; i < BUCKETS; i++) {
        int count = ratios.get(i);
        recentRatios[i] = recentRatios[i] * kept + (count - seen[i]);
        seen[i] = count;
      }
    }
    if (p > 0) {
      double weight = paces.weigh(p, now);
      tokens += weight * (batch[TOKENS] / p - tokens);
      seconds += weight * (batch[SECONDS] / p - seconds);
    }
    if (n > 0 || p > 0) {
      publish();
    }
    return factor;
  }

  private void publish() {
    // A little of the mean's square keeps prompts of nearly one length from tilting the line.
    double variance = Math.max(0, xx - x * x) + 0.01 * x * x + 0.01;
    double slope = firsts.evidence() < 10 ? 0 : Math.max(0, (xy - x * y) / variance);
    if (x > 0) {
      slope = Math.min(slope, y / x);
    }
    estimate =
        new Estimate(
            Math.max(0, y - slope * x),
            slope,
            x,
            tokens > 0 ? seconds / tokens : 0,
            firsts.evidence(),
            paces.evidence(),
            within(SLOW),
            within(LIKELY));
  }

  /** What part of the expected time so large a part of the tries takes at most, 1 or more. */
  private double within(double part) {
    double all = 0;
    for (double count : recentRatios) {
      all += count;
    }
    double above = all * (1 - part);
    for (int i = BUCKETS - 1; i > 0; i--) {
      above -= recentRatios[i];
      if (above < 0) {
        return Math.max(1, Math.pow(2, (i + 1.0) / PER_DOUBLING + LOWEST));
      }
    }
    return 1;
  }

  private static int bucket(double ratio) {
    double place = (Math.log(ratio) / Math.log(2) - LOWEST) * PER_DOUBLING;
    return (int) Math.clamp(place, 0, BUCKETS - 1);
  }

  /** What is expected by what has come. */
  Estimate estimate() {
    return estimate;
  }

  /** Tries of which no word has come. */
  long waiting() {
    return waiting.sum();
  }

  /** Seconds for which the tries that still wait have waited, on average, cautiously; 0: none. */
  double silence(long now) {
    long count = waiting.sum();
    if (count <= 0) {
      return 0;
    }
    double mean = Math.max(0, now - (double) starts.sum() / count) / 1e9;
    return mean * count / (count + 2);
  }

  /**
   * How sure it is that the tries that wait now wait in vain, 0 to 1: one that has waited longer
   * than 99 in 100 do is suspect, and of many together a shorter time tells as much.
   */
  double vain(long now) {
    long count = waiting.sum();
    Estimate expected = estimate;
    if (count <= 0 || expected.evidence() == 0) {
      return 0;
    }
    double mean = Math.max(0, now - (double) starts.sum() / count) / 1e9;
    double patience = 1 + Math.max(1, expected.slow() - 1) / Math.sqrt((double) count);
    double late = mean / Math.max(LEAST, expected.first(0) * patience);
    return late > 1 ? 1 - 1 / (late * late) : 0;
  }

  /** What part of the time that it takes now it took over the last minutes; at most 1. */
  double usually() {
    return usually;
  }

  /** Base, slope, usual, pace, evidence of both, slow. */
  double[] numbers() {
    return new double[] {
      x, y, xx, xy, tokens, seconds, firsts.evidence(), paces.evidence(), estimate.slow()
    };
  }

  /** How many {@link #numbers} there are. */
  static final int NUMBERS = 9;

  /** Goes on from what an earlier process knew; {@code trust} is what part of it still counts. */
  void recall(double[] from, double trust, long now) {
    x = from[0];
    y = from[1];
    xx = from[2];
    xy = from[3];
    tokens = from[4];
    seconds = from[5];
    lastingFirst = y;
    lasting.trust(from[6] * trust, now);
    firsts.trust(from[6] * trust, now);
    paces.trust(from[7] * trust, now);
    recentRatios[bucket(from[8] / Math.pow(2, 0.5 / PER_DOUBLING))] += 1;
    publish();
  }
}
