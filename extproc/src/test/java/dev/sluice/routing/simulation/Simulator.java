package dev.sluice.routing.simulation;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Runs every scenario in every mode and writes tables and pictures.
 *
 * <p>System properties: {@code simulate.seeds} how many runs of each; {@code simulate.scenario}
 * only scenarios whose name contains this; {@code simulate.docs} the folder that has routing.md;
 * empty: print the tables only.
 */
final class Simulator {
  private static final String BEGIN = "<!-- simulator -->";
  private static final String END = "<!-- /simulator -->";

  /** Which pictures of shares are drawn. */
  private static final Map<Scenario, Mode> SHOWN =
      Map.of(
          Scenario.OUTAGE, Mode.STABILITY,
          Scenario.BROWNOUT, Mode.PERFORMANCE,
          Scenario.PRICE_DROP, Mode.ECONOMY,
          Scenario.RATE_LIMITED, Mode.ECONOMY,
          Scenario.HERD, Mode.PERFORMANCE);

  private Simulator() {}

  public static void main(String[] args) throws IOException {
    int seeds = Integer.getInteger("simulate.seeds", 5);
    String only = System.getProperty("simulate.scenario", "");
    String docs = System.getProperty("simulate.docs", "");
    long begin = System.nanoTime();
    var contests = new ArrayList<Contest>();
    for (Mode mode : Mode.values()) {
      for (Scenario scenario : Scenario.ALL) {
        if (scenario.name().contains(only)) {
          contests.add(Contest.of(scenario, mode, seeds, entrants()));
        }
      }
    }
    String report = Report.of(contests, seeds);
    System.out.println(report);
    System.out.println("**What clients had**\n\n" + Report.clients(contests));
    System.out.println("took " + Duration.ofNanos(System.nanoTime() - begin).toSeconds() + " s");
    if (!docs.isEmpty()) {
      write(Path.of(docs), report, contests);
    }
  }

  /** The router and all that it is compared with. */
  static List<Entrant> entrants() {
    var entrants = new ArrayList<Entrant>();
    entrants.add(new Entrant(Routed.NAME, Routed::new));
    entrants.addAll(Baselines.ALL);
    return entrants;
  }

  private static void write(Path docs, String report, List<Contest> contests) throws IOException {
    Path folder = Files.createDirectories(docs.resolve("routing"));
    Files.writeString(folder.resolve("regret.svg"), Plot.regret(contests));
    var shown = contests.stream().filter(c -> SHOWN.get(c.scenario()) == c.mode()).toList();
    Files.writeString(folder.resolve("shares.svg"), Plot.shares(shown));
    Path page = docs.resolve("routing.md");
    String text = Files.readString(page);
    int from = text.indexOf(BEGIN);
    int to = text.indexOf(END);
    if (from < 0 || to < from) {
      throw new IOException(page + " has no place for the tables: " + BEGIN + " and " + END);
    }
    Files.writeString(
        page, text.substring(0, from + BEGIN.length()) + "\n" + report + text.substring(to));
  }
}
