package dev.sluice.routing.simulation;

import java.util.List;
import java.util.Locale;

/** Pictures of contests. */
final class Plot {
  private static final double MOST = 10;

  private Plot() {}

  /** How much more everyone lost than the oracle: a row a scenario, a panel a mode. */
  static String regret(List<Contest> contests) {
    var modes = Mode.values();
    int rows = (int) contests.stream().filter(c -> c.mode() == modes[0]).count();
    int panel = 230;
    int left = 90;
    int top = 64;
    int row = 24;
    int height = top + rows * row + 34;
    var svg = new Svg(left + modes.length * (panel + 20), height, "Loss against the oracle's");
    svg.dot(left + 5, 14, 5, "ours", Routed.NAME);
    svg.text(left + 15, 18, "start", "", Routed.NAME);
    svg.dot(left + 85, 14, 5, "best", "best of the others");
    svg.text(left + 95, 18, "start", "", "the best of the others");
    svg.dot(left + 245, 14, 4, "other", "others");
    svg.text(left + 255, 18, "start", "", "the others");
    svg.text(
        left + 345, 18, "start", "small", "loss as a multiple of the oracle's; less is better");
    for (int m = 0; m < modes.length; m++) {
      Mode mode = modes[m];
      double from = left + m * (panel + 20.0);
      svg.text(from, 42, "start", "head", mode.word());
      for (double tick : new double[] {1, 1.5, 2, 3, 5, 10}) {
        double x = from + place(tick, panel);
        svg.line(x, top - 6, x, height - 30);
        String label =
            tick == MOST
                ? "≥10"
                : String.format(Locale.ROOT, tick % 1 == 0 ? "%.0f" : "%.1f", tick);
        svg.text(x, height - 14, "middle", "small", label);
      }
      double y = top + row / 2.0;
      for (Contest contest : contests) {
        if (contest.mode() == mode) {
          if (m == 0) {
            svg.text(left - 8, y + 4, "end", "", contest.scenario().name());
          }
          row(svg, contest, from, y, panel);
          y += row;
        }
      }
    }
    return svg.toString();
  }

  private static void row(Svg svg, Contest contest, double from, double y, int panel) {
    String best = contest.best();
    for (String arm : contest.runs().keySet()) {
      double multiple = 1 + contest.regret(arm).mean();
      double x = from + place(multiple, panel);
      String words = String.format(Locale.ROOT, "%s %.2f", arm, multiple);
      if (Contest.competes(arm)) {
        svg.dot(x, y, 4, "other", words);
      }
      if (arm.equals(best)) {
        svg.dot(x, y, 5.5, "best", words);
      }
    }
    double ours = 1 + contest.regret(Routed.NAME).mean();
    svg.dot(
        from + place(ours, panel),
        y,
        5,
        "ours",
        String.format(Locale.ROOT, "%s %.2f", Routed.NAME, ours));
  }

  private static double place(double multiple, int panel) {
    return panel * Math.log(Math.clamp(multiple, 0.95, MOST) / 0.95) / Math.log(MOST / 0.95);
  }

  /** The router's shares of the requests by channel over time, a panel a contest. */
  static String shares(List<Contest> contests) {
    int width = 760;
    int left = 46;
    int panel = 96;
    int step = panel + 46;
    int top = 30;
    var svg =
        new Svg(
            width, top + contests.size() * step + 4, "Where the router sends requests over time");
    for (int channel = 0; channel < Seller.ALL.size(); channel++) {
      svg.swatch(left + channel * 105.0, 8, channel);
      svg.text(left + 15 + channel * 105.0, 17, "start", "", Seller.ALL.get(channel).name());
    }
    for (int i = 0; i < contests.size(); i++) {
      Contest contest = contests.get(i);
      double y = top + i * step + 20.0;
      svg.text(
          left, y - 5, "start", "head", contest.scenario().name() + ", " + contest.mode().word());
      areas(svg, contest, left, y, width - left - 14.0, panel);
    }
    return svg.toString();
  }

  private static void areas(
      Svg svg, Contest contest, double left, double y, double width, double height) {
    double[][] shares = contest.runs().getOrDefault(Routed.NAME, List.of()).getFirst().shares();
    int seconds = contest.scenario().seconds();
    int points = shares[0].length;
    double[] x = new double[points];
    double[] below = new double[points];
    for (int p = 0; p < points; p++) {
      x[p] = left + width * p / (points - 1);
      below[p] = y + height;
    }
    for (int channel = 0; channel < shares.length; channel++) {
      double[] above = new double[points];
      for (int p = 0; p < points; p++) {
        above[p] = below[p] - height * shares[channel][p];
      }
      svg.area(x, below, above, channel);
      below = above;
    }
    for (int percent : new int[] {0, 50, 100}) {
      svg.text(left - 6, y + height * (1 - percent / 100.0) + 4, "end", "small", percent + " %");
    }
    for (int second = 0; second <= seconds; second += seconds >= 600 ? 60 : 20) {
      svg.text(left + width * second / seconds, y + height + 13, "middle", "small", second + " s");
    }
    for (Scenario.Window window : contest.scenario().marks()) {
      double from = left + width * window.from() / seconds;
      double to = left + width * window.to() / seconds;
      svg.rect(from, y - 3, to - from, 3, "ours");
    }
  }
}
