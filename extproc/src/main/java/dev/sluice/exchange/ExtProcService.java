package dev.sluice.exchange;

import dev.sluice.access.Budgets;
import dev.sluice.access.Keys;
import dev.sluice.catalog.Catalog;
import dev.sluice.history.History;
import dev.sluice.ledger.Ledger;
import dev.sluice.ledger.RequestRecord;
import dev.sluice.media.Fetcher;
import dev.sluice.routing.Router;
import io.envoyproxy.envoy.service.ext_proc.v3.ExternalProcessorGrpc;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerServiceDefinition;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.netty.util.Timer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Envoy's external processor: one exchange a stream. */
public final class ExtProcService implements BindableService, AutoCloseable {
  private static final MethodDescriptor<Word, Reply> PROCESS =
      ExternalProcessorGrpc.getProcessMethod().toBuilder(
              Protobuf.marshaller(Word::of), Reply.MARSHALLER)
          .build();

  /** How often it is looked for what was waited for in vain. */
  private static final Duration LOOK = Duration.ofSeconds(1);

  private final Services services;

  /** Half of the cores, so that large bodies leave room for everything else. */
  private final ExecutorService lengthy =
      Executors.newFixedThreadPool(
          Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
          Thread.ofPlatform().daemon().name("lengthy-", 0).factory());

  /**
   * Serves with these.
   *
   * @param catalog the newest catalog; null before there was one
   * @param keeping streams that were begun before their first token
   * @param ledger gets the record of each request, once, and its client's {@code traceparent}
   * @param keys what presented keys open
   * @param budgets what they may still spend
   * @param history what was kept of earlier responses
   * @param fetcher fetches media
   * @param bodyBytes how many bytes of clients' bodies may be in memory: once as they come in, and
   *     once more as they wait for another try
   */
  public ExtProcService(
      Supplier<@Nullable Catalog> catalog,
      Router router,
      Protocols protocols,
      Timer timer,
      Executor executor,
      InstantSource clock,
      BiConsumer<RequestRecord, String> ledger,
      Keeping keeping,
      Keys keys,
      Budgets budgets,
      History history,
      Fetcher fetcher,
      long bodyBytes) {
    services =
        new Services(
            catalog,
            router,
            protocols,
            new Flights(bodyBytes),
            new BodyBudget(bodyBytes),
            timer,
            executor,
            lengthy,
            clock,
            new Bills(ledger, executor, System::nanoTime),
            keeping,
            keys,
            budgets,
            new Continuity(history),
            fetcher);
    look();
  }

  /** Again and again, whatever becomes of one look. */
  private void look() {
    try {
      var _ =
          services.later(
              LOOK,
              () -> {
                try {
                  services.bills().settle();
                } finally {
                  look();
                }
              });
    } catch (IllegalStateException _) {
      // The timer has been stopped, since the process ends.
    }
  }

  /** Where Envoy sends its access log of attempts; those of other processes are for recovery. */
  public BindableService accessLog(Recovery recovery) {
    return new AccessLog(services.bills(), recovery::heard);
  }

  /**
   * Begins to tell what earlier processes could not.
   *
   * @param ledger which knows what they told; null: there is none, and nothing is told
   * @param journal where Envoy writes down what is over; null: nowhere
   * @param told hears of the requests that were told so
   */
  public Recovery recovery(
      @Nullable Ledger ledger, @Nullable Path journal, Consumer<Collection<RequestRecord>> told) {
    return new Recovery(
        services.bills(),
        journal,
        ledger == null
            ? null
            : new Orphans(ledger, services.catalog(), services.protocols(), told));
  }

  /**
   * Tells what has not been told yet, as it is known; to be called when Envoy's streams are over.
   */
  @Override
  public void close() {
    lengthy.shutdownNow();
    services.bills().close();
  }

  @Override
  public ServerServiceDefinition bindService() {
    return ServerServiceDefinition.builder(ExternalProcessorGrpc.SERVICE_NAME)
        .addMethod(
            PROCESS,
            ServerCalls.asyncBidiStreamingCall(
                replies -> new Exchange(services, (ServerCallStreamObserver<Reply>) replies)))
        .build();
  }
}
