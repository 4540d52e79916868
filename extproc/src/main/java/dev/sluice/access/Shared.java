package dev.sluice.access;

import dev.sluice.catalog.Budget;
import dev.sluice.catalog.Budget.Unit;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisAsyncCommands;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What several gateways count together, in one Valkey or Redis server (no cluster). Each check and
 * what it takes are one script, so one round trip. What a gateway has under way counts while it
 * lives, which it says every few seconds.
 */
final class Shared implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Shared.class);
  private static final Duration PATIENCE = Duration.ofMillis(250);
  private static final long BEAT_MILLIS = 1_000;
  private static final long ALIVE_MILLIS = 15_000;
  private static final long KEPT_MILLIS = Duration.ofDays(40).toMillis();
  private static final long GRACE_MILLIS = Duration.ofHours(1).toMillis();

  private final String take = script("take.lua");
  private final String settle = script("settle.lua");
  private final String url;
  private final String gateway = UUID.randomUUID().toString();
  private final ScheduledExecutorService beats =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("valkey").factory());
  private @Nullable ClientResources resources;
  private @Nullable RedisClient client;
  private @Nullable StatefulRedisConnection<String, String> connection;
  private volatile @Nullable Connected connected;
  private volatile long incarnation;

  private record Connected(
      RedisAsyncCommands<String, String> commands, String takeSha, String settleSha) {}

  /**
   * Something asked for one holder.
   *
   * @param base what the store says was spent
   */
  record Demand(Holder holder, Spent base) {}

  /** What came of it. */
  sealed interface Reply permits Granted, Refusal {}

  /**
   * It is taken.
   *
   * @param incarnation as whom
   */
  record Granted(String incarnation) implements Reply {}

  /** Somebody's limit or budget is reached. */
  record Refusal(Admission refusal) implements Reply {}

  /** Nothing is done before {@link #start}. */
  Shared(String url) {
    this.url = url;
  }

  private static String script(String name) {
    try (@Nullable InputStream in = Shared.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException("the script " + name + " cannot be read", e);
    }
  }

  void start() {
    var _ = beats.scheduleWithFixedDelay(this::beat, 0, BEAT_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** Whether it can be asked. */
  boolean there() {
    return connected != null;
  }

  private String me() {
    return gateway + "-" + incarnation;
  }

  // ---- staying connected

  private void beat() {
    try {
      Connected now = connected;
      if (now == null) {
        connect();
        LOG.info("Valkey is there: limits and budgets are counted together");
      } else {
        now.commands().psetex("sluice:alive:" + me(), ALIVE_MILLIS, "1").get(1, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (Exception e) {
      away(e);
    }
  }

  private void connect() throws Exception {
    StatefulRedisConnection<String, String> to = connection;
    if (to == null) {
      to = client().connect();
      connection = to;
    }
    RedisAsyncCommands<String, String> commands = to.async();
    String takeSha = commands.scriptLoad(take).get(1, TimeUnit.SECONDS);
    String settleSha = commands.scriptLoad(settle).get(1, TimeUnit.SECONDS);
    connected = new Connected(commands, takeSha, settleSha);
  }

  private RedisClient client() {
    RedisClient made = client;
    if (made == null) {
      ClientResources own =
          DefaultClientResources.builder().ioThreadPoolSize(2).computationThreadPoolSize(2).build();
      made = RedisClient.create(own, uri());
      made.setOptions(
          ClientOptions.builder()
              .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
              .socketOptions(SocketOptions.builder().connectTimeout(Duration.ofSeconds(1)).build())
              .timeoutOptions(TimeoutOptions.enabled(PATIENCE))
              .build());
      resources = own;
      client = made;
    }
    return made;
  }

  private RedisURI uri() {
    return RedisURI.create(
        url.replaceFirst("^valkeys://", "rediss://").replaceFirst("^valkey://", "redis://"));
  }

  /** What was taken as the one who we were is gone when that one's time is over. */
  private synchronized void away(Throwable why) {
    if (connected != null || incarnation == 0) {
      LOG.warn(
          "Valkey is away: each gateway counts limits and budgets alone ({})",
          String.valueOf(why.getMessage()).lines().findFirst().orElse(why.toString()));
      incarnation++;
    }
    connected = null;
  }

  // ---- taking and settling

  /**
   * Checks and takes all of it, or none. Fails where the server does not answer in time.
   *
   * @param now in milliseconds since the epoch
   */
  CompletionStage<Reply> take(List<Demand> demands, Amount estimate, long now) {
    Connected to = connected;
    if (to == null) {
      return CompletableFuture.failedFuture(new IOException("Valkey is away"));
    }
    String as = me();
    var arguments = new ArrayList<String>();
    arguments.add(as);
    arguments.add(Long.toString(estimate.tokens()));
    arguments.add(Long.toString(estimate.nanos()));
    arguments.add(Integer.toString(demands.size()));
    for (Demand demand : demands) {
      Holder holder = demand.holder();
      arguments.add(holder.scope().toString());
      arguments.add(Long.toString(holder.limits().rpm()));
      arguments.add(Long.toString(holder.limits().tpm()));
      arguments.add(Long.toString(holder.limits().concurrency()));
      arguments.add(Integer.toString(holder.budgets().size()));
      for (Budget budget : holder.budgets()) {
        arguments.add(letter(budget.unit()));
        arguments.add(Long.toString(budget.most()));
        arguments.add(span(budget, now));
        arguments.add(Long.toString(demand.base().in(budget.span(), now).of(budget.unit())));
        arguments.add(Long.toString(kept(budget, now)));
      }
    }
    return run(to, to.takeSha(), arguments).thenApply(reply -> reply(reply, demands, as, now));
  }

  private static Reply reply(List<Object> reply, List<Demand> demands, String as, long now) {
    if (number(reply.get(0)) == 1) {
      return new Granted(as);
    }
    Holder holder = demands.get((int) number(reply.get(1)) - 1).holder();
    Duration wait = Duration.ofMillis(Math.max(1, number(reply.get(6))));
    return new Refusal(
        switch (reply.get(2).toString()) {
          case "requests" ->
              new OverLimit(holder.scope(), OverLimit.What.REQUESTS, holder.limits().rpm(), wait);
          case "tokens" ->
              new OverLimit(holder.scope(), OverLimit.What.TOKENS, holder.limits().tpm(), wait);
          case "concurrency" ->
              new OverLimit(
                  holder.scope(), OverLimit.What.CONCURRENCY, holder.limits().concurrency(), wait);
          default ->
              OverBudget.of(
                  holder.scope(),
                  holder.budgets().get((int) number(reply.get(3)) - 1),
                  number(reply.get(4)),
                  number(reply.get(5)),
                  now);
        });
  }

  private static long number(Object reply) {
    return Long.parseLong(reply.toString());
  }

  /**
   * A request is over.
   *
   * @param as whom it was taken; null: it was not taken here
   */
  void settle(List<Holder> holders, @Nullable String as, Amount estimate, Amount actual, long now) {
    Connected to = connected;
    if (to == null) {
      return;
    }
    var arguments = new ArrayList<String>();
    arguments.add(as == null ? "" : as);
    arguments.add(Long.toString(estimate.tokens()));
    arguments.add(Long.toString(estimate.nanos()));
    arguments.add(Long.toString(actual.tokens()));
    arguments.add(Long.toString(actual.nanos()));
    arguments.add(Integer.toString(holders.size()));
    for (Holder holder : holders) {
      arguments.add(holder.scope().toString());
      arguments.add(Integer.toString(holder.budgets().size()));
      for (Budget budget : holder.budgets()) {
        arguments.add(letter(budget.unit()));
        arguments.add(span(budget, now));
        arguments.add(Long.toString(kept(budget, now)));
      }
    }
    var _ = run(to, to.settleSha(), arguments);
  }

  private CompletionStage<List<Object>> run(Connected to, String script, List<String> arguments) {
    return to.commands()
        .<List<Object>>evalsha(
            script, ScriptOutputType.MULTI, new String[0], arguments.toArray(String[]::new))
        .whenComplete(
            (_, failure) -> {
              if (failure != null) {
                away(failure);
              }
            });
  }

  private static String letter(Unit unit) {
    return switch (unit) {
      case TOKENS -> "t";
      case USD -> "u";
    };
  }

  private static String span(Budget budget, long now) {
    return budget.span() + ":" + budget.span().begin(Instant.ofEpochMilli(now)).getEpochSecond();
  }

  /** A total that nobody has asked for is given anew from the store when somebody does. */
  private static long kept(Budget budget, long now) {
    return budget
        .span()
        .end(Instant.ofEpochMilli(now))
        .map(end -> end.toEpochMilli() - now + GRACE_MILLIS)
        .orElse(KEPT_MILLIS);
  }

  @Override
  public void close() {
    beats.shutdownNow();
    connected = null;
    RedisClient made = client;
    if (made != null) {
      made.shutdown(0, 1, TimeUnit.SECONDS);
    }
    ClientResources own = resources;
    if (own != null) {
      var _ = own.shutdown(0, 1, TimeUnit.SECONDS);
    }
  }
}
