package dev.sluice.xds.publish;

import static java.util.Objects.requireNonNull;

import com.github.xds.core.v3.TypedExtensionConfig;
import com.github.xds.type.matcher.v3.Matcher;
import com.github.xds.type.matcher.v3.StringMatcher;
import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import dev.sluice.protos.AttemptLog;
import dev.sluice.protos.Headers;
import dev.sluice.protos.Xds;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLogFilter;
import io.envoyproxy.envoy.config.accesslog.v3.MetadataFilter;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.SubstitutionFormatString;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.envoyproxy.envoy.extensions.access_loggers.grpc.v3.CommonGrpcAccessLogConfig;
import io.envoyproxy.envoy.extensions.access_loggers.grpc.v3.HttpGrpcAccessLogConfig;
import io.envoyproxy.envoy.extensions.common.matching.v3.ExtensionWithMatcher;
import io.envoyproxy.envoy.extensions.filters.common.matcher.action.v3.SkipFilter;
import io.envoyproxy.envoy.extensions.filters.http.lua.v3.Lua;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.type.matcher.v3.HttpResponseHeaderMatchInput;
import io.envoyproxy.envoy.type.matcher.v3.MetadataMatcher;
import io.envoyproxy.envoy.type.matcher.v3.ValueMatcher;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** How Envoy says what an attempt used and how it ended. */
final class Metering {
  private static final Duration FLUSH = Duration.ofMillis(50);

  /** Entries of a busy gateway go out by time, not one by one. */
  private static final int BUFFER = 256 * 1024;

  private static final String METER = meter();

  private Metering() {}

  /** One entry for each attempt of extproc's, to extproc. */
  static AccessLog accessLog() {
    var config =
        HttpGrpcAccessLogConfig.newBuilder()
            .setCommonConfig(
                CommonGrpcAccessLogConfig.newBuilder()
                    .setLogName(AttemptLog.NAME)
                    .setTransportApiVersion(ApiVersion.V3)
                    .setBufferFlushInterval(Clusters.proto(FLUSH))
                    .setBufferSizeBytes(UInt32Value.of(BUFFER))
                    .setGrpcService(
                        GrpcService.newBuilder()
                            .setEnvoyGrpc(
                                GrpcService.EnvoyGrpc.newBuilder()
                                    .setClusterName(Xds.EXTPROC_CLUSTER))))
            .addAdditionalResponseHeadersToLog(Headers.FAILOVER);
    return AccessLog.newBuilder()
        .setName("envoy.access_loggers.http_grpc")
        .setFilter(attempts())
        .setTypedConfig(Any.pack(config.build()))
        .build();
  }

  /**
   * The same into a file that extproc reads after a start: what Envoy sends while extproc is away
   * is lost. extproc empties it from time to time.
   *
   * @param path in a folder that both can write in
   */
  static AccessLog journal(String path) {
    var line =
        Struct.newBuilder()
            .putFields("attempt", text("%DYNAMIC_METADATA(" + AttemptLog.ATTEMPT + ")%"))
            .putFields("said", text("%DYNAMIC_METADATA(" + AttemptLog.SAID + ")%"))
            .putFields("flags", text("%RESPONSE_FLAGS%"))
            .putFields("ms", text("%DURATION%"))
            .putFields("bytes", text("%BYTES_SENT%"))
            .putFields("status", text("%RESPONSE_CODE%"))
            .putFields("failover", text("%RESP(" + Headers.FAILOVER + ")%"));
    var config =
        FileAccessLog.newBuilder()
            .setPath(path)
            .setLogFormat(SubstitutionFormatString.newBuilder().setJsonFormat(line));
    return AccessLog.newBuilder()
        .setName("envoy.access_loggers.file")
        .setFilter(attempts())
        .setTypedConfig(Any.pack(config.build()))
        .build();
  }

  private static AccessLogFilter attempts() {
    return AccessLogFilter.newBuilder()
        .setMetadataFilter(
            MetadataFilter.newBuilder()
                .setMatcher(
                    MetadataMatcher.newBuilder()
                        .setFilter(AttemptLog.ATTEMPT)
                        .addPath(MetadataMatcher.PathSegment.newBuilder().setKey(AttemptLog.ID))
                        .setValue(ValueMatcher.newBuilder().setPresentMatch(true)))
                .setMatchIfKeyNotFound(BoolValue.of(false)))
        .build();
  }

  /**
   * Writes the usage in a stream's events into metadata, unless the stream passes extproc to its
   * end. It stands before extproc's filter, so that it sees answers after that.
   */
  static HttpFilter usage() {
    var held =
        Matcher.MatcherList.Predicate.SinglePredicate.newBuilder()
            .setInput(
                TypedExtensionConfig.newBuilder()
                    .setName("header")
                    .setTypedConfig(
                        Any.pack(
                            HttpResponseHeaderMatchInput.newBuilder()
                                .setHeaderName(Headers.HELD)
                                .build())))
            .setValueMatch(StringMatcher.newBuilder().setExact("true"));
    var skip =
        Matcher.OnMatch.newBuilder()
            .setAction(
                TypedExtensionConfig.newBuilder()
                    .setName("skip")
                    .setTypedConfig(Any.pack(SkipFilter.getDefaultInstance())));
    var config =
        ExtensionWithMatcher.newBuilder()
            .setXdsMatcher(
                Matcher.newBuilder()
                    .setMatcherList(
                        Matcher.MatcherList.newBuilder()
                            .addMatchers(
                                Matcher.MatcherList.FieldMatcher.newBuilder()
                                    .setPredicate(
                                        Matcher.MatcherList.Predicate.newBuilder()
                                            .setSinglePredicate(held))
                                    .setOnMatch(skip))))
            .setExtensionConfig(
                io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig.newBuilder()
                    .setName("envoy.filters.http.lua")
                    .setTypedConfig(
                        Any.pack(
                            Lua.newBuilder()
                                .setDefaultSourceCode(
                                    DataSource.newBuilder().setInlineString(METER))
                                .build())));
    return HttpFilter.newBuilder()
        .setName("envoy.filters.http.match_delegate")
        .setTypedConfig(Any.pack(config.build()))
        .build();
  }

  private static String meter() {
    try (InputStream in = Metering.class.getResourceAsStream("meter.lua")) {
      return new String(
          requireNonNull(in, "meter.lua stands beside this class").readAllBytes(),
          StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Value text(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }
}
