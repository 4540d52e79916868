package dev.sluice.routing.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Tables of contests in Markdown. */
final class Report {
  private Report() {}

  /** A table a mode of what was lost, then one of outages. */
  static String of(List<Contest> contests, int seeds) {
    var text = new StringBuilder();
    for (Mode mode : Mode.values()) {
      var of = contests.stream().filter(c -> c.mode() == mode).toList();
      if (!of.isEmpty()) {
        text.append("**").append(mode.word()).append("**\n\n").append(losses(of)).append('\n');
      }
    }
    var outages = contests.stream().filter(c -> !c.scenario().dead().isEmpty()).toList();
    if (!outages.isEmpty()) {
      text.append("**Dead channels** (the worst of ")
          .append(seeds)
          .append(" seeds)\n\n")
          .append(outages(outages))
          .append('\n');
    }
    return text.toString();
  }

  private static String losses(List<Contest> contests) {
    var rows = new ArrayList<List<String>>();
    var head = new ArrayList<String>(List.of("scenario", "oracle", "**" + Routed.NAME + "**"));
    Baselines.ALL.forEach(b -> head.add(b.name()));
    head.add("to the best");
    rows.add(head);
    for (Contest contest : contests) {
      var row = new ArrayList<String>();
      row.add(contest.scenario().name());
      row.add(number("%.2f", contest.spread(Contest.ORACLE, Figures::loss).mean()));
      var ours = contest.regret(Routed.NAME);
      row.add("**" + percent(ours.mean()) + "** ± " + number("%.0f", 100 * ours.deviation()));
      String best = contest.best();
      for (Entrant other : Baselines.ALL) {
        String regret = percent(contest.regret(other.name()).mean());
        row.add(other.name().equals(best) ? "_" + regret + "_" : regret);
      }
      var behind = contest.ratio(Routed.NAME, best);
      row.add(
          number("%+.1f %%", 100 * behind.mean())
              + " ± "
              + number("%.1f", 100 * behind.deviation())
              + (behind.mean() <= 0.05 ? "" : " ✗"));
      rows.add(row);
    }
    return table(rows);
  }

  private static String outages(List<Contest> contests) {
    var rows = new ArrayList<List<String>>();
    rows.add(
        List.of(
            "scenario",
            "mode",
            "channel",
            "who",
            "requests that met it",
            "before its first failure",
            "once noticed",
            "noticed after",
            "first answer after",
            "half of its share after"));
    for (Contest contest : contests) {
      for (String arm : List.of(Routed.NAME, contest.best(), Witness.NAME)) {
        rows.add(
            List.of(
                contest.scenario().name(),
                contest.mode().word(),
                Seller.ALL.get(contest.victim()).name(),
                arm,
                share(contest.spread(arm, Figures::dead).most()),
                share(contest.spread(arm, Figures::blind).most()),
                share(contest.spread(arm, Figures::deadOnceNoticed).most()),
                seconds(contest.spread(arm, Figures::noticed).most()),
                seconds(contest.spread(arm, Figures::firstAnswer).most()),
                seconds(contest.spread(arm, Figures::recovered).most())));
      }
    }
    return table(rows);
  }

  /** What it means: money, failures, tries, waits. */
  static String clients(List<Contest> contests) {
    var rows = new ArrayList<List<String>>();
    rows.add(
        List.of(
            "mode",
            "scenario",
            "who",
            "¢ a request",
            "failed",
            "tries",
            "first token",
            "99 in 100"));
    for (Contest contest : contests) {
      for (String arm : List.of(Contest.ORACLE, Routed.NAME, contest.best())) {
        rows.add(
            List.of(
                contest.mode().word(),
                contest.scenario().name(),
                arm,
                number("%.2f", contest.spread(arm, Figures::cents).mean()),
                number("%.2f %%", 100 * contest.spread(arm, Figures::failed).mean()),
                number("%.2f", contest.spread(arm, Figures::attempts).mean()),
                number("%.2f s", contest.spread(arm, Figures::median).mean()),
                number("%.1f s", contest.spread(arm, Figures::tail).mean())));
      }
    }
    return table(rows);
  }

  private static String table(List<List<String>> rows) {
    var text = new StringBuilder();
    for (int i = 0; i < rows.size(); i++) {
      text.append("| ").append(String.join(" | ", rows.get(i))).append(" |\n");
      if (i == 0) {
        text.append("| --- ".repeat(rows.getFirst().size())).append("|\n");
      }
    }
    return text.toString();
  }

  private static String percent(double share) {
    return number(Math.abs(share) < 0.1 ? "%+.1f %%" : "%+.0f %%", 100 * share);
  }

  private static String share(double share) {
    return number("%.1f %%", 100 * share);
  }

  private static String seconds(double seconds) {
    return Double.isNaN(seconds)
        ? "–"
        : Double.isInfinite(seconds) ? "never" : number("%.0f s", seconds);
  }

  private static String number(String format, double value) {
    return String.format(Locale.ROOT, format, value);
  }
}
