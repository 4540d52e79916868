package dev.sluice.exchange;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.google.protobuf.util.Durations;
import dev.sluice.protos.AttemptLog;
import io.envoyproxy.envoy.data.accesslog.v3.AccessLogCommon;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPAccessLogEntry;
import io.envoyproxy.envoy.data.accesslog.v3.ResponseFlags;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What Envoy's access log says of an attempt when its stream is over.
 *
 * @param id by what we know it again
 * @param flags Envoy's response flags, joined by commas; empty: none
 * @param left whether the other side of the client was gone before the end
 * @param broken whether the provider was, or a timeout of Envoy's came
 * @param nanos from the attempt's first byte at Envoy to its last
 * @param bytes of the answer's body that went to the edge
 * @param said what stood in a released stream's events, by the paths of {@link AttemptLog}
 */
record Entry(
    String id,
    String flags,
    boolean left,
    boolean broken,
    long nanos,
    long bytes,
    Map<String, String> said) {

  /** Copies the map. */
  Entry {
    said = Map.copyOf(said);
  }

  static Entry of(HTTPAccessLogEntry log) {
    AccessLogCommon common = log.getCommonProperties();
    Map<String, Struct> metadata = common.getMetadata().getFilterMetadataMap();
    Struct attempt = metadata.getOrDefault(AttemptLog.ATTEMPT, Struct.getDefaultInstance());
    var said = new HashMap<String, String>();
    metadata
        .getOrDefault(AttemptLog.SAID, Struct.getDefaultInstance())
        .getFieldsMap()
        .forEach((path, value) -> said.put(path, value.getStringValue()));
    ResponseFlags flags = common.getResponseFlags();
    boolean left = flags.getDownstreamConnectionTermination() || flags.getDownstreamRemoteReset();
    List<String> words = words(flags);
    return new Entry(
        attempt
            .getFieldsMap()
            .getOrDefault(AttemptLog.ID, Value.getDefaultInstance())
            .getStringValue(),
        String.join(",", words),
        left,
        !left && !words.isEmpty(),
        Durations.toNanos(common.getDuration()),
        log.getResponse().getResponseBodyBytes(),
        said);
  }

  /** As Envoy's text logs abbreviate them. */
  private static List<String> words(ResponseFlags flags) {
    var words = new ArrayList<String>();
    add(words, "LH", flags.getFailedLocalHealthcheck());
    add(words, "UH", flags.getNoHealthyUpstream());
    add(words, "UT", flags.getUpstreamRequestTimeout());
    add(words, "LR", flags.getLocalReset());
    add(words, "UR", flags.getUpstreamRemoteReset());
    add(words, "UF", flags.getUpstreamConnectionFailure());
    add(words, "UC", flags.getUpstreamConnectionTermination());
    add(words, "UO", flags.getUpstreamOverflow());
    add(words, "NR", flags.getNoRouteFound());
    add(words, "RL", flags.getRateLimited());
    add(words, "DC", flags.getDownstreamConnectionTermination());
    add(words, "URX", flags.getUpstreamRetryLimitExceeded());
    add(words, "SI", flags.getStreamIdleTimeout());
    add(words, "IH", flags.getInvalidEnvoyRequestHeaders());
    add(words, "DPE", flags.getDownstreamProtocolError());
    add(words, "UMSDR", flags.getUpstreamMaxStreamDurationReached());
    add(words, "DT", flags.getDurationTimeout());
    add(words, "UPE", flags.getUpstreamProtocolError());
    add(words, "NC", flags.getNoClusterFound());
    add(words, "OM", flags.getOverloadManager());
    add(words, "DF", flags.getDnsResolutionFailure());
    add(words, "DR", flags.getDownstreamRemoteReset());
    return words;
  }

  private static void add(List<String> words, String word, boolean is) {
    if (is) {
      words.add(word);
    }
  }
}
