package dev.sluice.extproc;

import ch.qos.logback.classic.LoggerContext;
import dev.sluice.access.Access;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Subscription;
import dev.sluice.console.Console;
import dev.sluice.exchange.ExtProcService;
import dev.sluice.exchange.Keeper;
import dev.sluice.exchange.Keeping;
import dev.sluice.exchange.Protocols;
import dev.sluice.exchange.Recovery;
import dev.sluice.history.Bounds;
import dev.sluice.history.History;
import dev.sluice.ledger.Ledger;
import dev.sluice.ledger.RequestRecord;
import dev.sluice.media.Fetcher;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.chat.Chat;
import dev.sluice.protocol.gemini.Gemini;
import dev.sluice.protocol.messages.Messages;
import dev.sluice.protocol.responses.Responses;
import dev.sluice.protos.Xds;
import dev.sluice.routing.Router;
import dev.sluice.telemetry.Meters;
import dev.sluice.telemetry.Traces;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.util.HashedWheelTimer;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ext_proc service as a process.
 *
 * <pre>extproc --listen ADDRESS --xds ADDRESS --admin HOST:PORT --data DIR</pre>
 *
 * <p>An ADDRESS is {@code unix:/path/to.sock} or {@code host:port}. Prints {@code extproc: ready}
 * when it listens and has a configuration; exits with 2 where the command line is wrong or an
 * address cannot be had. DIR is for what is kept of clients' responses, for the ledger and for keys
 * that were made in the admin API; without it the first are in memory, requests are in the log
 * alone, and there are none of the last. {@code SLUICE_DATABASE_URL} and {@code SLUICE_VALKEY_URL}
 * are read from the environment.
 */
public final class ExtProc {
  private static final Logger LOG = LoggerFactory.getLogger(ExtProc.class);
  private static final int MESSAGE_BYTES = 16 * 1024 * 1024;
  private static final long TICK_MILLIS = 10;
  private static final int WRONG = 2;
  private static final String NAME_SECONDS = "networkaddress.cache.ttl";

  private ExtProc() {}

  /** Runs until it is told to stop. */
  public static void main(String[] arguments) throws InterruptedException {
    try {
      if (arguments.length > 0 && arguments[0].equals("replay")) {
        replay(arguments);
        return;
      }
      run(arguments);
    } catch (IllegalArgumentException | IOException e) {
      System.err.println("extproc: " + e.getMessage());
      System.exit(WRONG);
    }
  }

  /** What {@code sluice replay} asks for: requests come on the standard input. */
  private static void replay(String[] arguments) throws IOException {
    Double exploration = arguments.length > 1 ? Double.valueOf(arguments[1]) : null;
    var requests = new InputStreamReader(System.in, StandardCharsets.UTF_8);
    System.out.print(Replaying.run(requests, exploration));
  }

