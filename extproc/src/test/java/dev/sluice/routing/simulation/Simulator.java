package dev.sluice.routing.simulation;

final class Simulator {
  public static void main(String[] args) throws Exception {
    int seeds = Integer.getInteger("seeds", 2);
    String only = System.getProperty("only", "");
    var arms = new java.util.ArrayList<Entrant>(Baselines.ALL);
    if (Boolean.getBoolean("real")) arms.add(new Entrant(Routed.NAME, Routed::new));
    for (Mode mode : Mode.values()) {
      for (Scenario s : Scenario.ALL) {
        if (!s.name().contains(only)) continue;
        long t = System.nanoTime();
        Contest c = Contest.of(s, mode, seeds, arms);
        System.out.printf(
            "%n%s %s victim=%s %.1fs%n",
            mode, s.name(), Seller.ALL.get(c.victim()).name(), (System.nanoTime() - t) / 1e9);
        for (String arm : c.runs().keySet()) {
          Figures f = c.runs().get(arm).getFirst();
          StringBuilder sh = new StringBuilder();
          for (double[] row : f.shares())
            sh.append(
                String.format(" %2.0f", 100 * java.util.Arrays.stream(row).average().orElse(0)));
          System.out.printf(
              "  %-14s regret %6.1f%% ±%5.1f loss %7.3f ¢%6.3f fail %5.2f%% att %.2f p50 %.2f p99"
                  + " %.2f dead %.1f%%/%.1f%% noticed %.0f first %.1f rec %.0f |%s%n",
              arm,
              100 * c.regret(arm).mean(),
              100 * c.regret(arm).deviation(),
              f.loss(),
              f.cents(),
              100 * f.failed(),
              f.attempts(),
              f.median(),
              f.tail(),
              100 * f.dead(),
              100 * f.deadOnceNoticed(),
              f.noticed(),
              f.firstAnswer(),
              f.recovered(),
              sh);
        }
      }
    }
  }
}
