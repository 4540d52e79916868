package dev.sluice.exchange;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.Duration;
import com.google.protobuf.ExtensionRegistryLite;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.WireFormat;
import com.google.protobuf.util.Durations;
import dev.sluice.protos.AttemptLog;
import dev.sluice.protos.Headers;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.data.accesslog.v3.AccessLogCommon;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPAccessLogEntry;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPResponseProperties;
import io.envoyproxy.envoy.data.accesslog.v3.ResponseFlags;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage.HTTPAccessLogEntries;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

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

  /**
   * The entries of a {@code StreamAccessLogsMessage}, as Envoy sends it.
   *
   * @throws IOException it is none
   */
  static List<Entry> all(CodedInputStream in) throws IOException {
    var entries = new ArrayList<Entry>();
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      if (WireFormat.getTagFieldNumber(tag) == StreamAccessLogsMessage.HTTP_LOGS_FIELD_NUMBER) {
        Protobuf.each(
            in,
            HTTPAccessLogEntries.LOG_ENTRY_FIELD_NUMBER,
            entry -> entries.add(Protobuf.read(entry, Entry::of)));
      } else {
        in.skipField(tag);
      }
    }
    return entries;
  }

  private static Entry of(CodedInputStream in) throws IOException {
    Common common = Common.NONE;
    Response response = Response.NONE;
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case HTTPAccessLogEntry.COMMON_PROPERTIES_FIELD_NUMBER ->
            common = Protobuf.read(in, Common::of);
        case HTTPAccessLogEntry.RESPONSE_FIELD_NUMBER -> response = Protobuf.read(in, Response::of);
        default -> in.skipField(tag);
      }
    }
    ResponseFlags flags = common.flags();
    boolean left = flags.getDownstreamConnectionTermination() || flags.getDownstreamRemoteReset();
    List<String> words = words(flags);
    return new Entry(
        common.known().getOrDefault(AttemptLog.ID, ""),
        String.join(",", words),
        left,
        !left && !words.isEmpty(),
        common.nanos(),
        response.bytes(),
        common.said(),
        common.known(),
        response.status(),
        response.failover());
  }

  /** What stands in an entry's {@code AccessLogCommon}. */
  private record Common(
      ResponseFlags flags, long nanos, Map<String, String> said, Map<String, String> known) {
    private static final Common NONE =
        new Common(ResponseFlags.getDefaultInstance(), 0, Map.of(), Map.of());

    static Common of(CodedInputStream in) throws IOException {
      ResponseFlags flags = NONE.flags();
      long nanos = 0;
      var metadata = new HashMap<String, Map<String, String>>();
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (WireFormat.getTagFieldNumber(tag)) {
          case AccessLogCommon.RESPONSE_FLAGS_FIELD_NUMBER ->
              flags =
                  in.readMessage(ResponseFlags.parser(), ExtensionRegistryLite.getEmptyRegistry());
          case AccessLogCommon.DURATION_FIELD_NUMBER ->
              nanos =
                  Durations.toNanos(
                      in.readMessage(Duration.parser(), ExtensionRegistryLite.getEmptyRegistry()));
          case AccessLogCommon.METADATA_FIELD_NUMBER ->
              Protobuf.each(
                  in,
                  Metadata.FILTER_METADATA_FIELD_NUMBER,
                  one -> {
                    Protobuf.Named<Map<String, String>> named =
                        Protobuf.named(one, Protobuf::texts);
                    metadata.put(named.name(), Objects.requireNonNullElse(named.value(), Map.of()));
                  });
          default -> in.skipField(tag);
        }
      }
      return new Common(
          flags,
          nanos,
          metadata.getOrDefault(AttemptLog.SAID, Map.of()),
          metadata.getOrDefault(AttemptLog.ATTEMPT, Map.of()));
    }
  }

  /** What stands in an entry's {@code HTTPResponseProperties}. */
  private record Response(int status, long bytes, boolean failover) {
    private static final Response NONE = new Response(0, 0, false);

    static Response of(CodedInputStream in) throws IOException {
      int status = 0;
      long bytes = 0;
      boolean failover = false;
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (WireFormat.getTagFieldNumber(tag)) {
          case HTTPResponseProperties.RESPONSE_CODE_FIELD_NUMBER ->
              status =
                  in.readMessage(UInt32Value.parser(), ExtensionRegistryLite.getEmptyRegistry())
                      .getValue();
          case HTTPResponseProperties.RESPONSE_BODY_BYTES_FIELD_NUMBER -> bytes = in.readUInt64();
          case HTTPResponseProperties.RESPONSE_HEADERS_FIELD_NUMBER ->
              failover |= Protobuf.read(in, Protobuf::name).equals(Headers.FAILOVER);
          default -> in.skipField(tag);
        }
      }
      return new Response(status, bytes, failover);
    }
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
