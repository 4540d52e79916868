package dev.sluice.routing;

/**
 * The probes of half-open breakers that one try takes: a try goes through up to four gates, and all
 * of them must let it.
 */
final class Claims {
  /** Not all gates let it; none was claimed. */
  static final int NONE_LETS = -1;

  static final int GATES = 4;

  private Claims() {}

  /**
   * Goes through all gates.
   *
   * @param counted whether it was seen to that probes are few
   * @param take whether to claim; otherwise it only looks
   * @return a bit for each gate whose probe was taken, or {@link #NONE_LETS}
   */
  static int take(Candidate candidate, Lane lane, boolean counted, boolean take, long now) {
    if (candidate.clear(now) && lane.clear(now)) {
      return 0;
    }
    int claims = 0;
    for (int i = 0; i < GATES; i++) {
      Gate gate = gate(candidate, lane, i);
      if (!gate.clear(now)) {
        boolean lets =
            gate.rest().over(now)
                && (take ? gate.breaker().admit(now, counted) : gate.breaker().lets(now));
        if (!lets) {
          drop(candidate, lane, claims);
          return NONE_LETS;
        }
        if (take) {
          claims |= 1 << i;
        }
      }
    }
    return claims;
  }

  /** How many times as long as usual the try may wait, by the probes that it took. */
  static double patience(Candidate candidate, Lane lane, int claims) {
    double most = claims == 0 ? Double.POSITIVE_INFINITY : 1;
    for (int i = 0; i < GATES; i++) {
      if ((claims & (1 << i)) != 0) {
        most = Math.max(most, gate(candidate, lane, i).breaker().patience());
      }
    }
    return most;
  }

  /** The claimed probes keep others until then, even if nothing is heard of this one. */
  static void hold(Candidate candidate, Lane lane, int claims, long end) {
    for (int i = 0; i < GATES; i++) {
      if ((claims & (1 << i)) != 0) {
        gate(candidate, lane, i).breaker().holds(end);
      }
    }
  }

  /** The claimed probes say nothing. */
  static void drop(Candidate candidate, Lane lane, int claims) {
    for (int i = 0; i < GATES; i++) {
      if ((claims & (1 << i)) != 0) {
        gate(candidate, lane, i).breaker().dropped();
      }
    }
  }

  static Gate gate(Candidate candidate, Lane lane, int which) {
    return switch (which) {
      case 0 -> candidate.whole();
      case 1 -> candidate.track().gate();
      case 2 -> lane.url();
      default -> lane.account();
    };
  }
}
