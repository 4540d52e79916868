package dev.sluice.examples.bench;

import dev.sluice.examples.simulator.Dialect;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * All cases against each other in one run: every round measures each case once, one after the
 * other, so that whatever else the machine does meets all of them; the figures are medians over the
 * rounds.
 */
final class Comparison implements AutoCloseable {
  private static final int LIVE_WHOLE = 32;
  private static final int LIVE_BURST = 8;
  private static final int PEER_SHARE = 4;

  /** So much longer, since a 99th percentile of a hundred streams would be the slowest of them. */
  private static final int HALVES = 4;

  /** New streams a second where events have gaps. */
  static final double PACED_RATE = 50;

  private static final double PEER_PACED_RATE = 5;

  /** Above these the load generator's own core would be the limit. */
  private static final double MOST_EVENTS = 15_000;

  private static final double MOST_ANSWERS = 2_500;

  private final Gate.Place place;
  private final Settings settings;
  private final EventLoopGroup providers = Loops.one("provider");
  private final EventLoopGroup clients = Loops.one("load");
  private final List<Gate> gates = new ArrayList<>();
  private final List<Case> cases = new ArrayList<>();
  private final Map<String, String> missing = new LinkedHashMap<>();
  private final Map<Case, Map<Work, List<Measured>>> rounds = new LinkedHashMap<>();

  /**
   * How long and how often.
   *
   * @param rounds of all cases
   * @param window of one measurement
   * @param warm for how much CPU time of extproc each case is warmed up; the others for a sixth
   * @param halves whether the rates that take half of the core are measured, in the last round
   * @param peers whether other projects' gateways take part
   * @param only cases whose key is not like this take no part
   */
  record Settings(
      int rounds, Duration window, Duration warm, boolean halves, boolean peers, Pattern only) {
    static Settings usual(boolean peers, Pattern only) {
      return new Settings(2, Duration.ofMillis(1500), Duration.ofSeconds(6), true, peers, only);
    }

    static Settings quick(boolean peers, Pattern only) {
      return new Settings(1, Duration.ofSeconds(1), Duration.ofSeconds(2), true, peers, only);
    }
  }

  /**
   * What came out.
   *
   * @param figures by case and work
   * @param missing why a gateway that should take part does not
   */
  record Result(
      Map<Case, Map<Work, Measured>> figures, Map<String, String> missing, Settings settings) {}

  Comparison(Gate.Place place, Settings settings) {
    this.place = place;
    this.settings = settings;
    new Upstream(Dialect.CHAT, Gate.CHAT, providers);
    new Upstream(Dialect.MESSAGES, Gate.MESSAGES, providers);
    new Upstream(Dialect.GEMINI, Gate.GEMINI, providers);
  }

  /** Starts everything, measures, and stops everything. */
  Result run() throws IOException {
    Set<Work> all = works(Work.values());
    Set<Work> streams = works(Work.BURST, Work.PACED, Work.PACED_HALF);
    Gate direct = Gate.direct(Gate.CHAT);
    add("direct", "no gateway", direct, "bench", works(Work.WHOLE_HALF, Work.PACED_HALF));
    Gate bare = up(Gate.envoy(place, "Envoy", "bare", Gate.BARE));
    add("bare", "bare Envoy: the limit", bare, "bench", all);
    Gate two = up(Gate.envoy(place, "Envoy", "two", Gate.TWO));
    add("two", "Envoy with our two listeners", two, "bench", all);
    Gate sluice = up(Gate.sluice(place));
    ours("sluice.same", "Sluice, same protocol", sluice, Dialect.CHAT, "same", all);
    ours("sluice.held", "Sluice, same protocol, held", sluice, Dialect.CHAT, "held", streams);
    ours("sluice.messages", "Sluice, Chat → Messages", sluice, Dialect.CHAT, "messages", all);
    ours(
        "sluice.gemini",
        "Sluice, Responses → Gemini",
        sluice,
        Dialect.RESPONSES,
        "gemini",
        streams);
    Gate translating = up(Gate.envoy(place, "Envoy's transcoder", "native", Gate.NATIVE));
    add("native", "Envoy's own transcoder, Chat → Messages", translating, "bench", all);
    if (settings.peers()) {
      peers();
    }
    warm();
    for (int round = 1; round <= settings.rounds(); round++) {
      for (Work work : Work.values()) {
        for (Case each : cases) {
          if (each.works().contains(work) && (!work.half() || round == settings.rounds())) {
            Measured measured =
                measure(each, work, settings.window().multipliedBy(work.half() ? HALVES : 1));
            rounds
                .computeIfAbsent(each, _ -> new LinkedHashMap<>())
                .computeIfAbsent(work, _ -> new ArrayList<>())
                .add(measured);
            Bench.say(
                "round %d, %s, %s: %.1f µs CPU, %.0f/s, first p99 %.2f ms%s"
                    .formatted(
                        round,
                        work,
                        each.key(),
                        measured.total(),
                        measured.answers(),
                        measured.firstP99(),
                        measured.errors() > 0
                            ? ", " + measured.errors() + " errors: " + measured.wrong()
                            : ""));
          }
        }
      }
    }
    return result();
  }

