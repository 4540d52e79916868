package dev.sluice.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.UnknownFieldSet;
import com.google.protobuf.Value;
import dev.sluice.protos.AttemptLog;
import dev.sluice.protos.Headers;
import io.envoyproxy.envoy.config.core.v3.HeaderMap;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.data.accesslog.v3.AccessLogCommon;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPAccessLogEntry;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPRequestProperties;
import io.envoyproxy.envoy.data.accesslog.v3.HTTPResponseProperties;
import io.envoyproxy.envoy.data.accesslog.v3.ResponseFlags;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage.HTTPAccessLogEntries;
import io.envoyproxy.envoy.service.accesslog.v3.StreamAccessLogsMessage.Identifier;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpBody;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpHeaders;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpTrailers;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest;
import io.envoyproxy.envoy.service.ext_proc.v3.ProtocolConfiguration;
import io.grpc.StatusRuntimeException;
import java.io.ByteArrayInputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is read from the bytes is what Protobuf's own classes wrote. */
final class ProtobufTest {
  private static final byte[] BODY = {0, 1, (byte) 0xff, 10};

  @Test
  void requestHeaders() {
    assertThat(
            word(
                ProcessingRequest.newBuilder()
                    .setObservabilityMode(true)
                    .setProtocolConfig(
                        ProtocolConfiguration.newBuilder()
                            .setSendBodyWithoutWaitingForHeaderResponse(true))
                    .setRequestHeaders(headers(true))
                    .setUnknownFields(unknown())))
        .isEqualTo(new Word.RequestHeaders(HEADERS, true));
  }

  @Test
  void bodies() {
    assertThat(word(ProcessingRequest.newBuilder().setRequestBody(body(false))))
        .isInstanceOfSatisfying(
            Word.RequestBody.class,
            part -> {
              assertThat(part.bytes()).isEqualTo(BODY);
              assertThat(part.last()).isFalse();
            });
    assertThat(word(ProcessingRequest.newBuilder().setResponseBody(body(true))))
        .isInstanceOfSatisfying(
            Word.ResponseBody.class,
            part -> {
              assertThat(part.bytes()).isEqualTo(BODY);
              assertThat(part.last()).isTrue();
            });
    assertThat(
            word(
                ProcessingRequest.newBuilder()
                    .setResponseBody(HttpBody.newBuilder().setEndOfStream(true))))
        .isInstanceOfSatisfying(
            Word.ResponseBody.class,
            part -> {
              assertThat(part.bytes()).isEmpty();
              assertThat(part.last()).isTrue();
            });
  }

  @Test
  void responseHeadersWithTheirReason() {
    var request =
        ProcessingRequest.newBuilder()
            .setResponseHeaders(headers(false))
            .putAttributes("another", struct(Map.of(Word.CODE_DETAILS, "no")))
            .putAttributes(
                Word.ATTRIBUTES, struct(Map.of("response.code", "200", Word.CODE_DETAILS, "why")));
    assertThat(word(request)).isEqualTo(new Word.ResponseHeaders(HEADERS, false, "why"));
    assertThat(word(ProcessingRequest.newBuilder().setResponseHeaders(headers(true))))
        .isEqualTo(new Word.ResponseHeaders(HEADERS, true, ""));
  }

  @Test
  void ends() {
    var trailers = HttpTrailers.newBuilder().setTrailers(headers(false).getHeaders());
    assertThat(word(ProcessingRequest.newBuilder().setRequestTrailers(trailers)))
        .isEqualTo(new Word.RequestTrailers());
    assertThat(word(ProcessingRequest.newBuilder().setResponseTrailers(trailers)))
        .isEqualTo(new Word.ResponseTrailers());
    assertThat(word(ProcessingRequest.newBuilder())).isEqualTo(new Word.Nothing());
  }

