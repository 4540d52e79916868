package dev.sluice.routing;

import dev.sluice.catalog.Aim;

/**
 * From what is expected of each candidate to the probability with which it is chosen. Each part
 * says by what factor a candidate is worse than the best one, as a logarithm: twice the price is as
 * far from once as four times is from twice, and no unit matters. The score is the mean of the
 * parts, weighted by the group's aim, and lower for what mostly fails. Softmax makes probabilities
 * of the scores, and each channel's weight multiplies its own.
 *
 * @see <a href="https://doi.org/10.1016/0022-2496(77)90032-3">Luce, The choice axiom after twenty
 *     years</a>
 */
@Policy
final class Score {
  /** No part counts for more than this factor's logarithm. */
  private static final double FARTHEST = 6;

  /** So small a share of failures is noise. */
  private static final double FAILURE_NOISE = 0.005;

  /**
   * A first token that comes as late as it may harms as so many failures, at half of that time as a
   * quarter of them: one long wait is worse than many short ones.
   */
  private static final double AS_BAD = 4;

  /** A share of failures beyond which nothing is gained by telling them apart. */
  private static final double NEVER = 0.99;

  /** What fails more often is no bargain for any aim: each answer takes more than one try. */
  private static final double BEARABLE = 0.2;

  private static final double COST_NOISE = 1e-3;

  /** What is not looked at may have become so many times as good as it was at its usual best. */
  private static final double HOPE = 2;

  /** At temperature 1, who is worse by this factor's logarithm has a third of the chance. */
  private static final double SOFTNESS = 0.3;

  private Score() {}

  /** What is expected of each of {@code size} candidates, and what follows. */
  static final class Sheet {
    final double[] usd;
    final double[] returningUsd;
    final double[] seconds;
    final double[] returningSeconds;
    final double[] crowd;
    final double[] wait;
    final double[] harm;
    final double[] quality;
    final double[] usually;
    final double[] usualHarm;
    final double[] weight;
    final boolean[] open;
    double doubt;
    final double[] costPart;
    final double[] latencyPart;
    final double[] availabilityPart;
    final double[] qualityPart;
    final double[] score;
    final double[] returningScore;
    final double[] prospect;
    final double[] probability;

    Sheet(int size) {
      usd = new double[size];
      returningUsd = new double[size];
      seconds = new double[size];
      returningSeconds = new double[size];
      crowd = new double[size];
      wait = new double[size];
      harm = new double[size];
      quality = new double[size];
      usually = new double[size];
      usualHarm = new double[size];
      weight = new double[size];
      open = new boolean[size];
      costPart = new double[size];
      latencyPart = new double[size];
      availabilityPart = new double[size];
      qualityPart = new double[size];
      score = new double[size];
      returningScore = new double[size];
      prospect = new double[size];
      probability = new double[size];
    }
  }

  /**
   * Fills in parts, scores and probabilities. Prices and times that are not known are NaN: an
   * unknown price counts as the others' mean, an unknown time as the best of the others, so that
   * what is new is tried. {@code crowd} says by how much a candidate is busier than usual, {@code
   * wait} what part its first token is expected to take of the time that it may take, squared.
   */
  static void fill(Sheet sheet, Aim aim, double temperature) {
    int size = sheet.usd.length;
    unknownPrices(sheet);
    unknownTimes(sheet);
    double cheapest = least(sheet.usd, sheet.open);
    double dearest = 0;
    double fastest = least(sheet.seconds, sheet.open);
    double surest = Double.MAX_VALUE;
    double best = 0;
    double worst = Double.MAX_VALUE;
    for (int i = 0; i < size; i++) {
      dearest = Math.max(dearest, sheet.usd[i]);
      if (sheet.open[i]) {
        best = Math.max(best, sheet.quality[i]);
        worst = Math.min(worst, sheet.quality[i]);
      }
    }
    double[] failing = new double[size];
    for (int i = 0; i < size; i++) {
      failing[i] = Math.log1p(-Math.clamp(sheet.harm[i] - BEARABLE, 0, NEVER));
      double waits = AS_BAD * Math.min(1, sheet.wait[i]);
      sheet.harm[i] += waits;
      sheet.usualHarm[i] += waits * sheet.usually[i] * sheet.usually[i];
      if (sheet.open[i]) {
        surest = Math.min(surest, sheet.harm[i]);
      }
    }
    double total =
        aim.cost() + aim.latency() + aim.availability() + (worst < best ? aim.quality() : 0);
    double scale = total > 0 ? 1 / total : 0;
    sheet.doubt = scale * aim.availability();
    double noise = Math.max(1e-12, COST_NOISE * dearest);
    for (int i = 0; i < size; i++) {
      double cost = worse(sheet.usd[i] + noise, cheapest + noise);
      double returning = worse(sheet.returningUsd[i] + noise, cheapest + noise);
      double latency = worse(sheet.seconds[i], fastest);
      double again = worse(sheet.returningSeconds[i], fastest);
      double availability = worse(sheet.harm[i] + FAILURE_NOISE, surest + FAILURE_NOISE);
      double quality = best > 0 ? worse(best, Math.max(1e-3, sheet.quality[i])) : 0;
      double rest = aim.availability() * availability + aim.quality() * quality;
      sheet.costPart[i] = cost;
      sheet.latencyPart[i] = latency;
      sheet.availabilityPart[i] = availability;
      sheet.qualityPart[i] = quality;
      sheet.score[i] = scale * (aim.cost() * cost + aim.latency() * latency + rest) + failing[i];
      sheet.returningScore[i] =
          scale * (aim.cost() * returning + aim.latency() * again + rest) + failing[i];
      double hoped = worse(sheet.usually[i] * sheet.seconds[i] / HOPE, fastest);
      double surer =
          worse(
              Math.min(sheet.harm[i], sheet.usualHarm[i]) / HOPE + FAILURE_NOISE,
              surest + FAILURE_NOISE);
      sheet.prospect[i] =
          scale
              * (aim.cost() * cost
                  + aim.latency() * hoped
                  + aim.availability() * surer
                  + aim.quality() * quality);
    }
    softmax(sheet.score, sheet.open, sheet.weight, temperature, sheet.probability);
  }

