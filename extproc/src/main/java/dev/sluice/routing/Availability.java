package dev.sluice.routing;

import java.util.concurrent.atomic.AtomicLong;

/**
 * How much a candidate fails. Two memories: one of the last seconds, as a mean over time, which
 * sees trouble at once but is blind to what happens once in a hundred times; and one of the last
 * minutes, by count, which tells one failure in a thousand from one in five hundred but is slow.
 * Where both agree the slow one is right, where they do not there is news. An outage that a breaker
 * has seen the end of is one failure to the slow one: it tells what happens, not how often a try
 * fails while nothing does.
 *
 * <p>The memory of the last seconds is told by first tokens, the other by ends: an answer may be
 * written for a minute, and a channel that was dead lives from its first token on.
 *
 * <p>An answer that breaks off after its first token is worse than none: the client has it, and no
 * other try can take its place. It counts as {@value #BROKEN} failures. A new candidate counts as
 * good until it has shown otherwise.
 */
@Policy
final class Availability {
  static final double BROKEN = 10;

  private static final double HALF_LIFE = 10e9;
  private static final double GRAIN = 4;
  private static final double PRIOR = 4;
  private static final double DOUBT = 0.5;

  private static final double LASTING_HALF_LIFE = 600e9;

  /** As if it had failed so often in so many tries before it was known. */
  private static final double LASTING_PRIOR_FAILURES = 0.5;

  private static final double LASTING_PRIOR = 100;

  /** The same of answers that broke off, which are rarer, so that one tells less. */
  private static final double BREAKS_PRIOR_FAILURES = 0.15;

  private static final double BREAKS_PRIOR = 300;

  /** An outage counts as so many failures, however many tries met it. */
  private static final int ONE_TROUBLE = 1;

  /** So much more failures than usual in the last seconds are chance. */
  private static final double CHANCE = 0.05;

  private static final int GOOD = 0;
  private static final int BAD = 1;
  private static final int BREAKS = 2;
  private static final int FORGIVEN = 3;
  private static final int ALIVE = 4;

  private final Tally tally = new Tally(5);
  private final Recent recent = new Recent(HALF_LIFE, GRAIN);
  private final AtomicLong tries = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private volatile double success = 1;
  private volatile double usual = lasting();
  private volatile double harm = usual;
  private volatile boolean revived;
  private double forgiven;
  private double lastingTries;
  private double lastingFailures;
  private double lastingBreaks;
  private long folded;

  Availability() {
    recent.trust(PRIOR, 0);
  }

  /** Its first token came, or an answer without one: the last seconds need not wait for its end. */
  void alive() {
    tally.add(ALIVE, 1);
  }

  /** Its answer is whole. */
  void good() {
    tally.add(GOOD, 1);
  }

  /** It gave no answer. */
  void bad() {
    tally.add(BAD, 1);
  }

  /** Its answer broke off. */
  void broken() {
    tally.add(BREAKS, 1);
    tally.add(BAD, 1);
  }

  /**
   * It was dead and lives again after so many failures in a row: what was known of its last seconds
   * counts little, and the failures were one trouble, not the luck of so many tries.
   */
  void revived(int row) {
    tally.add(FORGIVEN, Math.max(0, row - ONE_TROUBLE));
    revived = true;
  }

  /**
   * Takes in what came since the last call; how much better it was than expected.
   *
   * @return not a number: nothing was heard
   */
  double fold(long now) {
    double[] batch = tally.take();
    double ended = batch[GOOD] + batch[BAD];
    // A break takes back what its first token said, mostly some batches later.
    double heard = Math.max(batch[BAD], batch[ALIVE] + batch[BAD] - batch[BREAKS]);
    forgiven += batch[FORGIVEN];
    if (ended == 0 && heard == 0) {
      return Double.NaN;
    }
    double better = heard > 0 ? recently(1 - batch[BAD] / heard, heard, now) : Double.NaN;
    tries.addAndGet(Math.round(ended));
    failures.addAndGet(Math.round(batch[BAD]));
    double kept = Math.exp(-Math.log(2) * (now - folded) / LASTING_HALF_LIFE);
    folded = now;
    lastingTries = Math.max(0, lastingTries * kept + ended - forgiven);
    lastingFailures = Math.max(0, lastingFailures * kept + batch[BAD] - batch[BREAKS] - forgiven);
    forgiven = 0;
    lastingBreaks = lastingBreaks * kept + batch[BREAKS];
    double lasting = lasting();
    usual = lasting;
    harm = lasting + Math.max(0, 1 - success - lasting - CHANCE);
    return better;
  }

  private double recently(double share, double heard, long now) {
    double before = success;
    if (revived) {
      revived = false;
      recent.doubt(DOUBT);
    }
    success = before + recent.weigh(heard, now) * (share - before);
    return share - before;
  }

  private double lasting() {
    double failures = (lastingFailures + LASTING_PRIOR_FAILURES) / (lastingTries + LASTING_PRIOR);
    double breaks = (lastingBreaks + BREAKS_PRIOR_FAILURES) / (lastingTries + BREAKS_PRIOR);
    return failures + BROKEN * breaks;
  }

  /** The recent share of successes, 0 to 1. */
  double success() {
    return success;
  }

  /** Failures to be expected of one try, 0 or more. */
  double harm() {
    return harm;
  }

  /** The same, by the last minutes alone. */
  double usual() {
    return usual;
  }

  long tries() {
    return tries.get();
  }

  long failures() {
    return failures.get();
  }

  /** How many {@link #numbers} there are. */
  static final int NUMBERS = 4;

  double[] numbers() {
    return new double[] {success, lastingTries, lastingFailures, lastingBreaks};
  }

  /** Goes on from what an earlier process knew; {@code trust} is what part of it still counts. */
  void recall(double[] from, double trust, long now) {
    success = Math.clamp(from[0], 0, 1);
    recent.trust(PRIOR, now);
    lastingTries = from[1] * trust;
    lastingFailures = from[2] * trust;
    lastingBreaks = from[3] * trust;
    folded = now;
    usual = lasting();
    harm = usual;
  }
}