  private static void run(String[] arguments) throws InterruptedException, IOException {
    // The JDK and gRPC each keep a looked-up address for 30 s by default, one after the other.
    Security.setProperty(NAME_SECONDS, "1");
    System.setProperty(NAME_SECONDS, "1");
    Map<String, String> options = options(arguments);
    Address listen = Address.of(options.getOrDefault("--listen", ""));
    Address xds = Address.of(options.getOrDefault("--xds", ""));
    String admin = options.getOrDefault("--admin", "");
    EventLoopGroup loops = Address.loops(0);
    var subscription =
        new Subscription(
            xds.channel()
                .eventLoopGroup(loops)
                .overrideAuthority("xds-server")
                .maxInboundMessageSize(8 * MESSAGE_BYTES)
                .keepAliveTime(30, TimeUnit.SECONDS)
                .usePlaintext()
                .build(),
            "extproc-" + ProcessHandle.current().pid());
    var timer =
        new HashedWheelTimer(
            Thread.ofPlatform().daemon().name("timer").factory(),
            TICK_MILLIS,
            TimeUnit.MILLISECONDS);
    ExecutorService executor =
        Executors.newFixedThreadPool(
            Math.max(2, Runtime.getRuntime().availableProcessors()),
            Thread.ofPlatform().daemon().name("exchange-", 0).factory());
    var carrier =
        new Carrier(
            () -> HexFormat.of().parseHex(Objects.requireNonNull(subscription.get()).carrierKey()));
    List<Protocol> spoken =
        List.of(
            new Messages(carrier), new Responses(carrier), new Gemini(carrier), new Chat(carrier));
    var protocols = new Protocols(spoken);
    var keeping = new Keeping();
    String directory = options.get("--data");
    Path data = directory == null ? null : Path.of(directory).toAbsolutePath();
    var history = History.open(data, () -> bounds(subscription.get()), InstantSource.system());
    var router = new Router(shared(), System::nanoTime, InstantSource.system());
    var ledger = Ledger.open(data, () -> retention(subscription.get()), InstantSource.system());
    var recollection = new Recollection(router, ledger, subscription, data);
    var meters = new Meters(router::standing, ledger::state);
    Traces traces = Traces.open(System.getenv());
    var access =
        Access.open(Access.Places.of(data, System.getenv()), subscription, InstantSource.system());
    var service =
        new ExtProcService(
            subscription,
            router,
            protocols,
            timer,
            executor,
            InstantSource.system(),
            (record, parent) -> {
              ledger.write(record);
              meters.count(record);
              if (traces != null) {
                traces.tell(record, parent);
              }
            },
            keeping,
            access.keys(),
            access.budgets(),
            history,
            new Fetcher(loops),
            Runtime.getRuntime().maxMemory() / 4);
    var arrears = new Arrears(ledger, access);
    String journal = Xds.journal(options.getOrDefault("--listen", ""));
    Recovery recovery =
        service.recovery(
            data == null ? null : ledger,
            journal.isEmpty() ? null : Path.of(journal),
            told ->
                told.stream()
                    .map(RequestRecord::began)
                    .min(Comparator.naturalOrder())
                    .ifPresent(arrears::makeUpSoon));
    if (data != null) {
      arrears.makeUpSoon(null);
    }
    if (listen.unix()) {
      Files.deleteIfExists(Path.of(listen.socket().toString()));
      String keeper = Xds.keeper(options.getOrDefault("--listen", ""));
      Files.deleteIfExists(Path.of(keeper));
      var held =
          new Keeper(
              keeper, Xds.inner(options.getOrDefault("--listen", "")), loops, protocols, keeping);
      Runtime.getRuntime().addShutdownHook(new Thread(held::close));
    }
    Server server =
        Windows.on(NettyServerBuilder.forAddress(listen.socket()))
            .channelType(listen.server())
            .bossEventLoopGroup(loops)
            .workerEventLoopGroup(loops)
            .directExecutor()
            .maxInboundMessageSize(MESSAGE_BYTES)
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            .addService(service)
            .addService(service.accessLog(recovery))
            .build()
            .start();
    var console =
        admin.isEmpty()
            ? null
            : console(
                admin,
                new Console.Source(
                    subscription,
                    () -> standing(history.state()),
                    access,
                    ledger,
                    router,
                    new DirectTrials(spoken),
                    meters::scrape,
                    data));
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  server.shutdownNow();
                  service.close();
                  recovery.close();
                  if (traces != null) {
                    traces.close();
                  }
                  recollection.close();
                  if (console != null) {
                    console.close();
                  }
                  subscription.close();
                  timer.stop();
                  executor.shutdownNow();
                  history.close();
                  ledger.close();
                  access.close();
                  if (LoggerFactory.getILoggerFactory() instanceof LoggerContext logs) {
                    logs.stop();
                  }
                }));
    try {
      subscription.first().get();
    } catch (ExecutionException e) {
      throw new IOException("no configuration: " + e.getCause(), e);
    }
    System.out.println("extproc: ready");
    LOG.info("listening at {}", listen.socket());
    server.awaitTermination();
  }

  private static Console console(String admin, Console.Source source) throws IOException {
    int colon = admin.lastIndexOf(':');
    if (colon <= 0) {
      throw new IllegalArgumentException("--admin " + admin + ": expected host:port");
    }
    try {
      return Console.start(
          admin.substring(0, colon), Integer.parseInt(admin.substring(colon + 1)), source);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("--admin " + admin + ": the port is no number", e);
    } catch (RuntimeException e) {
      throw new IOException("admin " + admin + ": cannot listen there: " + e.getMessage(), e);
    }
  }

  private static Map<String, String> options(String[] arguments) {
    var options = new HashMap<String, String>();
    for (int i = 0; i < arguments.length; i += 2) {
      if (!List.of("--listen", "--xds", "--admin", "--data").contains(arguments[i])) {
        throw new IllegalArgumentException(
            arguments[i]
                + ": expected --listen ADDRESS --xds ADDRESS --admin HOST:PORT --data DIR");
      }
      if (i + 1 == arguments.length) {
        throw new IllegalArgumentException(arguments[i] + ": a value is missing");
      }
      options.put(arguments[i], arguments[i + 1]);
    }
    return options;
  }

  private static Bounds bounds(@Nullable Catalog catalog) {
    Catalog.Responses said = catalog == null ? Catalog.Responses.DEFAULT : catalog.responses();
    return new Bounds(said.store(), said.ttl(), said.maxSize());
  }

  private static Duration retention(@Nullable Catalog catalog) {
    return (catalog == null ? Catalog.Ledger.DEFAULT : catalog.ledger()).retention();
  }

  private static Console.Standing standing(History.State state) {
    return new Console.Standing(state.place(), state.bytes(), state.lost(), state.trouble());
  }

  private static RandomGenerator shared() {
    return () -> ThreadLocalRandom.current().nextLong();
  }
}
