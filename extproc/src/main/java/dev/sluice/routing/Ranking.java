package dev.sluice.routing;

import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The candidates of one tier with their scores, as they stood at one moment. Not changed again. */
final class Ranking {
  private final List<Candidate> candidates;
  private final Score.Sheet sheet;
  private final double[] upTo;
  private final @Nullable String[] why;
  private final long made;
  private final int open;
  private final double best;
  private final double fastest;
  private final int due;
  private final long quiet;

  // A hint alone: a race loses nothing but one early scoring.
  @SuppressWarnings("FieldMayBeFinal")
  private boolean used;

  Ranking(
      List<Candidate> candidates,
      Score.Sheet sheet,
      @Nullable String[] why,
      int due,
      long quiet,
      long made) {
    this.candidates = candidates;
    this.sheet = sheet;
    this.why = why;
    this.due = due;
    this.quiet = quiet;
    this.made = made;
    int size = candidates.size();
    upTo = new double[size];
    double sum = 0;
    int count = 0;
    double high = Double.NEGATIVE_INFINITY;
    double low = Double.MAX_VALUE;
    for (int i = 0; i < size; i++) {
      sum += sheet.probability[i];
      upTo[i] = sum;
      if (sheet.open[i]) {
        count++;
        high = Math.max(high, sheet.score[i]);
        low = Math.min(low, sheet.seconds[i]);
      }
    }
    open = count;
    best = high;
    fastest = low;
  }

  List<Candidate> candidates() {
    return candidates;
  }

  Score.Sheet sheet() {
    return sheet;
  }

  /** Why the candidate may not be used; null: it may. */
  @Nullable String why(int which) {
    return why[which];
  }

  long made() {
    return made;
  }

  /** How many may be used. */
  int open() {
    return open;
  }

  /** The best score of those. */
  double best() {
    return best;
  }

  /** The least time of those, in seconds. */
  double fastest() {
    return fastest;
  }

  /** Which should be probed; -1: none. */
  int due() {
    return due;
  }

  /** When the one to be probed had its last request. */
  long quiet() {
    return quiet;
  }

  boolean used() {
    return used;
  }

  void use() {
    if (!used) {
      used = true;
    }
  }

  /**
   * A candidate by its probability.
   *
   * @param at from 0 up to 1, drawn by chance
   * @return -1: none may be used
   */
  int draw(double at) {
    if (open == 0) {
      return -1;
    }
    double mark = at * upTo[upTo.length - 1];
    int low = 0;
    int high = upTo.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (upTo[middle] > mark) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /**
   * A candidate by its probability among those that are not {@code out}.
   *
   * @return -1: none is left
   */
  int draw(double at, BitSet out) {
    double mark = at * left(out);
    int last = -1;
    for (int i = 0; i < upTo.length; i++) {
      if (sheet.open[i] && sheet.probability[i] > 0 && !out.get(i)) {
        mark -= sheet.probability[i];
        last = i;
        if (mark < 0) {
          break;
        }
      }
    }
    return last >= 0 ? last : unlikely(out);
  }

  /** What the probabilities of those that are not {@code out} add up to. */
  double left(BitSet out) {
    double left = 0;
    for (int i = 0; i < upTo.length; i++) {
      if (!out.get(i)) {
        left += sheet.probability[i];
      }
    }
    return left;
  }

  /** The best of those that had no chance beside the ones that are out. */
  private int unlikely(BitSet out) {
    int which = -1;
    for (int i = 0; i < upTo.length; i++) {
      if (sheet.open[i] && !out.get(i) && (which < 0 || sheet.score[i] > sheet.score[which])) {
        which = i;
      }
    }
    return which;
  }
}
