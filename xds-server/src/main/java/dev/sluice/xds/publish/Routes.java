package dev.sluice.xds.publish;

import com.github.xds.core.v3.TypedExtensionConfig;
import com.github.xds.type.matcher.v3.Matcher;
import com.github.xds.type.matcher.v3.Matcher.MatcherTree.MatchMap;
import com.github.xds.type.matcher.v3.Matcher.OnMatch;
import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.UInt64Value;
import com.google.protobuf.UnknownFieldSet;
import dev.sluice.protos.Headers;
import dev.sluice.protos.Xds;
import dev.sluice.xds.configuration.Configuration;
import dev.sluice.xds.configuration.Configuration.Channel;
import dev.sluice.xds.configuration.Configuration.Group;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.route.v3.DirectResponseAction;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.HedgePolicy;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.type.matcher.v3.HttpRequestHeaderMatchInput;
import java.time.Duration;
import java.util.Collection;
import java.util.List;

/** The edge's one route, with retries and hedging, and the attempt listener's, with timeouts. */
final class Routes {
  /** The edge's route configuration, for both of its listeners. */
  static final String EDGE = "edge";

  private static final long BUFFER_SLACK = 1 << 20;
  private static final int REQUEST_BODY_BUFFER_LIMIT = 25;
  private static final List<String> BETWEEN_US =
      List.of(Headers.CLUSTER, Headers.MODE, Headers.FAILOVER, Headers.COMMIT, Headers.HELD);

  /** What no provider needs to know. */
  private static final List<String> NOT_FOR_PROVIDERS =
      List.of(
          Headers.CLUSTER,
          Headers.MODE,
          Headers.FAILOVER,
          Headers.CLIENT,
          Headers.COMMIT,
          Headers.KEPT,
          "x-sluice-strict",
          "x-request-id",
          "x-forwarded-for",
          "x-forwarded-proto",
          "x-forwarded-host",
          "x-forwarded-port",
          "x-real-ip",
          "forwarded",
          "via",
          "x-envoy-attempt-count",
          "x-envoy-external-address",
          "x-envoy-internal",
          "x-envoy-original-path",
          "x-envoy-original-host",
          "x-envoy-expected-rq-timeout-ms");

  private static final RouteMatch EVERYTHING = RouteMatch.newBuilder().setPrefix("/").build();

  /** Before extproc has chosen, and where it has chosen what is no longer there. */
  private static final OnMatch NONE =
      taken(
          Route.newBuilder()
              .setName("none")
              .setMatch(EVERYTHING)
              .setDirectResponse(DirectResponseAction.newBuilder().setStatus(404)));

  private Routes() {}

  /** The edge's: nobody outside may say that the keeper holds a stream. */
  static RouteConfiguration edge(Configuration configuration) {
    return configuration(EDGE, configuration).addRequestHeadersToRemove(Headers.KEPT).build();
  }

  /** The inner listener's: the same, for what the keeper sends on. */
  static RouteConfiguration inner(Configuration configuration) {
    return configuration(Xds.INNER, configuration).build();
  }

  private static RouteConfiguration.Builder configuration(
      String name, Configuration configuration) {
    int attempts = configuration.groups().stream().mapToInt(Group::maxAttempts).max().orElse(1);
    Duration hedge =
        configuration.groups().stream()
            .map(Group::hedgeAfter)
            .filter(Duration::isPositive)
            .min(Duration::compareTo)
            .orElse(Duration.ZERO);
    var retry =
        RetryPolicy.newBuilder()
            // 500 without a last word of Java's is Envoy's own, when extproc died in the middle.
            .setRetryOn("retriable-headers,gateway-error,connect-failure,retriable-status-codes")
            .addRetriableStatusCodes(500)
            // One stream more than attempts: on the last one Java only says why all have failed.
            .setNumRetries(UInt32Value.of(hedge.isPositive() ? 2 * attempts : attempts))
            .addRetriableHeaders(
                HeaderMatcher.newBuilder().setName(Headers.FAILOVER).setPresentMatch(true))
            .setRetryBackOff(
                RetryPolicy.RetryBackOff.newBuilder()
                    .setBaseInterval(Clusters.proto(Duration.ofMillis(5)))
                    .setMaxInterval(Clusters.proto(Duration.ofMillis(50))));
    var action =
        RouteAction.newBuilder().setCluster(Xds.ATTEMPT).setTimeout(Clusters.proto(Duration.ZERO));
    if (hedge.isPositive()) {
      retry.setPerTryTimeout(Clusters.proto(hedge));
      action.setHedgePolicy(HedgePolicy.newBuilder().setHedgeOnPerTryTimeout(true));
    }
    return RouteConfiguration.newBuilder()
        .setName(name)
        .setValidateClusters(BoolValue.of(false))
        .addAllRequestHeadersToRemove(BETWEEN_US)
        .addAllResponseHeadersToRemove(BETWEEN_US)
        .addResponseHeadersToRemove(Headers.FINAL)
        .addVirtualHosts(
            VirtualHost.newBuilder()
                .setName("all")
                .addDomains("*")
                .setIncludeRequestAttemptCount(true)
                .setUnknownFields(bufferLimit(configuration.edge().maxRequestBody() + BUFFER_SLACK))
                .addRoutes(edge("/v1/messages", Headers.ANTHROPIC, action.setRetryPolicy(retry)))
                .addRoutes(edge("/v1beta/", Headers.GEMINI, action))
                .addRoutes(edge("/", Headers.OPENAI, action)));
  }

