package dev.sluice.routing.simulation;

/**
 * How a channel is at one moment. What arms can only guess.
 *
 * @param price factor on its list price
 * @param first seconds to the first token without load, the prompt's reading left aside; the median
 * @param spread of the first token's time: the deviation of its logarithm
 * @param prefill prompt tokens read in a second, cached ones not counted
 * @param rate tokens written in a second without load
 * @param fails probability of an error before the first token
 * @param failAfter seconds to that error; infinite: never a word
 * @param breaks probability that a stream which has begun does not end well
 * @param capacity requests at a time at which everything takes twice as long; twice as many are
 *     refused
 * @param admits requests in a second, from a bucket of ten seconds; infinite: all
 */
record Truth(
    double price,
    double first,
    double spread,
    double prefill,
    double rate,
    double fails,
    double failAfter,
    double breaks,
    double capacity,
    double admits) {

  Truth priced(double factor) {
    return new Truth(
        price * factor, first, spread, prefill, rate, fails, failAfter, breaks, capacity, admits);
  }

  Truth slower(double factor) {
    return new Truth(
        price,
        first * factor,
        spread,
        prefill / factor,
        rate / factor,
        fails,
        failAfter,
        breaks,
        capacity,
        admits);
  }

  Truth failing(double probability, double after) {
    return new Truth(
        price, first, spread, prefill, rate, probability, after, breaks, capacity, admits);
  }

  Truth holding(double requests) {
    return new Truth(
        price, first, spread, prefill, rate, fails, failAfter, breaks, requests, admits);
  }

  Truth admitting(double perSecond) {
    return new Truth(
        price, first, spread, prefill, rate, fails, failAfter, breaks, capacity, perSecond);
  }

  /** How much longer everything takes with so many requests under way. */
  double strain(int busy) {
    double share = busy / capacity;
    return 1 + share * share;
  }
}