  private Result result() {
    var figures = new LinkedHashMap<Case, Map<Work, Measured>>();
    rounds.forEach(
        (of, works) -> {
          var medians = new LinkedHashMap<Work, Measured>();
          works.forEach((work, all) -> medians.put(work, Measured.median(all)));
          figures.put(of, medians);
        });
    return new Result(figures, missing, settings);
  }

  private Set<Work> works(Work... works) {
    var set = EnumSet.copyOf(List.of(works));
    if (!settings.halves()) {
      set.remove(Work.WHOLE_HALF);
      set.remove(Work.PACED_HALF);
    }
    return set;
  }

  private Gate up(Gate gate) {
    gates.add(gate);
    Bench.say("%s is ready after %d ms".formatted(gate.name(), gate.readyMillis()));
    return gate;
  }

  private void add(String key, String title, Gate gate, String model, Set<Work> works) {
    add(new Case(key, title, gate, Dialect.CHAT, model, Map.of(), works, false));
  }

  private void ours(
      String key, String title, Gate gate, Dialect client, String model, Set<Work> works) {
    add(new Case(key, title, gate, client, model, Gate.bearer(), works, false));
  }

  private void add(Case one) {
    if (settings.only().matcher(one.key()).matches()) {
      cases.add(one);
    }
  }

  private void peers() {
    Set<Work> works = works(Work.WHOLE, Work.BURST, Work.PACED);
    try {
      Gate litellm = up(Gate.litellm(place));
      peer("litellm.same", "LiteLLM, same protocol", litellm, "same", Gate.bearer(), works);
      peer(
          "litellm.messages",
          "LiteLLM, Chat → Messages",
          litellm,
          "messages",
          Gate.bearer(),
          works);
    } catch (IOException e) {
      missing.put("LiteLLM", String.valueOf(e.getMessage()));
    }
    try {
      Gate portkey = up(Gate.portkey(place));
      peer(
          "portkey.same", "Portkey, same protocol", portkey, "bench", Gate.portkeyTo(false), works);
      peer(
          "portkey.messages",
          "Portkey, Chat → Messages",
          portkey,
          "bench",
          Gate.portkeyTo(true),
          works);
    } catch (IOException e) {
      missing.put("Portkey", String.valueOf(e.getMessage()));
    }
    missing.forEach((name, why) -> Bench.say("%s takes no part: %s".formatted(name, why)));
  }

  private void peer(
      String key,
      String title,
      Gate gate,
      String model,
      Map<String, String> headers,
      Set<Work> works) {
    add(new Case(key, title, gate, Dialect.CHAT, model, headers, works, true));
  }

  private void warm() {
    Bench.say("warming up");
    for (Case each : cases) {
      for (Work work : each.works()) {
        if (work == Work.WHOLE || work == Work.BURST) {
          Program program = each.gate().program();
          if (program != null) {
            boolean java = each.key().startsWith("sluice");
            EventLoop loop = clients.next();
            try (var _ =
                Load.closed(
                    loop,
                    new Lines.Separate(loop, each.gate().address()),
                    each.question(work),
                    LIVE_BURST)) {
              Under.warm(program, java ? settings.warm() : settings.warm().dividedBy(6));
            }
          }
        }
      }
    }
  }

