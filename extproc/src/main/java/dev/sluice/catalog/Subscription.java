package dev.sluice.catalog;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.sluice.protos.Xds;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.ConnectivityState;
import io.grpc.ManagedChannel;
import io.grpc.stub.StreamObserver;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a {@link Catalog} in step with an xDS server (state of the world, aggregated). What cannot
 * be read is refused with a NACK and the last good catalog stays; so it does while the server is
 * away, which is asked again every second.
 *
 * @see <a href="https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol">xDS protocol</a>
 */
public final class Subscription implements Supplier<@Nullable Catalog>, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Subscription.class);
  private static final String CLUSTERS = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
  private static final String SECRETS =
      "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";
  private static final long RETRY_MILLIS = 1_000;

  private final ManagedChannel server;
  private final Node node;
  private final AtomicReference<@Nullable Catalog> current = new AtomicReference<>();
  private final CompletableFuture<Catalog> first = new CompletableFuture<>();
  private final ScheduledExecutorService retry =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("xds-subscription").factory());

  private @Nullable List<Cluster> clusters;
  private @Nullable Map<String, Secret> secrets;

  /** Subscribes over {@code server}, which it closes with itself. */
  public Subscription(ManagedChannel server, String nodeId) {
    this.server = server;
    this.node = Node.newBuilder().setId(nodeId).setCluster(Xds.EXTPROC).build();
    retry.execute(this::connect);
    var _ =
        retry.scheduleWithFixedDelay(
            this::hurry, RETRY_MILLIS, RETRY_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** gRPC itself would wait ever longer between two tries, up to two minutes. */
  private void hurry() {
    if (server.getState(false) == ConnectivityState.TRANSIENT_FAILURE) {
      server.resetConnectBackoff();
    }
  }

  /** The newest good catalog; null before there was one. */
  @Override
  public @Nullable Catalog get() {
    return current.get();
  }

  /** Completes with the first good catalog. */
  public CompletableFuture<Catalog> first() {
    return first;
  }

  private void connect() {
    var stream = new Stream();
    stream.requests =
        AggregatedDiscoveryServiceGrpc.newStub(server)
            .withWaitForReady()
            .streamAggregatedResources(stream);
    stream.subscribe(CLUSTERS);
    stream.subscribe(SECRETS);
  }

  private synchronized void apply(DiscoveryResponse response)
      throws InvalidProtocolBufferException {
    List<Cluster> newClusters = clusters;
    Map<String, Secret> newSecrets = secrets;
    if (response.getTypeUrl().equals(CLUSTERS)) {
      newClusters = unpack(response, Cluster.class);
    } else {
      newSecrets = new HashMap<>();
      for (Secret secret : unpack(response, Secret.class)) {
        newSecrets.put(secret.getName(), secret);
      }
    }
    if (newClusters != null && newSecrets != null) {
      Catalog catalog = Translation.catalog(newClusters, newSecrets);
      current.set(catalog);
      first.complete(catalog);
    }
    clusters = newClusters;
    secrets = newSecrets;
  }

  private static <T extends com.google.protobuf.Message> List<T> unpack(
      DiscoveryResponse response, Class<T> type) throws InvalidProtocolBufferException {
    var unpacked = new java.util.ArrayList<T>(response.getResourcesCount());
    for (Any resource : response.getResourcesList()) {
      unpacked.add(resource.unpack(type));
    }
    return unpacked;
  }

  @Override
  public void close() {
    retry.shutdownNow();
    server.shutdownNow();
  }

  private final class Stream implements StreamObserver<DiscoveryResponse> {
    private @Nullable StreamObserver<DiscoveryRequest> requests;
    private final Map<String, String> versions = new HashMap<>();

    void subscribe(String type) {
      send(DiscoveryRequest.newBuilder().setTypeUrl(type));
    }

    @Override
    public void onNext(DiscoveryResponse response) {
      var request =
          DiscoveryRequest.newBuilder()
              .setTypeUrl(response.getTypeUrl())
              .setResponseNonce(response.getNonce());
      try {
        apply(response);
        versions.put(response.getTypeUrl(), response.getVersionInfo());
      } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
        LOG.warn("refused from the xDS server: {}", e.getMessage());
        request.setErrorDetail(
            Status.newBuilder()
                .setCode(Code.INVALID_ARGUMENT_VALUE)
                .setMessage(String.valueOf(e.getMessage())));
      }
      send(request.setVersionInfo(versions.getOrDefault(response.getTypeUrl(), "")));
    }

    private void send(DiscoveryRequest.Builder request) {
      StreamObserver<DiscoveryRequest> to = requests;
      if (to != null) {
        to.onNext(request.setNode(node).build());
      }
    }

    @Override
    public void onError(Throwable t) {
      LOG.warn(
          "lost the xDS server ({}); the last configuration stays, trying again",
          io.grpc.Status.fromThrowable(t).getCode());
      again();
    }

    @Override
    public void onCompleted() {
      again();
    }

    private void again() {
      if (!retry.isShutdown()) {
        var _ = retry.schedule(Subscription.this::connect, RETRY_MILLIS, TimeUnit.MILLISECONDS);
      }
    }
  }
}
