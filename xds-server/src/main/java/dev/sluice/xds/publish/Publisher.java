package dev.sluice.xds.publish;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import dev.sluice.protos.Xds;
import dev.sluice.xds.configuration.Configuration;
import dev.sluice.xds.configuration.Configuration.Channel;
import dev.sluice.xds.publish.Secrets.Standing;
import io.envoyproxy.controlplane.cache.NodeGroup;
import io.envoyproxy.controlplane.cache.v3.SimpleCache;
import io.envoyproxy.controlplane.cache.v3.Snapshot;
import io.envoyproxy.controlplane.server.DiscoveryServerCallbacks;
import io.envoyproxy.controlplane.server.V3DiscoveryServer;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
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
import java.util.concurrent.ConcurrentHashMap;
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
  private static final String NONE = "";

  private final SimpleCache<String> cache =
      new SimpleCache<>(
          new NodeGroup<String>() {
            @Override
            public String hash(Node node) {
              return node.getCluster();
            }
          });
  private final String extproc;
  private final Clusters clusters;
  private final Map<String, String> acknowledged = new ConcurrentHashMap<>();
  private final Map<Long, String> streams = new ConcurrentHashMap<>();
  private final Map<String, String> rejected = new ConcurrentHashMap<>();
  private @Nullable Configuration published;

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

  /**
   * Publishes a configuration; returns when everybody who is there has it, or after a second each.
   *
   * @param certificate the edge's; null: there is no TLS
   * @param refused what is wrong with a newer configuration that is not published
   */
  public void publish(
      Configuration configuration,
      @Nullable Certificate certificate,
      Instant applied,
      List<String> refused) {
    Configuration before = published == null ? configuration : published;
    Map<String, Channel> both = channels(before);
    Map<String, Channel> now = channels(configuration);
    both.putAll(now);
    Map<String, Cluster> old = byName(before.channels());
    Map<String, Cluster> union = new LinkedHashMap<>(old);
    Map<String, Cluster> next = byName(configuration.channels());
    union.putAll(next);
    var standing = new Standing(applied, refused);
    if (published != null) {
      envoy(configuration, both.values(), union.values(), certificate);
      await(Xds.ENVOY, version(union.values()));
    }
    java(configuration, next.values(), standing);
    await(Xds.EXTPROC, version(next.values()));
    envoy(configuration, now.values(), next.values(), certificate);
    published = configuration;
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
    var listeners = Listeners.of(configuration, Xds.inner(extproc));
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

  /** Waits until the subscribers of a kind have these clusters; not for long, and for nobody. */
  private void await(String who, String version) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    try {
      while (streams.containsValue(who)
          && !version.equals(acknowledged.get(who))
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
      LOG.error("{} refused: {}", what, message);
    } else if (!request.getResponseNonce().isEmpty()) {
      rejected.remove(what);
      if (request.getTypeUrl().equals(CLUSTER_TYPE)) {
        acknowledged.put(who, request.getVersionInfo());
      }
    }
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
}
