package dev.sluice.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.sluice.protos.AttemptLog;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption.HeaderAppendAction;
import io.envoyproxy.envoy.service.ext_proc.v3.BodyMutation;
import io.envoyproxy.envoy.service.ext_proc.v3.BodyResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.CommonResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.HeaderMutation;
import io.envoyproxy.envoy.service.ext_proc.v3.HeadersResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.StreamedBodyResponse;
import io.grpc.Drainable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What we write ourselves is what Protobuf's own classes would write. */
final class RepliesTest {
  private static final String LONG = "abc~".repeat(2_000);

  @ParameterizedTest
  @ValueSource(strings = {"", "x", "gr\u00fc\u00dfe \ud83d\ude00", "a\u0000b\u007f\u0080"})
  void requestHeaders(String value) {
    assertThat(
            read(
                Replies.requestHeaders(
                    Map.of("name", value), List.of("gone"), Map.of("id", value))))
        .isEqualTo(
            ProcessingResponse.newBuilder()
                .setDynamicMetadata(metadata("id", value))
                .setRequestHeaders(
                    HeadersResponse.newBuilder()
                        .setResponse(
                            CommonResponse.newBuilder()
                                .setHeaderMutation(mutation("name", value, "gone"))
                                .setClearRouteCache(true)))
                .build());
  }

  @Test
  void manyAndLongHeaders() {
    ProcessingResponse read =
        read(
            Replies.responseHeaders(
                Map.of("one", LONG, "two", "2", "three", LONG), List.of("a", "b"), Map.of()));
    assertThat(read.hasDynamicMetadata()).isFalse();
    HeaderMutation mutation = read.getResponseHeaders().getResponse().getHeaderMutation();
    assertThat(mutation.getRemoveHeadersList()).containsExactlyInAnyOrder("a", "b");
    assertThat(mutation.getSetHeadersList())
        .extracting(option -> option.getHeader().getKey())
        .containsExactlyInAnyOrder("one", "two", "three");
    assertThat(mutation.getSetHeadersList())
        .extracting(option -> option.getHeader().getRawValue().toStringUtf8())
        .containsExactlyInAnyOrder(LONG, "2", LONG);
  }

  @Test
  void responseHeaders() {
    assertThat(read(Replies.responseHeaders(Map.of("n", "v"), List.of("g"), Map.of("said", "so"))))
        .isEqualTo(
            ProcessingResponse.newBuilder()
                .setDynamicMetadata(metadata("said", "so"))
                .setResponseHeaders(
                    HeadersResponse.newBuilder()
                        .setResponse(
                            CommonResponse.newBuilder().setHeaderMutation(mutation("n", "v", "g"))))
                .build());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 100, 127, 128, 16_384, 70_000})
  void bodies(int size) {
    byte[] all = new byte[size + 7];
    for (int i = 0; i < all.length; i++) {
      all[i] = (byte) i;
    }
    assertThat(read(Replies.requestBody(all, 3, size, size % 2 == 0)))
        .isEqualTo(
            ProcessingResponse.newBuilder()
                .setRequestBody(
                    BodyResponse.newBuilder()
                        .setResponse(
                            CommonResponse.newBuilder()
                                .setBodyMutation(
                                    BodyMutation.newBuilder()
                                        .setStreamedResponse(
                                            StreamedBodyResponse.newBuilder()
                                                .setBody(ByteString.copyFrom(all, 3, size))
                                                .setEndOfStream(size % 2 == 0)))))
                .build());
    assertThat(read(Replies.body(all, Map.of(AttemptLog.USED, "1 2 3"))))
        .isEqualTo(
            ProcessingResponse.newBuilder()
                .setDynamicMetadata(metadata(AttemptLog.USED, "1 2 3"))
                .setResponseBody(
                    changed(BodyMutation.newBuilder().setBody(ByteString.copyFrom(all))))
                .build());
  }

  @Test
  void nothingInPlaceOfABody() {
    ProcessingResponse cleared =
        ProcessingResponse.newBuilder()
            .setResponseBody(changed(BodyMutation.newBuilder().setClearBody(true)))
            .build();
    assertThat(read(Replies.noBody())).isEqualTo(cleared);
    assertThat(read(Replies.body(new byte[0], Map.of()))).isEqualTo(cleared);
  }

  @Test
  void aBodyAsItIs() {
    ProcessingResponse as =
        ProcessingResponse.newBuilder().setResponseBody(BodyResponse.getDefaultInstance()).build();
    assertThat(read(Replies.unchangedBody())).isEqualTo(as);
    assertThat(read(Replies.unchangedBody(Map.of("k", LONG))))
        .isEqualTo(as.toBuilder().setDynamicMetadata(metadata("k", LONG)).build());
  }

  /** gRPC takes the bytes as one, whether it asks for them or is given them. */
  @Test
  void streams() throws IOException {
    Reply reply = Replies.body("a body".getBytes(StandardCharsets.UTF_8), Map.of("k", "v"));
    byte[] expected = reply.bytes();
    try (InputStream read = Reply.MARSHALLER.stream(reply)) {
      assertThat(read.readAllBytes()).isEqualTo(expected);
      assertThat(read.available()).isZero();
    }
    for (int before = 0; before <= expected.length; before++) {
      var all = new ByteArrayOutputStream();
      try (InputStream drained = Reply.MARSHALLER.stream(reply)) {
        all.writeBytes(drained.readNBytes(before));
        assertThat(((Drainable) drained).drainTo(all)).isEqualTo(expected.length - before);
        assertThat(drained.read()).isEqualTo(-1);
      }
      assertThat(all.toByteArray()).isEqualTo(expected);
    }
  }

  private static ProcessingResponse read(Reply reply) {
    try {
      return ProcessingResponse.parseFrom(reply.bytes());
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static BodyResponse changed(BodyMutation.Builder mutation) {
    return BodyResponse.newBuilder()
        .setResponse(CommonResponse.newBuilder().setBodyMutation(mutation))
        .build();
  }

  private static Struct metadata(String name, String value) {
    return Struct.newBuilder()
        .putFields(
            AttemptLog.ATTEMPT,
            Value.newBuilder()
                .setStructValue(
                    Struct.newBuilder()
                        .putFields(name, Value.newBuilder().setStringValue(value).build()))
                .build())
        .build();
  }

  private static HeaderMutation mutation(String name, String value, String removed) {
    return HeaderMutation.newBuilder()
        .addRemoveHeaders(removed)
        .addSetHeaders(
            HeaderValueOption.newBuilder()
                .setAppendAction(HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD)
                .setHeader(
                    HeaderValue.newBuilder()
                        .setKey(name)
                        .setRawValue(ByteString.copyFromUtf8(value))))
        .build();
  }
}
