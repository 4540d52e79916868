package dev.sluice.routing;

/**
 * When a candidate that is hardly ever chosen gets a request all the same, so that its recovery is
 * seen. One at a time; sooner again after a result that was better than expected, later after one
 * that was not; and, but for those sooner ones, no more than one in {@value #SHARE} of all requests
 * to a group of candidates. Where there are few requests, one in {@value #LONGEST_SECONDS} seconds.
 */
@Policy
final class Probe {
  /** Of so many requests one may be a probe: 2 %. */
  static final int SHARE = 50;

  /** So long a probe may be put off for lack of other requests. */
  static final int LONGEST_SECONDS = 20;

  private static final long FIRST = 5_000_000_000L;
  private static final long LAST = 15_000_000_000L;
  private static final long AGAIN = 500_000_000L;

  /** What could not be the best even at its best. */
  private static final long HOPELESS = 60_000_000_000L;

  /** The same for so long after trouble, so that the end of the next one is seen. */
  private static final long DOUBTED = 25_000_000_000L;

  private static final long TROUBLED = 120_000_000_000L;

  private Probe() {}

  /** The wait before the next probe, in nanoseconds. */
  static long first() {
    return FIRST;
  }

  /**
   * The wait after news came.
   *
   * @param wait the one before
   * @param better whether it was better than expected
   */
  static long next(long wait, boolean better) {
    return better ? AGAIN : Math.clamp(wait * 2, FIRST, LAST);
  }

  /**
   * The wait for a candidate that would not be chosen even if it were as good as it ever is.
   *
   * @param trouble for how long it has had no trouble that was seen
   */
  static long hopeless(long wait, long trouble) {
    return wait <= AGAIN ? wait : trouble < TROUBLED ? DOUBTED : HOPELESS;
  }

  /**
   * The wait for a candidate that its breaker keeps off until then; never as short as after good
   * news, so that probes of what is dead are few.
   */
  static long dead(long last, long until) {
    return Math.max(2 * AGAIN, until - last);
  }

  /**
   * By how much a probe is overdue, in nanoseconds; negative: it is not due.
   *
   * @param quiet since when the candidate had no request
   * @param wait as it was last said
   * @param requests to the group of candidates since the last probe
   */
  static long overdue(long quiet, long wait, long requests, long now) {
    long over = now - quiet - wait;
    boolean few = requests >= SHARE || wait <= AGAIN;
    return over >= 0 && (few || now - quiet >= Math.max(wait, LONGEST_SECONDS * 1_000_000_000L))
        ? over
        : -1;
  }
}
