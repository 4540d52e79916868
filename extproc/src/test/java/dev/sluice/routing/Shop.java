package dev.sluice.routing;

import dev.sluice.catalog.Account;
import dev.sluice.catalog.Aim;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Group;
import dev.sluice.catalog.Limits;
import dev.sluice.catalog.Model;
import dev.sluice.catalog.Pattern;
import dev.sluice.catalog.Price;
import dev.sluice.catalog.Retries;
import dev.sluice.catalog.Rule;
import dev.sluice.catalog.Timeouts;
import dev.sluice.catalog.Tolerance;
import dev.sluice.catalog.Trouble;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Usage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Channels that serve the model {@code m}, a group {@code g} that has them all, and a clock. */
final class Shop {
  static final Duration FIRST_TOKEN = Duration.ofSeconds(20);

  private final Map<String, Channel> channels = new HashMap<>();
  private final List<String> names = new ArrayList<>();
  private Aim aim = Aim.STABILITY;
  private double exploration = 0.1;
  private int attempts = 6;
  private Retries retries = Retries.USUAL;
  private Duration sticky = Duration.ofHours(1);
  private @Nullable Catalog catalog;
  private long nanos = 5_000_000_000L;

  final Router router =
      new Router(new Random(7), () -> nanos, () -> Instant.EPOCH.plusNanos(nanos));

  /** A channel to be. */
  static final class Sign {
    int priority = 1;
    int urls = 1;
    int accounts = 1;
    double weight = 1;
    Limits limits = Limits.NONE;
    OptionalInt maxRetries = OptionalInt.empty();
    Tolerance tolerance = Tolerance.USUAL;
    @Nullable Price price;
    boolean equalAccounts;
    List<Model> models = List.of(new Model.Alias("m", "m"));
  }

  interface Painter {
    void paint(Sign sign);
  }

  Shop with(String name) {
    return with(name, _ -> {});
  }

  Shop with(String name, Painter painter) {
    var sign = new Sign();
    painter.paint(sign);
    var urls = new ArrayList<Channel.Url>();
    for (int i = 1; i <= sign.urls; i++) {
      String base = "https://" + name + i;
      urls.add(new Channel.Url(base, name + i, "", name + "@" + base));
    }
    var accounts = new ArrayList<Account>();
    for (int i = 1; i <= sign.accounts; i++) {
      accounts.add(new Account("k" + i, sign.equalAccounts ? 1 : i, Set.of(), "secret"));
    }
    names.add(name);
    channels.put(
        name,
        new Channel(
            name,
            Origin.CHAT,
            urls,
            accounts,
            sign.models,
            sign.price == null ? List.of() : List.of(sign.price),
            sign.priority,
            sign.weight,
            new Timeouts(FIRST_TOKEN, Duration.ofMinutes(2)),
            sign.limits,
            Set.of(Trouble.values()),
            sign.maxRetries,
            name,
            false,
            null,
            null,
            sign.tolerance));
    catalog = null;
    return this;
  }

  Shop aim(Aim other) {
    aim = other;
    catalog = null;
    return this;
  }

  Shop exploration(double other) {
    exploration = other;
    catalog = null;
    return this;
  }

  Shop attempts(int other) {
    attempts = other;
    catalog = null;
    return this;
  }

  Shop retries(double share, double floor) {
    retries = new Retries(share, floor);
    catalog = null;
    return this;
  }

  Shop sticky(Duration other) {
    sticky = other;
    catalog = null;
    return this;
  }

  static Price price(double input, @Nullable Double cached, double output) {
    return new Price(Pattern.of("*"), input, cached, null, output, 0);
  }

  Catalog catalog() {
    Catalog made = catalog;
    if (made == null) {
      var group =
          new Group(
              "g",
              null,
              attempts,
              Duration.ZERO,
              Duration.ZERO,
              names,
              Group.Ambiguous.SCORE,
              aim,
              exploration,
              sticky,
              Group.Metering.EXACT,
              1,
              null);
      made =
          new Catalog(
              channels,
              Map.of("g", group),
              Map.of(),
              List.of(),
              1,
              "00",
              Catalog.Responses.DEFAULT,
              Catalog.Ledger.DEFAULT,
              new Catalog.Status(Instant.EPOCH, List.of()),
              retries,
              Map.of(),
              Set.of());
      catalog = made;
    }
    return made;
  }

  /** A moment later, with scores that know what happened. */
  Shop pass(double seconds) {
    nanos += Math.round(seconds * 1e9);
    router.refresh();
    return this;
  }

  Plan plan() {
    return plan("", "m", 0);
  }

  Plan plan(String session, String model, long prompt) {
    return router.plan(catalog(), new Inquiry("g", model, _ -> true, session, prompt, 0));
  }

  /** Takes what comes after {@code tried}, which must be a try. */
  static Choice.Go go(Plan plan, Attempt... tried) {
    return (Choice.Go) plan.take(List.of(tried));
  }

  Choice.Go go() {
    return go(plan());
  }

  Choice.Go go(String session) {
    return go(plan(session, "m", 0));
  }

  /** {@code a1/k1}: URL and account. */
  static String where(Choice choice) {
    return choice instanceof Choice.Go(Attempt to, Lease _)
        ? to.url().authority() + "/" + to.account().name()
        : choice.getClass().getSimpleName();
  }

  static String channel(Choice choice) {
    return ((Choice.Go) choice).attempt().channel().name();
  }

  void answer(Choice.Go went, double first, double total, Usage used) {
    went.lease().firstToken(seconds(first));
    went.lease().end(new Outcome.Answered(used, seconds(total)));
  }

  void answer(Choice.Go went) {
    answer(went, 0.5, 2, used(1000, 0, 100));
  }

  static Usage used(long input, long cached, long output) {
    return new Usage(input, cached, 0, output, null, null, null, null, null);
  }

  static void fail(Choice.Go went, Failure.Kind kind) {
    fail(went, kind, null, null);
  }

  static void fail(
      Choice.Go went, Failure.Kind kind, @Nullable Duration retryAfter, @Nullable Rule rule) {
    var failure = new Failure(kind, kind.status(), "no", null, null, retryAfter);
    went.lease().end(new Outcome.Failed(failure, kind.status(), rule));
  }

  static Duration seconds(double seconds) {
    return Duration.ofNanos(Math.round(seconds * 1e9));
  }
}