  private static Route edge(String prefix, String client, RouteAction.Builder action) {
    return Route.newBuilder()
        .setName(client)
        .setMatch(RouteMatch.newBuilder().setPrefix(prefix))
        .setRoute(action)
        .addRequestHeadersToAdd(
            HeaderValueOption.newBuilder()
                .setAppendAction(HeaderValueOption.HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD)
                .setHeader(HeaderValue.newBuilder().setKey(Headers.CLIENT).setValue(client)))
        .build();
  }

  /**
   * {@code VirtualHost.request_body_buffer_limit}, a UInt64Value, without which a body over 1 MiB
   * is not replayed. The API artifact is older than the field, so it goes in by its number.
   */
  private static UnknownFieldSet bufferLimit(long bytes) {
    return UnknownFieldSet.newBuilder()
        .addField(
            REQUEST_BODY_BUFFER_LIMIT,
            UnknownFieldSet.Field.newBuilder()
                .addLengthDelimited(UInt64Value.of(bytes).toByteString())
                .build())
        .build();
  }

  /** One look for the cluster and one for the mode, however many channels there are. */
  static RouteConfiguration attempt(Collection<Channel> channels) {
    var byCluster = MatchMap.newBuilder();
    for (Channel channel : channels) {
      OnMatch byMode = byMode(channel);
      for (String url : channel.baseUrls()) {
        byCluster.putMap(Xds.cluster(channel.name(), url), byMode);
      }
    }
    byCluster.putMap(
        Xds.KEEPER,
        taken(
            Route.newBuilder()
                .setName(Xds.KEEPER)
                .setMatch(EVERYTHING)
                .setRoute(
                    RouteAction.newBuilder()
                        .setCluster(Xds.KEEPER)
                        .setTimeout(Clusters.proto(Duration.ZERO)))));
    return RouteConfiguration.newBuilder()
        .setName(Xds.ATTEMPT)
        .setValidateClusters(BoolValue.of(false))
        .addVirtualHosts(
            VirtualHost.newBuilder()
                .setName("all")
                .addDomains("*")
                .setMatcher(by(Headers.CLUSTER, byCluster).setOnNoMatch(NONE)))
        .build();
  }

  private static OnMatch byMode(Channel channel) {
    Configuration.Timeouts timeouts = channel.timeouts();
    var modes =
        MatchMap.newBuilder()
            .putMap(
                Headers.STREAM,
                taken(
                    route(
                        channel,
                        Headers.STREAM,
                        timeouts.stream(),
                        longer(timeouts.idle(), timeouts.firstToken()))))
            .putMap(
                Headers.WHOLE,
                taken(
                    route(
                        channel,
                        Headers.WHOLE,
                        timeouts.request(),
                        longer(timeouts.idle(), timeouts.request()))));
    return OnMatch.newBuilder().setMatcher(by(Headers.MODE, modes)).build();
  }

  private static Matcher.Builder by(String header, MatchMap.Builder values) {
    return Matcher.newBuilder()
        .setMatcherTree(
            Matcher.MatcherTree.newBuilder()
                .setInput(
                    TypedExtensionConfig.newBuilder()
                        .setName(header)
                        .setTypedConfig(
                            Any.pack(
                                HttpRequestHeaderMatchInput.newBuilder()
                                    .setHeaderName(header)
                                    .build())))
                .setExactMatchMap(values));
  }

  private static OnMatch taken(Route.Builder route) {
    return OnMatch.newBuilder()
        .setAction(
            TypedExtensionConfig.newBuilder()
                .setName(route.getName())
                .setTypedConfig(Any.pack(route.build())))
        .build();
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) >= 0 ? one : other;
  }

  private static Route.Builder route(
      Channel channel, String mode, Duration timeout, Duration idle) {
    return Route.newBuilder()
        .setName(channel.name() + "/" + mode)
        .addAllRequestHeadersToRemove(NOT_FOR_PROVIDERS)
        .setMatch(EVERYTHING)
        .setRoute(
            RouteAction.newBuilder()
                .setClusterHeader(Headers.CLUSTER)
                .setTimeout(Clusters.proto(timeout))
                .setIdleTimeout(Clusters.proto(idle)));
  }
}
