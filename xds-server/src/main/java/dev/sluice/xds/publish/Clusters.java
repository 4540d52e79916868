package dev.sluice.xds.publish;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.JsonFormat;
import dev.sluice.protos.Xds;
import dev.sluice.protos.v1.Account;
import dev.sluice.protos.v1.Breaker;
import dev.sluice.protos.v1.Limits;
import dev.sluice.protos.v1.Model;
import dev.sluice.protos.v1.Price;
import dev.sluice.protos.v1.Protocol;
import dev.sluice.protos.v1.Timeouts;
import dev.sluice.xds.configuration.Configuration;
import dev.sluice.xds.configuration.Configuration.AnthropicBeta;
import dev.sluice.xds.configuration.Configuration.Channel;
import dev.sluice.xds.configuration.Configuration.FetchMedia;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.UpstreamConnectionOptions;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.EnvoyInternalAddress;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.KeepaliveSettings;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.Pipe;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.core.v3.TcpKeepalive;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.config.core.v3.UpstreamHttpProtocolOptions;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.extensions.transport_sockets.internal_upstream.v3.InternalUpstreamTransport;
import io.envoyproxy.envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The clusters: one for each channel and base URL, one for the attempt listener, one for extproc.
 */
final class Clusters {
  private static final String HTTP_OPTIONS =
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  private static final int UNLIMITED = 1_000_000_000;

  /** So much of one stream is on its way between our own parts before others have their turn. */
  private static final int WINDOW = 64 * 1024;

  private static final Duration POOLED_IDLE = Duration.ofSeconds(90);

  private final Path systemRoots;

  Clusters(Path systemRoots) {
    this.systemRoots = systemRoots;
  }

  static com.google.protobuf.Duration proto(Duration duration) {
    return Durations.fromNanos(duration.toNanos());
  }

  /** The internal listener, as an upstream of the edge. */
  static Cluster attempt() {
    var internal =
        InternalUpstreamTransport.newBuilder()
            .setTransportSocket(
                TransportSocket.newBuilder()
                    .setName("envoy.transport_sockets.raw_buffer")
                    .setTypedConfig(Any.pack(RawBuffer.getDefaultInstance())))
            .build();
    return base(Xds.ATTEMPT, http2())
        .setType(Cluster.DiscoveryType.STATIC)
        .setConnectTimeout(proto(Duration.ofSeconds(5)))
        .setLoadAssignment(
            endpoint(
                Xds.ATTEMPT,
                Address.newBuilder()
                    .setEnvoyInternalAddress(
                        EnvoyInternalAddress.newBuilder().setServerListenerName(Xds.ATTEMPT))
                    .build()))
        .setTransportSocket(
            TransportSocket.newBuilder()
                .setName("envoy.transport_sockets.internal_upstream")
                .setTypedConfig(Any.pack(internal)))
        .build();
  }

  /** extproc at {@code unix:/path} or {@code host:port}. */
  static Cluster extproc(String address) {
    var cluster =
        base(Xds.EXTPROC_CLUSTER, http2()).setConnectTimeout(proto(Duration.ofSeconds(1)));
    if (address.startsWith("unix:")) {
      Address pipe =
          Address.newBuilder().setPipe(Pipe.newBuilder().setPath(address.substring(5))).build();
      return cluster
          .setType(Cluster.DiscoveryType.STATIC)
          .setLoadAssignment(endpoint(Xds.EXTPROC_CLUSTER, pipe))
          .build();
    }
    int colon = address.lastIndexOf(':');
    return cluster
        .setType(Cluster.DiscoveryType.STRICT_DNS)
        .setDnsLookupFamily(Cluster.DnsLookupFamily.V4_PREFERRED)
        .setLoadAssignment(
            endpoint(
                Xds.EXTPROC_CLUSTER,
                socket(
                    address.substring(0, colon), Integer.parseInt(address.substring(colon + 1)))))
        .build();
  }

  /** extproc's keeper at the path of its Unix socket. */
  static Cluster keeper(String path) {
    Address pipe = Address.newBuilder().setPipe(Pipe.newBuilder().setPath(path)).build();
    return base(Xds.KEEPER, http1())
        .setType(Cluster.DiscoveryType.STATIC)
        .setConnectTimeout(proto(Duration.ofSeconds(1)))
        .setLoadAssignment(endpoint(Xds.KEEPER, pipe))
        .build();
  }

  /** All clusters of a channel. */
  List<Cluster> of(Channel channel) {
    var clusters = new ArrayList<Cluster>();
    for (int i = 0; i < channel.baseUrls().size(); i++) {
      clusters.add(cluster(channel, channel.baseUrls().get(i), i));
    }
    return clusters;
  }

