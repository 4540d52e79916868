package dev.sluice.exchange;

import dev.sluice.catalog.Catalog;
import dev.sluice.history.History;
import dev.sluice.ledger.Ledger;
import dev.sluice.media.Fetcher;
import dev.sluice.routing.Router;
import io.envoyproxy.envoy.service.ext_proc.v3.ExternalProcessorGrpc;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.netty.util.Timer;
import java.time.InstantSource;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Envoy's external processor: one exchange a stream. */
public final class ExtProcService extends ExternalProcessorGrpc.ExternalProcessorImplBase {
  private final Services services;

  /**
   * Serves with these.
   *
   * @param catalog the newest catalog; null before there was one
   * @param keeping streams that were begun before their first token
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
      Ledger ledger,
      Keeping keeping,
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
            clock,
            ledger,
            keeping,
            new Continuity(history),
            fetcher);
  }

  @Override
  public StreamObserver<ProcessingRequest> process(StreamObserver<ProcessingResponse> responses) {
    return new Exchange(services, (ServerCallStreamObserver<ProcessingResponse>) responses);
  }
}
