package dev.sluice.xds.publish;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import dev.sluice.protos.Xds;
import dev.sluice.xds.configuration.Configuration;
import dev.sluice.xds.configuration.Configuration.Channel;
import dev.sluice.xds.publish.Secrets.Standing;
import io.envoyproxy.controlplane.cache.NodeGroup;
import io.envoyproxy.controlplane.cache.Response;
import io.envoyproxy.controlplane.cache.Watch;
import io.envoyproxy.controlplane.cache.XdsRequest;
import io.envoyproxy.controlplane.cache.v3.SimpleCache;
import io.envoyproxy.controlplane.cache.v3.Snapshot;
import io.envoyproxy.controlplane.server.DiscoveryServerCallbacks;
import io.envoyproxy.controlplane.server.V3DiscoveryServer;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes configurations, make before break: Envoy knows a new channel before Java may choose it,
 * and loses an old one only after Java has forgotten it. Only one thread may publish.
 */
public final class Publisher implements DiscoveryServerCallbacks {
  private static final Logger LOG = LoggerFactory.getLogger(Publisher.class);
  private static final String CLUSTER_TYPE = "type.googleapis.com/envoy.config.cluster.v3.Cluster";
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final Duration WARMING = Duration.ofMillis(300);
  private static final String NONE = "";

  private final SimpleCache<String> cache = new Cache();
  private final String extproc;
  private final Clusters clusters;
  private final Map<String, String> acknowledged = new ConcurrentHashMap<>();
  private final Map<String, String> refused = new ConcurrentHashMap<>();
  private final Map<Subscribed, String> sent = new ConcurrentHashMap<>();
  private final Map<Long, String> streams = new ConcurrentHashMap<>();
  private final Map<String, String> rejected = new ConcurrentHashMap<>();
  private @Nullable Published published;

  /**
   * Publishes nothing yet.
   *
   * @param extproc where Envoy finds extproc: {@code unix:/path} or {@code host:port}
   * @param systemRoots the certificates that providers' are checked against
   */
  public Publisher(String extproc, Path systemRoots) {
    this.extproc = extproc;
    this.clusters = new Clusters(systemRoots);
  }

  /** The service that Envoy and Java subscribe at. */
  public V3DiscoveryServer server() {
    return new V3DiscoveryServer(this, cache);
  }

  private record Published(Configuration configuration, @Nullable Certificate certificate) {}

  /**
   * Publishes a configuration; returns when everybody who is there has it, or after a second each.
   *
   * @param certificate the edge's; null: there is no TLS
   * @param refusals what is wrong with a newer configuration that is not published
   * @return what Envoy refuses of its channels, and then the one before stays; empty: it is live
   */
  public List<String> publish(
      Configuration configuration,
      @Nullable Certificate certificate,
      Instant applied,
      List<String> refusals) {
    Map<String, Cluster> next = byName(configuration.channels());
    Published before = published;
    if (before != null) {
      Map<String, Cluster> old = byName(before.configuration().channels());
      if (!isRefused(version(old.values()))) {
        Map<String, Cluster> union = new LinkedHashMap<>(old);
        union.putAll(next);
        Map<String, Channel> both = channels(before.configuration());
        both.putAll(channels(configuration));
        envoy(configuration, both.values(), union.values(), certificate);
        await(Xds.ENVOY, version(union.values()));
        if (isRefused(version(union.values()))) {
          List<String> why = rejections();
          envoy(
              before.configuration(),
              channels(before.configuration()).values(),
              old.values(),
              before.certificate());
          return why;
        }
        if (!old.keySet().containsAll(next.keySet())) {
          warmUp();
        }
      }
    }
    java(configuration, next.values(), new Standing(applied, refusals));
    await(Xds.EXTPROC, version(next.values()));
    envoy(configuration, channels(configuration).values(), next.values(), certificate);
    published = new Published(configuration, certificate);
    return List.of();
  }

  /** Whether these clusters are the newest that Envoy got, and it did not take them. */
  private boolean isRefused(String version) {
    return version.equals(refused.get(Xds.ENVOY));
  }

  /**
   * The edge's certificate.
   *
   * @param chain PEM
   * @param key PEM
   */
  public record Certificate(ByteString chain, ByteString key) {}

  /** What Envoy or Java refused of what is published; empty: nothing. */
  public List<String> rejections() {
    return rejected.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(entry -> entry.getKey() + " refused: " + entry.getValue())
        .toList();
  }

  private static Map<String, Channel> channels(Configuration configuration) {
    var channels = new LinkedHashMap<String, Channel>();
    for (Channel channel : configuration.channels()) {
      if (channel.enabled()) {
        channels.put(channel.name(), channel);
      }
    }
    return channels;
  }

  private Map<String, Cluster> byName(List<Channel> channels) {
    var byName = new LinkedHashMap<String, Cluster>();
    for (Channel channel : channels) {
      if (channel.enabled()) {
        clusters.of(channel).forEach(cluster -> byName.put(cluster.getName(), cluster));
      }
    }
    return byName;
  }