  private Cluster cluster(Channel channel, String baseUrl, int position) {
    URI uri = URI.create(baseUrl);
    boolean tls = uri.getScheme().equalsIgnoreCase("https");
    int port = uri.getPort() > 0 ? uri.getPort() : tls ? 443 : 80;
    String host = uri.getHost().replaceAll("^\\[|\\]$", "");
    String name = Xds.cluster(channel.name(), baseUrl);
    boolean literal = host.contains(":") || host.matches("\\d+(\\.\\d+){3}");
    var cluster =
        base(name, tls ? either(literal) : http1())
            .setType(literal ? Cluster.DiscoveryType.STATIC : Cluster.DiscoveryType.STRICT_DNS)
            .setDnsLookupFamily(Cluster.DnsLookupFamily.V4_PREFERRED)
            .setConnectTimeout(proto(channel.timeouts().connect()))
            .setUpstreamConnectionOptions(
                UpstreamConnectionOptions.newBuilder()
                    .setTcpKeepalive(
                        TcpKeepalive.newBuilder()
                            .setKeepaliveTime(UInt32Value.of(30))
                            .setKeepaliveInterval(UInt32Value.of(10))
                            .setKeepaliveProbes(UInt32Value.of(3))))
            .setLoadAssignment(endpoint(name, socket(host, port)))
            .setMetadata(
                Metadata.newBuilder()
                    .putFilterMetadata(
                        Xds.CHANNEL_METADATA, struct(metadata(channel, baseUrl, position))));
    if (tls) {
      Configuration.Authorities ca = channel.ca();
      var roots = DataSource.newBuilder();
      if (ca == null) {
        roots.setFilename(systemRoots.toString());
      } else {
        roots.setInlineBytes(ca.pem());
      }
      var context = UpstreamTlsContext.newBuilder();
      if (!literal) {
        context.setSni(host);
      }
      context.setCommonTlsContext(
          CommonTlsContext.newBuilder()
              .setValidationContext(CertificateValidationContext.newBuilder().setTrustedCa(roots)));
      cluster.setTransportSocket(
          TransportSocket.newBuilder()
              .setName("envoy.transport_sockets.tls")
              .setTypedConfig(Any.pack(context.build())));
    }
    return cluster.build();
  }

  private static Cluster.Builder base(
      String name, io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions options) {
    return Cluster.newBuilder()
        .setName(name)
        .putTypedExtensionProtocolOptions(HTTP_OPTIONS, Any.pack(options))
        .setCircuitBreakers(
            CircuitBreakers.newBuilder()
                .addThresholds(
                    CircuitBreakers.Thresholds.newBuilder()
                        .setMaxConnections(UInt32Value.of(UNLIMITED))
                        .setMaxPendingRequests(UInt32Value.of(UNLIMITED))
                        .setMaxRequests(UInt32Value.of(UNLIMITED))
                        .setMaxRetries(UInt32Value.of(UNLIMITED))));
  }

