package dev.sluice.routing;

import dev.sluice.catalog.Aim;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What another aim would have had, by the requests that were served under this one. Each request
 * whose channel was drawn by chance counts by how much likelier the other aim would have drawn the
 * same channel: the inverse of its propensity, normalised by what those weights add up to. So it
 * needs no model of the channels, but requests that went where the other aim would have sent them;
 * the effective sample size says how many there are.
 *
 * <p>Of a request only the first choice is weighed; what came after a failure stays as it was. A
 * channel's {@code weight} is not in the log and counts as 1.
 *
 * @see <a href="https://papers.nips.cc/paper/5748">Swaminathan and Joachims, The self-normalized
 *     estimator for counterfactual learning</a>
 */
public final class Replay {
  /** Fewer effective requests tell nothing that could be relied on. */
  public static final int ENOUGH = 100;

  private Replay() {}

  /**
   * The parts of one candidate's score, as {@link Decision.Parts} has them.
   *
   * @param cost 0 or less
   * @param latency 0 or less
   * @param availability 0 or less
   * @param quality 0 or less
   */
  public record Parts(double cost, double latency, double availability, double quality) {}

  /**
   * One request whose first channel was drawn by chance.
   *
   * @param candidates among which it was drawn, the one that was drawn first
   * @param probability with which it was drawn, over 0 to 1
   * @param usd what the request cost
   * @param firstToken seconds to the first token; null: there was none
   * @param answered whether it was
   */
  public record Drawn(
      List<Parts> candidates,
      double probability,
      double usd,
      @Nullable Double firstToken,
      boolean answered) {
    /**
     * Copies the list.
     *
     * @throws IllegalArgumentException there is no candidate, or the probability is none
     */
    public Drawn {
      candidates = List.copyOf(candidates);
      if (candidates.isEmpty() || !(probability > 0) || probability > 1 + 1e-6) {
        throw new IllegalArgumentException("a draw has candidates and a probability over 0 to 1");
      }
    }
  }

  /**
   * A mean and how sure it is.
   *
   * @param mean of all requests, had the other aim chosen; NaN: nothing tells
   * @param error its standard error
   * @param unnormalised the plain inverse propensity estimate; far from the mean where there are
   *     too few requests
   */
  public record Estimate(double mean, double error, double unnormalised) {}

  /**
   * What an aim would have had.
   *
   * @param usd of a request
   * @param firstToken in seconds, of those that had one
   * @param success the share of requests that were answered
   * @param requests that were looked at
   * @param effective as many requests of its own would tell as much
   */
  public record Result(
      Estimate usd, Estimate firstToken, Estimate success, int requests, double effective) {
    /** Whether there are enough to rely on. */
    public boolean enough() {
      return effective >= ENOUGH;
    }
  }

  /**
   * Replays.
   *
   * @param aim null: as it was
   * @param exploration of the group that chooses so
   */
  public static Result of(List<Drawn> log, @Nullable Aim aim, double exploration) {
    int size = log.size();
    double[] weights = new double[size];
    for (int i = 0; i < size; i++) {
      Drawn drawn = log.get(i);
      weights[i] = aim == null ? 1 : likelihood(drawn, aim, exploration) / drawn.probability();
    }
    double[] usd = new double[size];
    double[] first = new double[size];
    double[] answered = new double[size];
    for (int i = 0; i < size; i++) {
      Drawn drawn = log.get(i);
      Double token = drawn.firstToken();
      usd[i] = drawn.usd();
      first[i] = token == null ? Double.NaN : token;
      answered[i] = drawn.answered() ? 1 : 0;
    }
    return new Result(
        estimate(weights, usd),
        estimate(weights, first),
        estimate(weights, answered),
        size,
        effective(weights));
  }

  /** The probability with which the aim draws what was drawn. */
  private static double likelihood(Drawn drawn, Aim aim, double exploration) {
    int size = drawn.candidates().size();
    double[] score = new double[size];
    boolean[] open = new boolean[size];
    double[] weight = new double[size];
    double quality = 0;
    for (Parts parts : drawn.candidates()) {
      quality = parts.quality() < 0 ? aim.quality() : quality;
    }
    double total = aim.cost() + aim.latency() + aim.availability() + quality;
    for (int i = 0; i < size; i++) {
      Parts parts = drawn.candidates().get(i);
      score[i] =
          total > 0
              ? (aim.cost() * parts.cost()
                      + aim.latency() * parts.latency()
                      + aim.availability() * parts.availability()
                      + quality * parts.quality())
                  / total
              : 0;
      open[i] = true;
      weight[i] = 1;
    }
    double[] probability = new double[size];
    Score.softmax(score, open, weight, exploration, probability);
    return probability[0];
  }

  private static Estimate estimate(double[] weights, double[] values) {
    double all = 0;
    double sum = 0;
    int count = 0;
    for (int i = 0; i < weights.length; i++) {
      if (!Double.isNaN(values[i])) {
        all += weights[i];
        sum += weights[i] * values[i];
        count++;
      }
    }
    double mean = sum / all;
    double squares = 0;
    for (int i = 0; i < weights.length; i++) {
      if (!Double.isNaN(values[i])) {
        double off = weights[i] * (values[i] - mean);
        squares += off * off;
      }
    }
    return new Estimate(mean, Math.sqrt(squares) / all, sum / count);
  }

  /**
   * Kish's effective sample size.
   *
   * @see <a href="https://doi.org/10.1002/bimj.19680100122">Kish, Survey Sampling</a>
   */
  private static double effective(double[] weights) {
    double sum = 0;
    double squares = 0;
    for (double weight : weights) {
      sum += weight;
      squares += weight * weight;
    }
    return squares > 0 ? sum * sum / squares : 0;
  }
}