  @Test
  void accessLog() {
    StreamAccessLogsMessage message =
        StreamAccessLogsMessage.newBuilder()
            .setIdentifier(
                Identifier.newBuilder().setLogName("log").setNode(Node.newBuilder().setId("n")))
            .setHttpLogs(
                HTTPAccessLogEntries.newBuilder()
                    .addLogEntry(
                        HTTPAccessLogEntry.newBuilder()
                            .setProtocolVersion(HTTPAccessLogEntry.HTTPVersion.HTTP11)
                            .setRequest(HTTPRequestProperties.newBuilder().setPath("/v1"))
                            .setCommonProperties(
                                AccessLogCommon.newBuilder()
                                    .setSampleRate(1)
                                    .setDuration(
                                        Duration.newBuilder().setSeconds(2).setNanos(5_000_001))
                                    .setUpstreamCluster("cluster")
                                    .setResponseFlags(
                                        ResponseFlags.newBuilder()
                                            .setUpstreamRequestTimeout(true)
                                            .setDownstreamRemoteReset(true))
                                    .setMetadata(
                                        Metadata.newBuilder()
                                            .putFilterMetadata(
                                                AttemptLog.ATTEMPT,
                                                struct(Map.of(AttemptLog.ID, "r/1-1")))
                                            .putFilterMetadata(
                                                AttemptLog.SAID, struct(Map.of("usage", "{}")))
                                            .putFilterMetadata(
                                                "numbers",
                                                Struct.newBuilder()
                                                    .putFields(
                                                        "n",
                                                        Value.newBuilder()
                                                            .setNumberValue(1)
                                                            .build())
                                                    .build())))
                            .setResponse(
                                HTTPResponseProperties.newBuilder()
                                    .setResponseCode(UInt32Value.of(503))
                                    .setResponseBodyBytes(1L << 40)
                                    .putResponseHeaders("server", Headers.FAILOVER)
                                    .putResponseHeaders(Headers.FAILOVER, "1"))
                            .setUnknownFields(unknown()))
                    .addLogEntry(HTTPAccessLogEntry.getDefaultInstance()))
            .build();
    assertThat(read(message, Entry::all))
        .isEqualTo(
            List.of(
                new Entry(
                    "r/1-1",
                    "UT,DR",
                    true,
                    false,
                    2_005_000_001L,
                    1L << 40,
                    Map.of("usage", "{}"),
                    Map.of(AttemptLog.ID, "r/1-1"),
                    503,
                    true),
                new Entry("", "", false, false, 0, 0, Map.of())));
  }

  /** Whatever the bytes are, there is a word, or a status for Envoy. */
  @Test
  void nonsense() {
    byte[] sound =
        ProcessingRequest.newBuilder()
            .setResponseHeaders(headers(false))
            .putAttributes(Word.ATTRIBUTES, struct(Map.of(Word.CODE_DETAILS, "why")))
            .build()
            .toByteArray();
    var random = new Random(7);
    int refused = 0;
    for (int i = 0; i < 5_000; i++) {
      byte[] bytes = Arrays.copyOf(sound, 1 + random.nextInt(sound.length));
      for (int j = random.nextInt(4); j > 0; j--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try {
        assertThat(Protobuf.marshaller(Word::of).parse(new ByteArrayInputStream(bytes)))
            .isNotNull();
      } catch (StatusRuntimeException _) {
        refused++;
      }
    }
    assertThat(refused).isBetween(1_000, 4_999);
    assertThatThrownBy(
            () -> Protobuf.marshaller(Word::of).parse(new ByteArrayInputStream(new byte[] {18, 5})))
        .isInstanceOf(StatusRuntimeException.class)
        .hasMessage("INTERNAL: This is no Protobuf message.");
  }

  private static final Map<String, String> HEADERS =
      Map.of(":path", "/v1", "x-raw", "gr\u00fc\u00dfe", "twice", "1", "anthropic-beta", "a,b");

  private static HttpHeaders headers(boolean last) {
    return HttpHeaders.newBuilder()
        .setEndOfStream(last)
        .setHeaders(
            HeaderMap.newBuilder()
                .addHeaders(raw(":path", "/v1"))
                .addHeaders(HeaderValue.newBuilder().setKey("x-raw").setValue("gr\u00fc\u00dfe"))
                .addHeaders(raw("Twice", "1"))
                .addHeaders(raw("twice", "2"))
                .addHeaders(raw("anthropic-beta", "a"))
                .addHeaders(raw("Anthropic-Beta", "b")))
        .build();
  }

  private static HeaderValue raw(String name, String value) {
    return HeaderValue.newBuilder()
        .setKey(name)
        .setRawValue(ByteString.copyFromUtf8(value))
        .build();
  }

  private static HttpBody body(boolean last) {
    return HttpBody.newBuilder().setBody(ByteString.copyFrom(BODY)).setEndOfStream(last).build();
  }

  private static Struct struct(Map<String, String> texts) {
    var struct = Struct.newBuilder();
    texts.forEach(
        (name, text) -> struct.putFields(name, Value.newBuilder().setStringValue(text).build()));
    return struct.build();
  }

  private static UnknownFieldSet unknown() {
    return UnknownFieldSet.newBuilder()
        .addField(
            900,
            UnknownFieldSet.Field.newBuilder()
                .addVarint(7)
                .addFixed32(8)
                .addFixed64(9)
                .addLengthDelimited(ByteString.copyFromUtf8("new"))
                .build())
        .build();
  }

  private static Word word(ProcessingRequest.Builder message) {
    return read(message.build(), Word::of);
  }

  private static <T> T read(Message message, Protobuf.Reads<T> reads) {
    return Protobuf.marshaller(reads).parse(new ByteArrayInputStream(message.toByteArray()));
  }
}
