package dev.sluice.xds.publish;

import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import dev.sluice.protos.AttemptLog;
import dev.sluice.protos.Headers;
import dev.sluice.protos.Xds;
import dev.sluice.xds.configuration.Configuration;
import dev.sluice.xds.configuration.Configuration.HostPort;
import dev.sluice.xds.configuration.Configuration.Https;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLogFilter;
import io.envoyproxy.envoy.config.accesslog.v3.AndFilter;
import io.envoyproxy.envoy.config.accesslog.v3.ExtensionFilter;
import io.envoyproxy.envoy.config.accesslog.v3.HeaderFilter;
import io.envoyproxy.envoy.config.common.mutation_rules.v3.HeaderMutationRules;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Pipe;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter;
import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor;
import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.MetadataOptions;
import io.envoyproxy.envoy.extensions.filters.http.ext_proc.v3.ProcessingMode;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.CodecType;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ServerHeaderTransformation;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.LocalReplyConfig;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.ResponseMapper;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The listeners: the edge over HTTP and over TLS, and the internal one for attempts. They depend on
 * nothing but the edge's own settings, so that no change of a channel ever drains a connection.
 */
final class Listeners {
  /** The secret with the edge's certificate. */
  static final String CERTIFICATE = "edge/certificate";

  /** Longer than any held header: Java's own timers and the routes' timeouts end it before. */
  private static final Duration MESSAGE_TIMEOUT = Duration.ofHours(1);

  private static final Duration EDGE_IDLE = Duration.ofHours(1);
  private static final int BUFFER = 1 << 20;

  /** So much of one client's body is read before all others have their turn. */
  private static final int EDGE_BUFFER = 64 * 1024;

  private Listeners() {}

  static List<Listener> of(Configuration configuration, String inner, String journal) {
    var listeners = new ArrayList<Listener>();
    HostPort http = configuration.edge().http();
    if (http != null) {
      listeners.add(
          edge(
              Xds.EDGE_HTTP,
              http,
              FilterChain.newBuilder().addFilters(edgeManager(Routes.EDGE)).build()));
    }
    Https https = configuration.edge().https();
    if (https != null) {
      listeners.add(
          edge(
              Xds.EDGE_HTTPS,
              https.address(),
              FilterChain.newBuilder()
                  .setTransportSocket(tls())
                  .addFilters(edgeManager(Routes.EDGE))
                  .build()));
    }
    if (!inner.isEmpty()) {
      listeners.add(inner(inner));
    }
    listeners.add(attempt(journal));
    return listeners;
  }

  private static Listener edge(String name, HostPort address, FilterChain chain) {
    return Listener.newBuilder()
        .setName(name)
        .setAddress(
            Address.newBuilder()
                .setSocketAddress(
                    SocketAddress.newBuilder()
                        .setAddress(
                            address.host().equals("localhost") ? "127.0.0.1" : address.host())
                        .setPortValue(address.port())))
        .setPerConnectionBufferLimitBytes(UInt32Value.of(EDGE_BUFFER))
        .addFilterChains(chain)
        .build();
  }

  /** Where the keeper sends on what it holds: an edge that only this machine can reach. */
  private static Listener inner(String path) {
    return Listener.newBuilder()
        .setName(Xds.INNER)
        .setAddress(Address.newBuilder().setPipe(Pipe.newBuilder().setPath(path).setMode(0600)))
        .setPerConnectionBufferLimitBytes(UInt32Value.of(EDGE_BUFFER))
        .addFilterChains(FilterChain.newBuilder().addFilters(filter(innerManager())))
        .build();
  }

  private static TransportSocket tls() {
    var context =
        DownstreamTlsContext.newBuilder()
            .setCommonTlsContext(
                CommonTlsContext.newBuilder()
                    .addAlpnProtocols("h2")
                    .addAlpnProtocols("http/1.1")
                    .addTlsCertificateSdsSecretConfigs(
                        SdsSecretConfig.newBuilder().setName(CERTIFICATE).setSdsConfig(ads())));
    return TransportSocket.newBuilder()
        .setName("envoy.transport_sockets.tls")
        .setTypedConfig(Any.pack(context.build()))
        .build();
  }

  private static ConfigSource ads() {
    return ConfigSource.newBuilder()
        .setAds(AggregatedConfigSource.getDefaultInstance())
        .setResourceApiVersion(ApiVersion.V3)
        .build();
  }

  private static Filter edgeManager(String routes) {
    return filter(manager(routes));
  }

