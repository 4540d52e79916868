package dev.sluice.exchange;

import com.google.protobuf.ByteString;
import com.google.protobuf.Struct;
import com.google.protobuf.UnsafeByteOperations;
import com.google.protobuf.Value;
import dev.sluice.protocol.Answer;
import dev.sluice.protos.AttemptLog;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.service.ext_proc.v3.BodyMutation;
import io.envoyproxy.envoy.service.ext_proc.v3.BodyResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.CommonResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.HeaderMutation;
import io.envoyproxy.envoy.service.ext_proc.v3.HeadersResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.ImmediateResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.StreamedBodyResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.TrailersResponse;
import io.envoyproxy.envoy.type.v3.HttpStatus;
import io.envoyproxy.envoy.type.v3.StatusCode;
import java.util.Collection;
import java.util.Map;

/** What Java says to Envoy, message by message. */
final class Replies {
  /** Stands in an answer's code details, so that Envoy's own answers can be told from ours. */
  static final String DETAILS = "sluice";

  private static final ProcessingResponse UNCHANGED_BODY =
      ProcessingResponse.newBuilder().setResponseBody(BodyResponse.getDefaultInstance()).build();
  private static final ProcessingResponse NO_BODY = body(new byte[0]);
  private static final ProcessingResponse UNCHANGED_TRAILERS =
      ProcessingResponse.newBuilder()
          .setResponseTrailers(TrailersResponse.getDefaultInstance())
          .build();
  private static final ProcessingResponse UNCHANGED_REQUEST_TRAILERS =
      ProcessingResponse.newBuilder()
          .setRequestTrailers(TrailersResponse.getDefaultInstance())
          .build();

  private Replies() {}

  /**
   * The request's headers.
   *
   * @param attempt what the access log shall say of the attempt; empty: it has no entry
   */
  static ProcessingResponse requestHeaders(
      Map<String, String> set, Collection<String> remove, Map<String, String> attempt) {
    return said(attempt)
        .setRequestHeaders(
            HeadersResponse.newBuilder()
                .setResponse(
                    CommonResponse.newBuilder()
                        .setHeaderMutation(mutation(set, remove))
                        .setClearRouteCache(true)))
        .build();
  }

  /** A part of the request's body; the bytes must not change any more. */
  static ProcessingResponse requestBody(byte[] body, int from, int size, boolean end) {
    ByteString bytes = UnsafeByteOperations.unsafeWrap(body, from, size);
    return ProcessingResponse.newBuilder()
        .setRequestBody(
            BodyResponse.newBuilder()
                .setResponse(
                    CommonResponse.newBuilder()
                        .setBodyMutation(
                            BodyMutation.newBuilder()
                                .setStreamedResponse(
                                    StreamedBodyResponse.newBuilder()
                                        .setBody(bytes)
                                        .setEndOfStream(end)))))
        .build();
  }

  static ProcessingResponse requestTrailers() {
    return UNCHANGED_REQUEST_TRAILERS;
  }

  /** What the access log shall say too. */
  private static ProcessingResponse.Builder said(Map<String, String> attempt) {
    var response = ProcessingResponse.newBuilder();
    if (!attempt.isEmpty()) {
      var struct = Struct.newBuilder();
      attempt.forEach((name, value) -> struct.putFields(name, text(value)));
      response.setDynamicMetadata(
          Struct.newBuilder()
              .putFields(AttemptLog.ATTEMPT, Value.newBuilder().setStructValue(struct).build()));
    }
    return response;
  }

  /** The same message, and what the access log shall say too. */
  static ProcessingResponse saying(ProcessingResponse message, Map<String, String> attempt) {
    return attempt.isEmpty() ? message : said(attempt).mergeFrom(message).build();
  }

  static ProcessingResponse responseHeaders(Map<String, String> set, Collection<String> remove) {
    return ProcessingResponse.newBuilder()
        .setResponseHeaders(
            HeadersResponse.newBuilder()
                .setResponse(CommonResponse.newBuilder().setHeaderMutation(mutation(set, remove))))
        .build();
  }

  static ProcessingResponse unchangedBody() {
    return UNCHANGED_BODY;
  }

  static ProcessingResponse noBody() {
    return NO_BODY;
  }

  /** What stands for a part of the answer's body; the bytes must not change any more. */
  static ProcessingResponse body(byte[] bytes) {
    var mutation = BodyMutation.newBuilder();
    if (bytes.length == 0) {
      mutation.setClearBody(true);
    } else {
      mutation.setBody(UnsafeByteOperations.unsafeWrap(bytes));
    }
    return ProcessingResponse.newBuilder()
        .setResponseBody(
            BodyResponse.newBuilder()
                .setResponse(CommonResponse.newBuilder().setBodyMutation(mutation)))
        .build();
  }

  static ProcessingResponse responseTrailers() {
    return UNCHANGED_TRAILERS;
  }

  static ProcessingResponse immediate(Answer answer, Map<String, String> more) {
    var headers = HeaderMutation.newBuilder();
    answer.headers().forEach((name, value) -> headers.addSetHeaders(header(name, value)));
    more.forEach((name, value) -> headers.addSetHeaders(header(name, value)));
    return ProcessingResponse.newBuilder()
        .setImmediateResponse(
            ImmediateResponse.newBuilder()
                .setStatus(HttpStatus.newBuilder().setCodeValue(code(answer.status())))
                .setHeaders(headers)
                .setBody(UnsafeByteOperations.unsafeWrap(answer.body()))
                .setDetails(DETAILS))
        .build();
  }

  private static Value text(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }

  private static int code(int status) {
    // Envoy's enum has gaps, and a value outside of it is refused.
    return StatusCode.forNumber(status) != null ? status : status >= 500 ? 503 : 400;
  }

  private static HeaderMutation mutation(Map<String, String> set, Collection<String> remove) {
    var mutation = HeaderMutation.newBuilder().addAllRemoveHeaders(remove);
    set.forEach((name, value) -> mutation.addSetHeaders(header(name, value)));
    return mutation.build();
  }

  private static HeaderValueOption header(String name, String value) {
    return HeaderValueOption.newBuilder()
        .setAppendAction(HeaderValueOption.HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD)
        .setHeader(
            HeaderValue.newBuilder().setKey(name).setRawValue(ByteString.copyFromUtf8(value)))
        .build();
  }
}
