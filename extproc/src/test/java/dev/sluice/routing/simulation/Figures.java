package dev.sluice.routing.simulation;

/**
 * What is kept of a run.
 *
 * @param loss mean of a request, in the mode's own terms
 * @param cents mean money of a request
 * @param failed share of requests without a whole answer
 * @param attempts tries for a request
 * @param median wait for the first token, in seconds
 * @param tail the wait that 1 % of the answered requests exceeded
 * @param dead share of the requests in an outage that had a try at the dead channel
 * @param blind share of them that went there before anything had failed there
 * @param deadOnceNoticed the same from the moment on at which it was noticed
 * @param noticed seconds until then
 * @param firstAnswer seconds from the recovery to the first answer
 * @param recovered seconds from the recovery to half of the former share
 * @param favourite the channel that most requests went to first
 * @param shares of the requests by channel, in steps of {@link #STEP} seconds
 */
record Figures(
    double loss,
    double cents,
    double failed,
    double attempts,
    double median,
    double tail,
    double dead,
    double blind,
    double deadOnceNoticed,
    double noticed,
    double firstAnswer,
    double recovered,
    int favourite,
    double[][] shares) {

  /** Seconds between two points of a plot. */
  static final int STEP = 5;

  static Figures of(Tally tally, int seconds) {
    double[][] shares = new double[Seller.ALL.size()][seconds / STEP];
    for (int channel = 0; channel < shares.length; channel++) {
      for (int i = 0; i < shares[channel].length; i++) {
        shares[channel][i] = tally.share(channel, i * STEP, (i + 1) * STEP);
      }
    }
    return new Figures(
        tally.loss(),
        tally.cents(),
        tally.failed(),
        tally.attempts(),
        tally.wait(0.5),
        tally.wait(0.99),
        tally.deadShare(),
        tally.blindShare(),
        tally.deadShareOnceNoticed(),
        tally.noticed(),
        tally.firstAnswer(),
        tally.recovered(),
        tally.favourite(),
        shares);
  }
}