  /** The logarithm of how many times better the best is, 0 or less; for a better one more. */
  private static double worse(double value, double best) {
    return Math.clamp(-Math.log(value / best), -FARTHEST, FARTHEST);
  }

  private static double least(double[] values, boolean[] open) {
    double least = Double.MAX_VALUE;
    for (int i = 0; i < values.length; i++) {
      if (open[i]) {
        least = Math.min(least, values[i]);
      }
    }
    return least == Double.MAX_VALUE ? 1 : least;
  }

  private static void unknownPrices(Sheet sheet) {
    double sum = 0;
    int known = 0;
    for (double usd : sheet.usd) {
      if (!Double.isNaN(usd)) {
        sum += usd;
        known++;
      }
    }
    double mean = known == 0 ? 1 : sum / known;
    for (int i = 0; i < sheet.usd.length; i++) {
      if (Double.isNaN(sheet.usd[i])) {
        sheet.usd[i] = mean;
        sheet.returningUsd[i] = mean;
      }
    }
  }

  private static void unknownTimes(Sheet sheet) {
    double least = Double.MAX_VALUE;
    double wait = 1;
    for (int i = 0; i < sheet.seconds.length; i++) {
      if (sheet.open[i] && !Double.isNaN(sheet.seconds[i])) {
        least = Math.min(least, sheet.seconds[i]);
        wait = Math.min(wait, sheet.wait[i]);
      }
    }
    for (int i = 0; i < sheet.seconds.length; i++) {
      if (Double.isNaN(sheet.seconds[i])) {
        sheet.seconds[i] = least == Double.MAX_VALUE ? 1 : least;
        sheet.returningSeconds[i] = sheet.seconds[i];
        sheet.wait[i] = least == Double.MAX_VALUE ? 0 : wait;
      }
      sheet.seconds[i] = Math.max(1e-4, sheet.seconds[i]) * sheet.crowd[i];
      sheet.returningSeconds[i] = Math.max(1e-4, sheet.returningSeconds[i]) * sheet.crowd[i];
      sheet.wait[i] *= sheet.crowd[i];
    }
  }

  /**
   * The probabilities of those that are open; 0 for the others.
   *
   * @param temperature 0: the best alone; equals share by their weights
   */
  static void softmax(
      double[] score, boolean[] open, double[] weight, double temperature, double[] into) {
    double best = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < score.length; i++) {
      if (open[i]) {
        best = Math.max(best, score[i]);
      }
    }
    double sum = 0;
    for (int i = 0; i < score.length; i++) {
      double below = score[i] - best;
      into[i] =
          !open[i]
              ? 0
              : weight[i]
                  * (temperature > 0
                      ? Math.exp(below / (SOFTNESS * temperature))
                      : below >= -1e-9 ? 1 : 0);
      sum += into[i];
    }
    for (int i = 0; i < score.length && sum > 0; i++) {
      into[i] /= sum;
    }
  }
}