  /** The edge's own request id stands in what the keeper sends on. */
  private static HttpConnectionManager.Builder innerManager() {
    return manager(Xds.INNER).setPreserveExternalRequestId(true);
  }

  private static HttpConnectionManager.Builder manager(String routes) {
    return HttpConnectionManager.newBuilder()
        .setStatPrefix(routes)
        .setCodecType(CodecType.AUTO)
        .setUseRemoteAddress(BoolValue.of(true))
        .setGenerateRequestId(BoolValue.of(true))
        .setAlwaysSetRequestIdInResponse(true)
        .setServerHeaderTransformation(ServerHeaderTransformation.PASS_THROUGH)
        .setNormalizePath(BoolValue.of(true))
        .setMergeSlashes(true)
        .setStreamIdleTimeout(Clusters.proto(EDGE_IDLE))
        .setRequestTimeout(Clusters.proto(Duration.ofMinutes(5)))
        .setRequestHeadersTimeout(Clusters.proto(Duration.ofSeconds(10)))
        .setCommonHttpProtocolOptions(
            HttpProtocolOptions.newBuilder()
                .setIdleTimeout(Clusters.proto(Duration.ofMinutes(10)))
                .setHeadersWithUnderscoresAction(
                    HttpProtocolOptions.HeadersWithUnderscoresAction.DROP_HEADER))
        .setRds(rds(routes))
        .setLocalReplyConfig(edgeReplies())
        .addHttpFilters(router());
  }

  private static Listener attempt(String journal) {
    var manager =
        HttpConnectionManager.newBuilder()
            .setStatPrefix(Xds.ATTEMPT)
            .setCodecType(CodecType.HTTP2)
            .setHttp2ProtocolOptions(Clusters.inside())
            .setUseRemoteAddress(BoolValue.of(false))
            .setSkipXffAppend(true)
            .setPreserveExternalRequestId(true)
            .setServerHeaderTransformation(ServerHeaderTransformation.PASS_THROUGH)
            .setStreamIdleTimeout(Clusters.proto(EDGE_IDLE))
            .setRds(rds(Xds.ATTEMPT))
            .setLocalReplyConfig(attemptReplies())
            .addAccessLog(Metering.accessLog())
            .addHttpFilters(Metering.usage())
            .addHttpFilters(extProc())
            .addHttpFilters(router());
    if (!journal.isEmpty()) {
      manager.addAccessLog(Metering.journal(journal));
    }
    return Listener.newBuilder()
        .setName(Xds.ATTEMPT)
        .setInternalListener(Listener.InternalListenerConfig.getDefaultInstance())
        .setPerConnectionBufferLimitBytes(UInt32Value.of(BUFFER))
        .addFilterChains(FilterChain.newBuilder().addFilters(filter(manager)))
        .build();
  }

  private static Filter filter(HttpConnectionManager.Builder manager) {
    return Filter.newBuilder()
        .setName("envoy.filters.network.http_connection_manager")
        .setTypedConfig(Any.pack(manager.build()))
        .build();
  }

  private static Rds rds(String name) {
    return Rds.newBuilder().setRouteConfigName(name).setConfigSource(ads()).build();
  }

  private static HttpFilter router() {
    return HttpFilter.newBuilder()
        .setName("envoy.filters.http.router")
        .setTypedConfig(
            Any.pack(
                Router.newBuilder()
                    .setSuppressEnvoyHeaders(true)
                    // What became of a request is in extproc's metrics; these cost each request.
                    .setDynamicStats(BoolValue.of(false))
                    .build()))
        .build();
  }

  private static HttpFilter extProc() {
    var config =
        ExternalProcessor.newBuilder()
            .setGrpcService(
                GrpcService.newBuilder()
                    .setEnvoyGrpc(
                        GrpcService.EnvoyGrpc.newBuilder().setClusterName(Xds.EXTPROC_CLUSTER)))
            .setFailureModeAllow(false)
            .setSendBodyWithoutWaitingForHeaderResponse(true)
            .setMessageTimeout(Clusters.proto(MESSAGE_TIMEOUT))
            .addResponseAttributes("response.code_details")
            .setMetadataOptions(
                MetadataOptions.newBuilder()
                    .setReceivingNamespaces(
                        MetadataOptions.MetadataNamespaces.newBuilder()
                            .addUntyped(AttemptLog.ATTEMPT)))
            .setMutationRules(
                HeaderMutationRules.newBuilder()
                    .setAllowAllRouting(BoolValue.of(true))
                    .setAllowEnvoy(BoolValue.of(true)))
            .setProcessingMode(
                ProcessingMode.newBuilder()
                    .setRequestHeaderMode(ProcessingMode.HeaderSendMode.SEND)
                    .setRequestBodyMode(ProcessingMode.BodySendMode.FULL_DUPLEX_STREAMED)
                    .setRequestTrailerMode(ProcessingMode.HeaderSendMode.SEND)
                    .setResponseHeaderMode(ProcessingMode.HeaderSendMode.SEND)
                    .setResponseBodyMode(ProcessingMode.BodySendMode.STREAMED)
                    .setResponseTrailerMode(ProcessingMode.HeaderSendMode.SKIP));
    return HttpFilter.newBuilder()
        .setName("envoy.filters.http.ext_proc")
        .setTypedConfig(Any.pack(config.build()))
        .build();
  }

