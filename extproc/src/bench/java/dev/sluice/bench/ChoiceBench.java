package dev.sluice.bench;

import dev.sluice.catalog.Account;
import dev.sluice.catalog.Aim;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Group;
import dev.sluice.catalog.Limits;
import dev.sluice.catalog.Model;
import dev.sluice.catalog.Pattern;
import dev.sluice.catalog.Timeouts;
import dev.sluice.catalog.Trouble;
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
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** A choice among channels of one priority, from the question to the settled attempt. */
@State(Scope.Thread)
public class ChoiceBench {
  private static final Usage USED = new Usage(200, 0, 0, 100, null, null, null, null, null);

  /** How many channels serve the model. */
  @Param({"3", "100"})
  public String size = "";

  private final Router router =
      new Router(
          () -> ThreadLocalRandom.current().nextLong(), System::nanoTime, InstantSource.system());
  private Catalog catalog = catalog(1);
  private int sessions;

  /** Makes so many. */
  @Setup
  public void channels() {
    catalog = catalog(Integer.parseInt(size));
  }

  private static Catalog catalog(int channels) {
    var byName = new HashMap<String, Channel>();
    for (int i = 0; i < channels; i++) {
      byName.put("c" + i, channel("c" + i));
    }
    var group =
        new Group(
            "g",
            null,
            4,
            Duration.ZERO,
            Duration.ZERO,
            List.copyOf(byName.keySet()),
            Group.Ambiguous.SCORE,
            Aim.STABILITY,
            0.1);
    return new Catalog(
        byName,
        Map.of("g", group),
        Map.of(),
        List.of(),
        1,
        "00",
        Catalog.Responses.DEFAULT,
        new Catalog.Status(Instant.EPOCH, List.of()));
  }

  private static Channel channel(String name) {
    String base = "https://" + name;
    return new Channel(
        name,
        Origin.CHAT,
        List.of(new Channel.Url(base, name, "", name + "@" + base)),
        List.of(new Account("main", 1, Set.of(), "secret")),
        List.of(new Model.Match(Pattern.of("*"))),
        List.of(),
        1,
        1,
        new Timeouts(Duration.ofSeconds(1), Duration.ofSeconds(1)),
        Limits.NONE,
        Set.of(Trouble.values()),
        OptionalInt.empty(),
        name,
        false);
  }

  /** Plans, takes the first candidate, and says that it has answered. */
  @Benchmark
  public Plan choice() {
    String session = Integer.toHexString(sessions++ & 0xffff);
    Plan plan = router.plan(catalog, new Inquiry("g", "m", _ -> true, session, 200, 1_000));
    if (plan.take(List.of()) instanceof Choice.Go(Attempt _, Lease lease)) {
      lease.firstToken(Duration.ofMillis(300));
      lease.end(new Outcome.Answered(USED, Duration.ofSeconds(3)));
    }
    return plan;
  }
}
