package dev.sluice.routing.simulation;

import java.util.Arrays;

/** What became of one run. */
final class Tally {
  private static final int BEFORE = 60;
  private static final int SOON = 5;

  private final Scenario scenario;
  private final int victim;
  private final int[] arrivals;
  private final int[][] firstTries;
  private final int[][] tries;
  private final double[] waits;
  private int answered;
  private int requests;
  private double loss;
  private double cents;
  private long attempts;
  private final boolean[] told;
  private int deadRequests;
  private int blindRequests;
  private int lastDead = -1;
  private double firstAnswer = Double.NaN;

  Tally(Scenario scenario, int victim) {
    this.scenario = scenario;
    this.victim = victim;
    this.told = new boolean[scenario.dead().size()];
    this.arrivals = new int[scenario.seconds() + 1];
    this.firstTries = new int[Seller.ALL.size()][scenario.seconds() + 1];
    this.tries = new int[Seller.ALL.size()][2 * scenario.seconds() + 1];
    this.waits = new double[(int) (scenario.seconds() * scenario.perSecond() * 1.5)];
  }

  void arrived(double now) {
    arrivals[(int) now]++;
  }

  void tried(Request request, int channel, double now, boolean isFirst, boolean dead) {
    attempts++;
    tries[channel][Math.min((int) now, tries[channel].length - 1)]++;
    if (isFirst) {
      firstTries[channel][(int) now]++;
    }
    if (dead && lastDead != request.id()) {
      lastDead = request.id();
      deadRequests++;
      if (!told[outage(now)]) {
        blindRequests++;
      }
    }
  }

  /** A try that began then at the dead channel has failed. */
  void told(double begun) {
    told[outage(begun)] = true;
  }

  private int outage(double second) {
    int i = 0;
    while (!scenario.dead().get(i).holds(second)) {
      i++;
    }
    return i;
  }

  void answered(int channel, double begun, double now) {
    if (channel == victim
        && !scenario.dead().isEmpty()
        && begun >= scenario.dead().getLast().to()
        && Double.isNaN(firstAnswer)) {
      firstAnswer = now - scenario.dead().getLast().to();
    }
  }

  void over(Request request, boolean isAnswered, double lost, double paid, double toFirst) {
    requests++;
    loss += lost;
    cents += paid;
    if (isAnswered) {
      waits[answered++] = toFirst;
    }
  }

  /** Mean loss of a request. */
  double loss() {
    return loss / requests;
  }

  /** Mean money of a request. */
  double cents() {
    return cents / requests;
  }

  /** Share of requests that got no answer. */
  double failed() {
    return 1 - (double) answered / requests;
  }

  /** Tries for a request. */
  double attempts() {
    return (double) attempts / requests;
  }

  /** The wait for the first token that so large a share of the answered requests did not exceed. */
  double wait(double quantile) {
    double[] sorted = Arrays.copyOf(waits, answered);
    Arrays.sort(sorted);
    return sorted[(int) (quantile * (answered - 1))];
  }

  /** The channel that most requests went to first. */
  int favourite() {
    int best = 0;
    for (int channel = 1; channel < firstTries.length; channel++) {
      if (Arrays.stream(firstTries[channel]).sum() > Arrays.stream(firstTries[best]).sum()) {
        best = channel;
      }
    }
    return best;
  }

  /** Requests that were first sent to a channel, of those that came in these seconds. */
  double share(int channel, int from, int to) {
    int sent = 0;
    int all = 0;
    for (int second = from; second < Math.min(to, scenario.seconds()); second++) {
      sent += firstTries[channel][second];
      all += arrivals[second];
    }
    return all == 0 ? 0 : (double) sent / all;
  }

  /** Share of the requests in an outage that had a try at the channel that was dead. */
  double deadShare() {
    return deadRequests / arrivedInOutages();
  }

  /**
   * Share of them that went there before anything had failed there: what no breaker could keep off,
   * not even one that opens at its first failure.
   */
  double blindShare() {
    return blindRequests / arrivedInOutages();
  }

  private double arrivedInOutages() {
    double all = 0;
    for (Scenario.Window window : scenario.dead()) {
      all += arrived(window.from(), window.to());
    }
    return all;
  }

  /** The same from the moment on at which the outage was noticed. */
  double deadShareOnceNoticed() {
    double dead = 0;
    double all = 0;
    for (Scenario.Window window : scenario.dead()) {
      double from = window.from() + noticed(window);
      all += arrived(from, window.to());
      for (int second = (int) from; second < window.to(); second++) {
        dead += tries[victim][second];
      }
    }
    return all == 0 ? 0 : dead / all;
  }

  /** Seconds until the outage was noticed, the longest of all outages. */
  double noticed() {
    return scenario.dead().stream().mapToDouble(this::noticed).max().orElse(Double.NaN);
  }

  /**
   * Seconds until the dead channel gets, for the first time, less than a tenth of its share before,
   * or one try a second where that is more.
   */
  private double noticed(Scenario.Window window) {
    double before = before(window);
    for (int second = (int) window.from(); second < window.to(); second++) {
      if (tries[victim][second] <= Math.max(1, before * arrivals[second] / 10)) {
        return second - window.from();
      }
    }
    return window.to() - window.from();
  }

  /** Seconds from the last recovery to the first answer to a request sent there after it. */
  double firstAnswer() {
    return firstAnswer;
  }

  /**
   * Seconds from the last recovery until the channel has half the share that it had before the
   * first outage, over five seconds; infinite: never; not a number: it never had a share worth
   * speaking of.
   */
  double recovered() {
    if (scenario.dead().isEmpty()) {
      return Double.NaN;
    }
    double before = before(scenario.dead().getFirst());
    if (before < 0.05) {
      return Double.NaN;
    }
    int to = (int) scenario.dead().getLast().to();
    for (int second = to; second + SOON <= scenario.seconds(); second++) {
      if (share(victim, second, second + SOON) >= before / 2) {
        return second + 1.0 - to;
      }
    }
    return Double.POSITIVE_INFINITY;
  }

  private double before(Scenario.Window window) {
    return share(victim, Math.max(0, (int) window.from() - BEFORE), (int) window.from());
  }

  private double arrived(double from, double to) {
    double all = 0;
    for (int second = (int) from; second < to; second++) {
      all += arrivals[second];
    }
    return all;
  }
}
