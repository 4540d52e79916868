package dev.sluice.exchange;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.Struct;
import com.google.protobuf.util.Durations;
import dev.sluice.protos.AttemptLog;
import dev.sluice.protos.Headers;
import io.envoyproxy.envoy.data.accesslog.v3.AccessLogCommon;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPAccessLogEntry;
import io.envoyproxy.envoy.data.accesslog.v3.ResponseFlags;
import java.io.IOException;
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
 * @param known what we knew ourselves, by the keys of {@link AttemptLog#ATTEMPT}
 * @param status what went to the edge
 * @param failover whether the edge was asked for another attempt
 */
record Entry(
    String id,
    String flags,
    boolean left,
    boolean broken,
    long nanos,
    long bytes,
    Map<String, String> said,
    Map<String, String> known,
    int status,
    boolean failover) {

  private static final long NANOS_OF_A_MILLISECOND = 1_000_000;

  /** Copies the maps. */
  Entry {
    said = Map.copyOf(said);
    known = Map.copyOf(known);
  }

  /** One of which we know the rest. */
  Entry(
      String id,
      String flags,
      boolean left,
      boolean broken,
      long nanos,
      long bytes,
      Map<String, String> said) {
    this(id, flags, left, broken, nanos, bytes, said, Map.of(), 0, false);
  }

  /**
   * A line of the journal.
   *
   * @throws IOException it is none
   */
  static Entry of(JsonNode line) throws IOException {
    Map<String, String> known = texts(line.path("attempt"));
    String id = known.get(AttemptLog.ID);
    if (id == null) {
      throw new IOException("a line of the journal names no attempt");
    }
    String said = line.path("flags").asText("");
    String flags = line.path("flags").isNull() || said.equals("-") ? "" : said;
    List<String> words = List.of(flags.split(",", -1));
    boolean left = words.contains("DC") || words.contains("DR");
    return new Entry(
        id,
        flags,
        left,
        !left && !flags.isEmpty(),
        line.path("ms").asLong() * NANOS_OF_A_MILLISECOND,
        line.path("bytes").asLong(),
        texts(line.path("said")),
        known,
        line.path("status").asInt(),
        line.path("failover").asText().equals("1"));
  }

  private static Map<String, String> texts(JsonNode struct) {
    var texts = new HashMap<String, String>();
    struct.properties().forEach(each -> texts.put(each.getKey(), each.getValue().asText()));
    return texts;
  }

  /** An entry as Envoy sends it. */
  static Entry of(HTTPAccessLogEntry log) {
    AccessLogCommon common = log.getCommonProperties();
    Map<String, Struct> metadata = common.getMetadata().getFilterMetadataMap();
    Map<String, String> known = texts(metadata, AttemptLog.ATTEMPT);
    ResponseFlags flags = common.getResponseFlags();
    boolean left = flags.getDownstreamConnectionTermination() || flags.getDownstreamRemoteReset();
    List<String> words = words(flags);
    return new Entry(
        known.getOrDefault(AttemptLog.ID, ""),
        String.join(",", words),
        left,
        !left && !words.isEmpty(),
        Durations.toNanos(common.getDuration()),
        log.getResponse().getResponseBodyBytes(),
        texts(metadata, AttemptLog.SAID),
        known,
        log.getResponse().getResponseCode().getValue(),
        log.getResponse().getResponseHeadersMap().containsKey(Headers.FAILOVER));
  }

  private static Map<String, String> texts(Map<String, Struct> metadata, String namespace) {
    var texts = new HashMap<String, String>();
    metadata
        .getOrDefault(namespace, Struct.getDefaultInstance())
        .getFieldsMap()
        .forEach((name, value) -> texts.put(name, value.getStringValue()));
    return texts;
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