  private Measured measure(Case of, Work work, Duration window) {
    EventLoop loop = clients.next();
    Question question = of.question(work);
    var lines = new Lines.Separate(loop, of.gate().address());
    double rate = rate(of, work);
    int live = (work == Work.BURST ? LIVE_BURST : LIVE_WHOLE) / (of.peer() ? PEER_SHARE : 1);
    try (Load load =
        work.fixed()
            ? Load.fixed(loop, lines, question, rate)
            : Load.closed(loop, lines, question, live)) {
      // Until as many streams are live as will be.
      long length = (long) work.order().events() * work.order().gapMillis();
      Bench.sleep(Duration.ofMillis(300 + length));
      Program program = of.gate().program();
      Map<String, Long> before = program == null ? Map.of() : program.cpu();
      long busy = Kernel.busy(place.core());
      load.begin();
      Bench.sleep(window);
      Load.Tally tally = load.end();
      Map<String, Long> after = program == null ? Map.of() : program.cpu();
      return measured(
          tally,
          rate,
          before,
          after,
          Kernel.busy(place.core()) - busy,
          work.order().stream(),
          program == null ? Map.of() : program.resident());
    }
  }

  private static Measured measured(
      Load.Tally tally,
      double rate,
      Map<String, Long> before,
      Map<String, Long> after,
      long busy,
      boolean stream,
      Map<String, Long> resident) {
    double units = Math.max(1, stream ? tally.events() : tally.answers());
    var cpu = new LinkedHashMap<String, Double>();
    double used = 0;
    for (Map.Entry<String, Long> part : after.entrySet()) {
      double nanos = part.getValue() - before.getOrDefault(part.getKey(), 0L);
      used += nanos;
      cpu.put(part.getKey(), nanos / 1000 / units);
    }
    var memory = new LinkedHashMap<String, Double>();
    resident.forEach((part, kib) -> memory.put(part, kib / 1024.0));
    return new Measured(
        rate,
        tally.answers() / tally.seconds(),
        tally.events() / tally.seconds(),
        tally.errors(),
        tally.wrong(),
        cpu,
        used / 1e9 / tally.seconds(),
        Math.max(0, busy - used) / 1e9 / tally.seconds(),
        tally.whole().quantile(0.5),
        tally.whole().quantile(0.99),
        tally.first().quantile(0.5),
        tally.first().quantile(0.99),
        tally.delay().quantile(0.5),
        tally.delay().quantile(0.99),
        memory,
        Double.NaN,
        Double.NaN);
  }

  private double rate(Case of, Work work) {
    return switch (work) {
      case WHOLE, BURST -> 0;
      case PACED -> of.peer() ? PEER_PACED_RATE : PACED_RATE;
      case WHOLE_HALF, PACED_HALF -> half(of, work);
    };
  }

  /**
   * The rate that takes half of the core, from what the first round said of the CPU that one
   * request takes; for no gateway at all the lowest of the others' rates.
   */
  private double half(Case of, Work work) {
    Map<Work, List<Measured>> known = rounds.getOrDefault(of, Map.of());
    List<Measured> base = known.getOrDefault(work.base(), List.of());
    if (base.isEmpty()) {
      return cases.stream()
          .filter(
              other ->
                  !other.key().equals(of.key()) && !other.peer() && other.works().contains(work))
          .mapToDouble(other -> half(other, work))
          .min()
          .orElseThrow();
    }
    double micros = base.getFirst().total() * (work.order().stream() ? work.order().events() : 1);
    double most = work.order().stream() ? MOST_EVENTS / work.order().events() : MOST_ANSWERS;
    // Whole answers cost about twice as much when they come one by one.
    return Math.min(most, (work.order().stream() ? 0.5e6 : 0.25e6) / micros);
  }

  @Override
  public void close() {
    gates.reversed().forEach(Gate::close);
    var _ = providers.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS);
    var _ = clients.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS);
  }
}
