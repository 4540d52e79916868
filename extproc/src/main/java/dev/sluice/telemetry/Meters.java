package dev.sluice.telemetry;

import dev.sluice.ledger.AttemptRecord;
import dev.sluice.ledger.Ledger;
import dev.sluice.ledger.RequestRecord;
import dev.sluice.ledger.Settlement;
import dev.sluice.ledger.Tokens;
import dev.sluice.routing.Place;
import dev.sluice.routing.Standing;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Counts what has happened, for Prometheus. Fed with each request when it is told, after its
 * answer; the state of channels and of the ledger is asked for at each scrape. Labels are names of
 * the configuration and words of ours; names that clients or providers choose are bounded to
 * {@value #NAMES} a label, and the others are one, {@code other}. Safe for several threads.
 */
public final class Meters implements AutoCloseable {
  private static final int NAMES = 200;
  private static final String OTHER = "other";
  private static final String NONE = "none";
  private static final Duration[] STEPS =
      List.of(50, 100, 200, 400, 700, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000).stream()
          .map(Duration::ofMillis)
          .toArray(Duration[]::new);

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics gc = new JvmGcMetrics();
  private final Supplier<Standing> standing;
  private final Supplier<Ledger.State> ledger;
  private final Counter lost;
  private final MultiGauge resting;
  private final MultiGauge running;
  private final MultiGauge success;
  private final Map<String, Set<String>> names = new ConcurrentHashMap<>();
  private final Map<Kind, Counter> kinds = new ConcurrentHashMap<>();
  private final Map<String, Groups> groups = new ConcurrentHashMap<>();
  private final Map<Way, Ways> ways = new ConcurrentHashMap<>();
  private final Map<End, Counter> ends = new ConcurrentHashMap<>();
  private final Map<String, Timer> firsts = new ConcurrentHashMap<>();

  /**
   * Begins at zero.
   *
   * @param standing how channels stand
   * @param ledger how the request log stands
   */
  public Meters(Supplier<Standing> standing, Supplier<Ledger.State> ledger) {
    this.standing = standing;
    this.ledger = ledger;
    resting =
        MultiGauge.builder("sluice.resting")
            .description("what is set aside now: 1 for each channel, URL, account or model")
            .register(registry);
    running =
        MultiGauge.builder("sluice.running")
            .description("attempts that are under way")
            .register(registry);
    success =
        MultiGauge.builder("sluice.success.ratio")
            .description("the recent share of attempts that succeeded")
            .register(registry);
    Gauge.builder("sluice.retry.budget", standing, each -> each.get().retries())
        .strongReference(true)
        .description("how many further tries may begin at once now")
        .register(registry);
    Gauge.builder("sluice.sessions", standing, each -> each.get().sessions())
        .strongReference(true)
        .description("sessions that are bound to a channel")
        .register(registry);
    Gauge.builder("sluice.ledger.waiting", ledger, each -> each.get().waiting())
        .strongReference(true)
        .description("records that are in memory alone")
        .register(registry);
    Gauge.builder("sluice.ledger.spooled", ledger, each -> each.get().spooled())
        .strongReference(true)
        .baseUnit("bytes")
        .description("what is on the disk and not in the database yet")
        .register(registry);
    lost = counter("sluice.ledger.lost", null, "records that were not kept", Tags.empty());
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    gc.bindTo(registry);
  }

  /** What tells one counter of requests from another. */
  private record Kind(
      String group, String protocol, String endpoint, String outcome, String status) {}

  /** What a group's requests are counted by. */
  private final class Groups {
    private final Counter charged;
    private final Timer duration;
    private final Timer first;

    private Groups(String group) {
      charged = counter("sluice.charged", "usd", "what keys were charged", Tags.of("group", group));
      duration =
          timer(
              "sluice.request.duration", "from a request to the end of its answer", "group", group);
      first =
          timer("sluice.request.first.token", "from a request to its first token", "group", group);
    }
  }

  /** What tells one model of a channel from another. */
  private record Way(String channel, String model) {}

  /** How an attempt ended. */
  private record End(Way way, Settlement settlement, String failure) {}

  /** What attempts at a model of a channel are counted by. */
  private final class Ways {
    private final Counter input;
    private final Counter read;
    private final Counter written;
    private final Counter output;
    private final Counter cost;

    private Ways(Way way) {
      Tags tags = Tags.of("channel", way.channel(), "model", way.model());
      input = tokens(tags.and("kind", "input"));
      read = tokens(tags.and("kind", "cache_read"));
      written = tokens(tags.and("kind", "cache_write"));
      output = tokens(tags.and("kind", "output"));
      cost = counter("sluice.cost", "usd", "what providers take", tags);
    }

    private Counter tokens(Tags tags) {
      return counter("sluice.tokens", null, "tokens of all attempts, each counted once", tags);
    }
  }

  /** A request is over. */
  public void count(RequestRecord request) {
    String group = bounded("group", request.group());
    var kind =
        new Kind(
            group,
            request.protocol(),
            bounded("endpoint", request.endpoint()),
            request.outcome(),
            status(request.status()));
    kinds.computeIfAbsent(kind, this::requests).increment();
    Groups of = groups.computeIfAbsent(group, Groups::new);
    of.charged.increment(request.charged());
    of.duration.record(request.durationMicros(), TimeUnit.MICROSECONDS);
    if (request.firstTokenMicros() >= 0) {
      of.first.record(request.firstTokenMicros(), TimeUnit.MICROSECONDS);
    }
    request.attempts().forEach(this::count);
  }

  private Counter requests(Kind kind) {
    return counter(
        "sluice.requests",
        null,
        "requests that are over",
        Tags.of(
            "group",
            kind.group(),
            "protocol",
            kind.protocol(),
            "endpoint",
            kind.endpoint(),
            "outcome",
            kind.outcome(),
            "status",
            kind.status()));
  }

  private void count(AttemptRecord attempt) {
    String channel = bounded("channel", attempt.channel());
    var way = new Way(channel, bounded("model", attempt.model()));
    String failure = attempt.failure().isEmpty() ? NONE : bounded("failure", attempt.failure());
    ends.computeIfAbsent(new End(way, attempt.settlement(), failure), this::attempts).increment();
    Ways of = ways.computeIfAbsent(way, Ways::new);
    Tokens tokens = attempt.tokens();
    of.input.increment((double) tokens.input());
    of.read.increment((double) tokens.cacheRead());
    of.written.increment((double) tokens.cacheWrite());
    of.output.increment((double) tokens.output());
    of.cost.increment(attempt.cost());
    if (attempt.firstTokenMicros() >= 0) {
      firsts
          .computeIfAbsent(
              channel,
              name ->
                  timer(
                      "sluice.attempt.first.token",
                      "from an attempt to its first token",
                      "channel",
                      name))
          .record(attempt.firstTokenMicros(), TimeUnit.MICROSECONDS);
    }
  }

  private Counter attempts(End end) {
    return counter(
        "sluice.attempts",
        null,
        "attempts at a provider that are over",
        Tags.of(
            "channel",
            end.way().channel(),
            "model",
            end.way().model(),
            "settlement",
            word(end.settlement()),
            "failure",
            end.failure().toLowerCase(Locale.ROOT)));
  }

  private Counter counter(String name, @Nullable String unit, String description, Tags tags) {
    return Counter.builder(name)
        .baseUnit(unit)
        .description(description)
        .tags(tags)
        .register(registry);
  }

  private Timer timer(String name, String description, String label, String value) {
    return Timer.builder(name)
        .description(description)
        .serviceLevelObjectives(STEPS)
        .tags(label, value)
        .register(registry);
  }

  private static String status(int status) {
    return status == 0 ? NONE : status / 100 + "xx";
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private String bounded(String label, String value) {
    Set<String> known = names.computeIfAbsent(label, _ -> ConcurrentHashMap.newKeySet());
    return known.contains(value) || (known.size() < NAMES && known.add(value)) ? value : OTHER;
  }

  /** Everything, as Prometheus reads it. */
  public synchronized String scrape() {
    Standing now = standing.get();
    lost.increment(Math.max(0, ledger.get().lost() - lost.count()));
    resting.register(
        now.rests().stream()
            .limit(NAMES)
            .map(
                rest ->
                    MultiGauge.Row.of(
                        Tags.of(
                            "channel",
                            rest.place().channel(),
                            "part",
                            part(rest.place()),
                            "kind",
                            word(rest.kind())),
                        1))
            .collect(Collectors.<MultiGauge.Row<?>>toList()),
        true);
    var under = new ArrayList<MultiGauge.Row<?>>();
    var good = new ArrayList<MultiGauge.Row<?>>();
    for (Standing.Figures figures : now.figures().stream().limit(NAMES).toList()) {
      Tags tags = Tags.of("channel", figures.channel(), "model", figures.model());
      under.add(MultiGauge.Row.of(tags, figures.running()));
      good.add(MultiGauge.Row.of(tags, figures.success()));
    }
    running.register(under, true);
    success.register(good, true);
    return registry.scrape();
  }

  private static String part(Place place) {
    return switch (place) {
      case Place.OfChannel _ -> "channel";
      case Place.OfUrl(String _, String base) -> base;
      case Place.OfAccount(String _, String account) -> account;
      case Place.OfModel(String _, String model) -> model;
    };
  }

  @Override
  public void close() {
    gc.close();
    registry.close();
  }
}
