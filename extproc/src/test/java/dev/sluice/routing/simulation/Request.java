package dev.sluice.routing.simulation;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * One request, the same for every arm.
 *
 * @param id from 0, in the order of arrival
 * @param arrives in seconds
 * @param session which conversation it belongs to, from 0; -1: none
 * @param prompt tokens in
 * @param output tokens out
 */
record Request(int id, double arrives, int session, int prompt, int output) {
  /** Turns that follow in a conversation, on average. */
  static final double FURTHER = 5.7;

  /** Tokens that a turn adds to the prompt, beside the answer, on average. */
  static final int ADDED = 1_100;

  /** Tokens of an answer on average. */
  static final int ANSWER = 340;

  private static final double IN_SESSIONS = 0.6;
  private static final double MORE = 0.85;
  private static final double PAUSE = 15;
  private static final int MOST = 120_000;

  /**
   * Requests for so many seconds: two in five stand alone, the others are turns of conversations of
   * seven turns on average, whose prompt is what was said before and a little more.
   */
  static List<Request> all(Scenario scenario, long seed) {
    var drafts = new ArrayList<Request>();
    double singles = scenario.perSecond() * (1 - IN_SESSIONS);
    double opened = scenario.perSecond() * IN_SESSIONS * (1 - MORE);
    int n = 0;
    for (double at = gap(seed, n, 1, singles);
        at < scenario.seconds();
        at += gap(seed, n, 1, singles)) {
      drafts.add(
          new Request(
              0, at, -1, size(1_500, 1, seed, n, 2, 60_000), size(250, 0.8, seed, n, 3, 4_000)));
      n++;
    }
    // Conversations that were under way before the beginning make the load even from the start.
    double before = 6 * PAUSE;
    int session = 0;
    int turn = 0;
    for (double at = gap(seed, session, 4, opened) - before;
        at < scenario.seconds();
        at += gap(seed, session, 4, opened)) {
      double said = at;
      int prompt = size(8_000, 0.6, seed, session, 5, 40_000);
      do {
        int output = size(250, 0.8, seed, turn, 6, 4_000);
        if (said >= 0 && said < scenario.seconds()) {
          drafts.add(new Request(0, said, session, prompt, output));
        }
        prompt = Math.min(MOST, prompt + output + size(800, 0.8, seed, turn, 7, 20_000));
        said += 5 + gap(seed, turn, 8, 1 / (PAUSE - 5));
        turn++;
      } while (Dice.of(seed, turn, 9, 0) < MORE);
      session++;
    }
    drafts.sort(Comparator.comparingDouble(Request::arrives));
    var all = new ArrayList<Request>(drafts.size());
    for (Request draft : drafts) {
      all.add(new Request(all.size(), draft.arrives, draft.session, draft.prompt, draft.output));
    }
    return all;
  }

  private static double gap(long seed, long what, long which, double perSecond) {
    return -Math.log(1 - Dice.of(seed, what, which, 0)) / perSecond;
  }

  private static int size(
      double median, double spread, long seed, long what, long which, int most) {
    double size = median * Math.exp(spread * Dice.normal(seed, what, which, 0));
    return (int) Math.max(10, Math.min(most, size));
  }
}