  private static io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions http1() {
    return options()
        .setExplicitHttpConfig(
            io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig
                .newBuilder()
                .setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance()))
        .build();
  }

  private static io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions http2() {
    return io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.newBuilder()
        .setExplicitHttpConfig(
            io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig
                .newBuilder()
                .setHttp2ProtocolOptions(inside()))
        .build();
  }

  /** HTTP/2 between our own parts, where one slow stream must not hold up the others. */
  static Http2ProtocolOptions.Builder inside() {
    return Http2ProtocolOptions.newBuilder()
        .setMaxConcurrentStreams(UInt32Value.of(Integer.MAX_VALUE))
        .setInitialStreamWindowSize(UInt32Value.of(WINDOW))
        .setInitialConnectionWindowSize(UInt32Value.of(Integer.MAX_VALUE));
  }

  /** Whatever the provider's TLS agrees to. */
  private static io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions either(
      boolean literal) {
    return options()
        .setUpstreamHttpProtocolOptions(
            UpstreamHttpProtocolOptions.newBuilder()
                .setAutoSni(!literal)
                .setAutoSanValidation(true))
        .setAutoConfig(
            io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.AutoHttpConfig
                .newBuilder()
                .setHttp2ProtocolOptions(
                    Http2ProtocolOptions.newBuilder()
                        .setConnectionKeepalive(
                            KeepaliveSettings.newBuilder()
                                .setInterval(proto(Duration.ofSeconds(30)))
                                .setTimeout(proto(Duration.ofSeconds(10))))))
        .build();
  }

  private static io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.Builder
      options() {
    return io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.newBuilder()
        .setCommonHttpProtocolOptions(
            HttpProtocolOptions.newBuilder().setIdleTimeout(proto(POOLED_IDLE)));
  }

  private static Address socket(String host, int port) {
    return Address.newBuilder()
        .setSocketAddress(SocketAddress.newBuilder().setAddress(host).setPortValue(port))
        .build();
  }

  private static ClusterLoadAssignment endpoint(String cluster, Address address) {
    return ClusterLoadAssignment.newBuilder()
        .setClusterName(cluster)
        .addEndpoints(
            LocalityLbEndpoints.newBuilder()
                .addLbEndpoints(
                    LbEndpoint.newBuilder().setEndpoint(Endpoint.newBuilder().setAddress(address))))
        .build();
  }

  private static Struct struct(Message message) {
    try {
      var struct = Struct.newBuilder();
      JsonFormat.parser().merge(JsonFormat.printer().print(message), struct);
      return struct.build();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("a message's own JSON is a struct", e);
    }
  }

  private static dev.sluice.protos.v1.Channel metadata(
      Channel channel, String baseUrl, int position) {
    Configuration.Timeouts timeouts = channel.timeouts();
    var metadata =
        dev.sluice.protos.v1.Channel.newBuilder()
            .setName(channel.name())
            .setProtocol(
                switch (channel.protocol()) {
                  case OPENAI_CHAT -> Protocol.OPENAI_CHAT;
                  case OPENAI_RESPONSES -> Protocol.OPENAI_RESPONSES;
                  case ANTHROPIC -> Protocol.ANTHROPIC;
                  case GEMINI -> Protocol.GEMINI;
                })
            .setBaseUrl(baseUrl)
            .setPosition(position)
            .setPriority(channel.priority())
            .setWeight(channel.weight())
            .setTimeouts(
                Timeouts.newBuilder()
                    .setConnect(proto(timeouts.connect()))
                    .setFirstToken(proto(timeouts.firstToken()))
                    .setIdle(proto(timeouts.idle()))
                    .setRequest(proto(timeouts.request()))
                    .setStream(proto(timeouts.stream())))
            .setLimits(limits(channel.limits()))
            .addAllFailoverOn(channel.failoverOn())
            .setSignatures(channel.signatures())
            .setThinkingToContent(channel.thinkingToContent())
            .setBreaker(
                Breaker.newBuilder()
                    .setFailures(channel.breaker().failures())
                    .setShare(channel.breaker().share())
                    .setRest(proto(channel.breaker().rest())));
    channel.maxRetries().ifPresent(metadata::setMaxRetries);
    FetchMedia fetchMedia = channel.fetchMedia();
    if (fetchMedia != null) {
      metadata.setFetchMedia(
          dev.sluice.protos.v1.FetchMedia.newBuilder()
              .setMaxSize(fetchMedia.maxSize())
              .setTimeout(proto(fetchMedia.timeout())));
    }
    AnthropicBeta beta = channel.anthropicBeta();
    if (beta != null) {
      metadata.setAnthropicBeta(
          dev.sluice.protos.v1.AnthropicBeta.newBuilder()
              .setAll(beta.all())
              .addAllValues(beta.values()));
    }
    channel
        .accounts()
        .forEach(
            account ->
                metadata.addAccounts(
                    Account.newBuilder()
                        .setName(account.name())
                        .setPriority(account.priority())
                        .addAllGroups(account.groups())));
    channel
        .models()
        .forEach(
            model ->
                metadata.addModels(
                    Model.newBuilder()
                        .setAlias(model.alias())
                        .setModel(model.model())
                        .setMatch(model.match())
                        .setQuality(model.quality())));
    channel.prices().forEach(price -> metadata.addPrices(price(price)));
    return metadata.build();
  }

  static Limits limits(Configuration.Limits limits) {
    return Limits.newBuilder()
        .setRpm(limits.rpm())
        .setTpm(limits.tpm())
        .setConcurrency(limits.concurrency())
        .build();
  }

  private static Price price(Configuration.Price price) {
    var written = Price.newBuilder().setModel(price.model());
    given(price.input(), written::setInput);
    given(price.cachedInput(), written::setCachedInput);
    given(price.cacheWrite(), written::setCacheWrite);
    given(price.cacheWriteHour(), written::setCacheWriteHour);
    given(price.output(), written::setOutput);
    given(price.reasoning(), written::setReasoning);
    given(price.audioInput(), written::setAudioInput);
    given(price.audioOutput(), written::setAudioOutput);
    given(price.perCall(), written::setPerCall);
    given(price.perImage(), written::setPerImage);
    given(price.perSecond(), written::setPerSecond);
    if (price.from() != null) {
      written.setFrom(price.from().toString());
    }
    return written.build();
  }

  private static void given(@Nullable Double price, DoubleConsumer write) {
    if (price != null) {
      write.accept(price);
    }
  }
}
