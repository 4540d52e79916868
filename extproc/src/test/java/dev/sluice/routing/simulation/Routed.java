package dev.sluice.routing.simulation;

import dev.sluice.catalog.Account;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Group;
import dev.sluice.catalog.Limits;
import dev.sluice.catalog.Model;
import dev.sluice.catalog.Pattern;
import dev.sluice.catalog.Price;
import dev.sluice.catalog.Timeouts;
import dev.sluice.catalog.Trouble;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Usage;
import dev.sluice.routing.Attempt;
import dev.sluice.routing.Choice;
import dev.sluice.routing.Inquiry;
import dev.sluice.routing.Lease;
import dev.sluice.routing.Outcome;
import dev.sluice.routing.Plan;
import dev.sluice.routing.Router;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The gateway's own router as an arm. All channels have one priority, one URL and one account, and
 * everything that the configuration leaves open is as it is by default.
 */
final class Routed implements Arm {
  static final String NAME = "Sluice";

  private static final String GROUP = "group";
  private static final String MODEL = "model";
  private static final double EXPLORATION = 0.1;

  private final World world;
  private final Router router;
  private Catalog catalog;
  private List<Double> prices;

  Routed(World world) {
    this.world = world;
    this.prices = prices();
    this.catalog = catalog();
    this.router =
        new Router(
            new SplittableRandom(world.seed()),
            world::nanos,
            () -> Instant.EPOCH.plusNanos(world.nanos()));
  }

  @Override
  public void refresh() {
    List<Double> current = prices();
    if (!current.equals(prices)) {
      prices = current;
      catalog = catalog();
    }
    router.refresh();
  }

  @Override
  public Tries begin(Request request) {
    Plan plan =
        router.plan(
            catalog,
            new Inquiry(
                GROUP,
                MODEL,
                _ -> true,
                request.session() < 0 ? "" : "session-" + request.session(),
                request.prompt(),
                0));
    var tried = new ArrayList<Attempt>();
    return () -> {
      if (!(plan.take(tried) instanceof Choice.Go(Attempt attempt, Lease lease))) {
        return null;
      }
      tried.add(attempt);
      return new Leased(channel(attempt.channel().name()), lease);
    };
  }

  private static int channel(String name) {
    for (int channel = 0; channel < Seller.ALL.size(); channel++) {
      if (Seller.ALL.get(channel).name().equals(name)) {
        return channel;
      }
    }
    throw new IllegalArgumentException("no channel is named " + name);
  }

  private List<Double> prices() {
    var factors = new ArrayList<Double>();
    for (int channel = 0; channel < Seller.ALL.size(); channel++) {
      factors.add(world.truth(channel).price());
    }
    return factors;
  }

  private Catalog catalog() {
    Map<String, Channel> channels = new LinkedHashMap<>();
    for (int i = 0; i < Seller.ALL.size(); i++) {
      Seller seller = Seller.ALL.get(i);
      channels.put(seller.name(), channel(seller, prices.get(i)));
    }
    var group =
        new Group(
            GROUP,
            null,
            World.ATTEMPTS,
            Duration.ZERO,
            Duration.ZERO,
            List.copyOf(channels.keySet()),
            Group.Ambiguous.SCORE,
            world.mode().aim(),
            EXPLORATION);
    return new Catalog(
        channels,
        Map.of(GROUP, group),
        Map.of(),
        List.of(),
        1L << 26,
        "",
        Catalog.Responses.DEFAULT,
        new Catalog.Status(Instant.EPOCH, List.of()));
  }

  private static Channel channel(Seller seller, double factor) {
    String name = seller.name();
    return new Channel(
        name,
        Origin.CHAT,
        List.of(new Channel.Url("https://" + name + ".example", name + ".example", "", name)),
        List.of(new Account("main", 1, java.util.Set.of(), "none")),
        List.of(new Model.Alias(MODEL, MODEL)),
        List.of(
            new Price(
                Pattern.of("*"),
                seller.input() * factor,
                seller.caches() ? seller.cached() * factor : null,
                null,
                seller.output() * factor,
                0)),
        1,
        seller.weight(),
        new Timeouts(World.FIRST_TOKEN, Duration.ofMinutes(2)),
        Limits.NONE,
        EnumSet.allOf(Trouble.class),
        OptionalInt.empty(),
        name,
        false);
  }

  private record Leased(int channel, Lease lease) implements Try {
    @Override
    public Duration firstToken() {
      return lease.firstToken();
    }

    @Override
    public void first(Duration sinceBegin) {
      lease.firstToken(sinceBegin);
    }

    @Override
    public void ended(End end) {
      lease.end(
          switch (end) {
            case End.Whole(Duration took, int fresh, int held, int written) ->
                new Outcome.Answered(
                    new Usage(fresh, held, 0, written, null, null, null, null, null), took);
            case End.Broken _ -> failed(Failure.Kind.INTERNAL, 200, null);
            case End.Crash _ -> failed(Failure.Kind.UNAVAILABLE, 503, null);
            case End.Late _ -> failed(Failure.Kind.TIMEOUT, 0, null);
            case End.Refused(Duration _, Duration retryAfter) ->
                failed(Failure.Kind.RATE_LIMIT, 429, retryAfter.isZero() ? null : retryAfter);
          });
    }

    private static Outcome failed(Failure.Kind kind, int status, @Nullable Duration retryAfter) {
      return new Outcome.Failed(
          new Failure(kind, kind.status(), kind.name(), null, null, retryAfter), status, null);
    }
  }
}