  // ---- what Envoy itself says, in the client's words

  /**
   * Only what Envoy says when Java is gone; what Java itself answers through ext_proc stays as it
   * is.
   */
  private static AccessLogFilter extProcFailed() {
    return AccessLogFilter.newBuilder()
        .setExtensionFilter(
            ExtensionFilter.newBuilder()
                .setName("envoy.access_loggers.extension_filters.cel")
                .setTypedConfig(
                    Any.pack(
                        ExpressionFilter.newBuilder()
                            .setExpression("!response.code_details.startsWith('sluice')")
                            .build())))
        .build();
  }

  /** For the edge, where the path is still the client's. */
  private static LocalReplyConfig edgeReplies() {
    return LocalReplyConfig.newBuilder()
        .addMappers(mapper(begins(":path", "/v1/messages"), anthropic()))
        .addMappers(mapper(begins(":path", "/v1beta/"), gemini()))
        .addMappers(mapper(begins(":path", "/"), openai()))
        .build();
  }

  /** For attempts, where the edge has written down whose errors the client understands. */
  private static LocalReplyConfig attemptReplies() {
    return LocalReplyConfig.newBuilder()
        .addMappers(mapper(extProcAnd(Headers.ANTHROPIC), anthropic()))
        .addMappers(mapper(extProcAnd(Headers.GEMINI), gemini()))
        .addMappers(mapper(extProcAnd(Headers.OPENAI), openai()))
        .build();
  }

  private static AccessLogFilter extProcAnd(String client) {
    return AccessLogFilter.newBuilder()
        .setAndFilter(
            AndFilter.newBuilder()
                .addFilters(extProcFailed())
                .addFilters(begins(Headers.CLIENT, client)))
        .build();
  }

  private static AccessLogFilter begins(String header, String prefix) {
    return AccessLogFilter.newBuilder()
        .setHeaderFilter(
            HeaderFilter.newBuilder()
                .setHeader(
                    HeaderMatcher.newBuilder()
                        .setName(header)
                        .setStringMatch(StringMatcher.newBuilder().setPrefix(prefix))))
        .build();
  }

  private static ResponseMapper mapper(AccessLogFilter when, Struct json) {
    return ResponseMapper.newBuilder()
        .setFilter(when)
        .setBodyFormatOverride(SubstitutionFormatString.newBuilder().setJsonFormat(json))
        .build();
  }

  private static final String MESSAGE =
      "The gateway could not complete the request (%RESPONSE_CODE_DETAILS%).";

  private static Struct openai() {
    return struct(
        "error",
        Value.newBuilder()
            .setStructValue(
                Struct.newBuilder()
                    .putFields("message", text(MESSAGE))
                    .putFields("type", text("server_error"))
                    .putFields("code", text("gateway_error")))
            .build());
  }

  private static Struct anthropic() {
    return struct(
            "error",
            Value.newBuilder()
                .setStructValue(
                    Struct.newBuilder()
                        .putFields("type", text("api_error"))
                        .putFields("message", text(MESSAGE)))
                .build())
        .toBuilder()
        .putFields("type", text("error"))
        .build();
  }

  private static Struct gemini() {
    return struct(
        "error",
        Value.newBuilder()
            .setStructValue(
                Struct.newBuilder()
                    .putFields("code", text("%RESPONSE_CODE%"))
                    .putFields("message", text(MESSAGE))
                    .putFields("status", text("UNAVAILABLE")))
            .build());
  }

  private static Struct struct(String name, Value value) {
    return Struct.newBuilder().putFields(name, value).build();
  }

  private static Value text(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }
}
