package dev.sluice.xds;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.rpc.Code;
import com.google.rpc.Status;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** A client that speaks ADS. It takes or refuses what it is sent when the test says so. */
public final class Subscriber implements AutoCloseable {
  public static final String CLUSTERS = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
  public static final String SECRETS =
      "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret";

  private final Node node;
  private final ManagedChannel connection;
  private final StreamObserver<DiscoveryRequest> requests;
  private final BlockingQueue<Sent> sent = new LinkedBlockingQueue<>();
  private final Map<String, String> taken = new HashMap<>();
  private final Map<String, List<String>> names = new HashMap<>();
  private final Map<String, String> nonces = new HashMap<>();

  /**
   * What came, and when.
   *
   * @param nanos of {@link System#nanoTime}
   */
  public record Sent(DiscoveryResponse response, long nanos) {
    /** Its resources. */
    public <T extends Message> List<T> resources(Class<T> type)
        throws InvalidProtocolBufferException {
      var resources = new ArrayList<T>();
      for (Any resource : response.getResourcesList()) {
        resources.add(resource.unpack(type));
      }
      return resources;
    }
  }

  /** Connects as a node of a kind. */
  public Subscriber(int port, String kind) {
    this.node = Node.newBuilder().setId("test").setCluster(kind).build();
    this.connection = NettyChannelBuilder.forAddress("127.0.0.1", port).usePlaintext().build();
    this.requests =
        AggregatedDiscoveryServiceGrpc.newStub(connection)
            .withWaitForReady()
            .streamAggregatedResources(
                new StreamObserver<>() {
                  @Override
                  public void onNext(DiscoveryResponse response) {
                    sent.add(new Sent(response, System.nanoTime()));
                  }

                  @Override
                  public void onError(Throwable t) {}

                  @Override
                  public void onCompleted() {}
                });
  }

  /**
   * Follows a type: these names of it, or all where none is given. Until one is taken, each call is
   * answered.
   */
  public void follow(String type, String... only) {
    names.put(type, List.of(only));
    requests.onNext(request(type).setResponseNonce(nonces.getOrDefault(type, "")).build());
  }

  private DiscoveryRequest.Builder request(String type) {
    return DiscoveryRequest.newBuilder()
        .setNode(node)
        .setTypeUrl(type)
        .setVersionInfo(taken.getOrDefault(type, ""))
        .addAllResourceNames(names.getOrDefault(type, List.of()));
  }

  /** The next that comes, which must be of this type. */
  public Sent next(String type) throws InterruptedException {
    Sent next = sent.poll(10, TimeUnit.SECONDS);
    if (next == null || !next.response().getTypeUrl().equals(type)) {
      throw new AssertionError("expected " + type + ", got " + next);
    }
    nonces.put(type, next.response().getNonce());
    return next;
  }

  /** Whether nothing waits to be looked at. */
  public boolean idle() {
    return sent.isEmpty();
  }

  /** Takes it. */
  public void take(Sent what) {
    DiscoveryResponse response = what.response();
    taken.put(response.getTypeUrl(), response.getVersionInfo());
    requests.onNext(request(response.getTypeUrl()).setResponseNonce(response.getNonce()).build());
  }

  /** Refuses it, as Envoy does: with the version that it stays at. */
  public void refuse(Sent what, String why) {
    DiscoveryResponse response = what.response();
    requests.onNext(
        request(response.getTypeUrl())
            .setResponseNonce(response.getNonce())
            .setErrorDetail(
                Status.newBuilder().setCode(Code.INVALID_ARGUMENT_VALUE).setMessage(why))
            .build());
  }

  @Override
  public void close() {
    connection.shutdownNow();
  }
}