  private void envoy(
      Configuration configuration,
      Collection<Channel> channels,
      Collection<Cluster> clusters,
      @Nullable Certificate certificate) {
    var all = new java.util.ArrayList<>(clusters);
    all.add(Clusters.attempt());
    all.add(Clusters.extproc(extproc));
    if (!Xds.keeper(extproc).isEmpty()) {
      all.add(Clusters.keeper(Xds.keeper(extproc)));
    }
    var listeners = Listeners.of(configuration, Xds.inner(extproc), Xds.journal(extproc));
    var routes =
        List.of(Routes.edge(configuration), Routes.inner(configuration), Routes.attempt(channels));
    List<Secret> secrets =
        certificate == null ? List.of() : List.of(Secrets.certificate(certificate));
    cache.setSnapshot(
        Xds.ENVOY,
        Snapshot.create(
            all,
            version(clusters),
            List.of(),
            NONE,
            listeners,
            version(listeners),
            routes,
            version(routes),
            secrets,
            version(secrets)));
  }

  private void java(Configuration configuration, Collection<Cluster> clusters, Standing standing) {
    List<Secret> secrets = Secrets.forJava(configuration, standing);
    cache.setSnapshot(
        Xds.EXTPROC,
        Snapshot.create(
            clusters,
            version(clusters),
            List.of(),
            NONE,
            List.of(),
            NONE,
            List.of(),
            NONE,
            secrets,
            version(secrets)));
  }

  /** The hash of what is in it: who has it needs no new one. */
  private static String version(Collection<? extends Message> resources) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      List<? extends Message> ordered =
          resources.stream()
              .sorted(
                  Comparator.comparing(io.envoyproxy.controlplane.cache.Resources::getResourceName))
              .toList();
      for (Message resource : ordered) {
        byte[] bytes = new byte[resource.getSerializedSize()];
        CodedOutputStream output = CodedOutputStream.newInstance(bytes);
        output.useDeterministicSerialization();
        resource.writeTo(output);
        digest.update(bytes);
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 8);
    } catch (NoSuchAlgorithmException | IOException e) {
      throw new IllegalStateException("every Java has SHA-256, and an array takes its bytes", e);
    }
  }

  /**
   * Envoy takes a new cluster before its addresses are resolved, and does not say when they are.
   */
  private static void warmUp() {
    try {
      Thread.sleep(WARMING);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits for what the subscribers of a kind say to these clusters; not for long. */
  private void await(String who, String version) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (streams.containsValue(who)
          && !version.equals(acknowledged.get(who))
          && !version.equals(refused.get(who))
          && System.nanoTime() < end) {
        Thread.sleep(10);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  // ---- what the subscribers say

  @Override
  public void onV3StreamRequest(long streamId, DiscoveryRequest request) {
    String who =
        request.hasNode() ? request.getNode().getCluster() : streams.getOrDefault(streamId, NONE);
    streams.put(streamId, who);
    String what = who + " " + request.getTypeUrl().replaceAll(".*\\.", "");
    if (request.hasErrorDetail()) {
      String message = request.getErrorDetail().getMessage();
      rejected.put(what, message);
      if (request.getTypeUrl().equals(CLUSTER_TYPE)) {
        refused.put(who, sent.getOrDefault(Subscribed.of(request), NONE));
      }
      LOG.error("{} refused: {}", what, message);
    } else if (!request.getResponseNonce().isEmpty()) {
      rejected.remove(what);
      if (request.getTypeUrl().equals(CLUSTER_TYPE)) {
        acknowledged.put(who, request.getVersionInfo());
        refused.remove(who);
      }
    }
  }

  @Override
  public void onV3StreamResponse(
      long streamId, DiscoveryRequest request, DiscoveryResponse response) {
    sent.put(Subscribed.of(request), response.getVersionInfo());
  }

  @Override
  public void onV3StreamDeltaRequest(long streamId, DeltaDiscoveryRequest request) {}

  @Override
  public void onStreamClose(long streamId, String typeUrl) {
    streams.remove(streamId);
  }

  @Override
  public void onStreamCloseWithError(long streamId, String typeUrl, Throwable error) {
    streams.remove(streamId);
  }

  /** What one node follows. */
  private record Subscribed(Node node, String type) {
    static Subscribed of(DiscoveryRequest request) {
      return new Subscribed(
          Node.newBuilder()
              .setId(request.getNode().getId())
              .setCluster(request.getNode().getCluster())
              .build(),
          request.getTypeUrl());
    }
  }

  /**
   * Who refuses a version waits for the next one. The library alone would send the same again at
   * once, and again, since a refusal names the last version that was taken.
   */
  private final class Cache extends SimpleCache<String> {
    Cache() {
      super(
          new NodeGroup<String>() {
            @Override
            public String hash(Node node) {
              return node.getCluster();
            }
          });
    }

    @Override
    public Watch createWatch(
        boolean ads,
        XdsRequest request,
        Set<String> known,
        Consumer<Response> answer,
        boolean clusterChanged,
        boolean emptyEndpoints) {
      DiscoveryRequest asked = request.v3Request();
      String version = sent.get(Subscribed.of(asked));
      if (!asked.hasErrorDetail() || version == null) {
        return super.createWatch(ads, request, known, answer, clusterChanged, emptyEndpoints);
      }
      return super.createWatch(
          ads,
          XdsRequest.create(asked.toBuilder().setVersionInfo(version).build()),
          Set.copyOf(asked.getResourceNamesList()),
          answer,
          clusterChanged,
          emptyEndpoints);
    }
  }
}
