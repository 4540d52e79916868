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

  private static final Reply UNCHANGED_BODY =
      Reply.of(
          ProcessingResponse.newBuilder()
              .setResponseBody(BodyResponse.getDefaultInstance())
              .build());
  private static final Reply NO_BODY = body(new byte[0], Map.of());
  private static final Reply UNCHANGED_TRAILERS =
      Reply.of(
          ProcessingResponse.newBuilder()
              .setResponseTrailers(TrailersResponse.getDefaultInstance())
              .build());
  private static final Reply UNCHANGED_REQUEST_TRAILERS =
      Reply.of(
          ProcessingResponse.newBuilder()
              .setRequestTrailers(TrailersResponse.getDefaultInstance())
              .build());

  /** Bytes that a request's usual headers take with what the access log shall say. */
  private static final int REQUEST_HEADERS = 1536;

  /** And an answer's. */
  private static final int RESPONSE_HEADERS = 512;

  /** And what stands around a body. */
  private static final int AROUND = 48;

  private Replies() {}

  /**
   * The request's headers.
   *
   * @param attempt what the access log shall say of the attempt; empty: it has no entry
   */
  static Reply requestHeaders(
      Map<String, String> set, Collection<String> remove, Map<String, String> attempt) {
    return headers(
        new Reply.Writer(REQUEST_HEADERS),
        ProcessingResponse.REQUEST_HEADERS_FIELD_NUMBER,
        set,
        remove,
        attempt,
        true);
  }

  /** A part of the request's body; the bytes must not change any more. */
  static Reply requestBody(byte[] body, int from, int size, boolean end) {
    var message = new Reply.Writer(AROUND, body, from, size);
    message.message(StreamedBodyResponse.BODY_FIELD_NUMBER, 0);
    if (end) {
      message.yes(StreamedBodyResponse.END_OF_STREAM_FIELD_NUMBER);
    }
    message.message(BodyMutation.STREAMED_RESPONSE_FIELD_NUMBER, 0);
    message.message(CommonResponse.BODY_MUTATION_FIELD_NUMBER, 0);
    message.message(BodyResponse.RESPONSE_FIELD_NUMBER, 0);
    message.message(ProcessingResponse.REQUEST_BODY_FIELD_NUMBER, 0);
    return message.reply();
  }

  static Reply requestTrailers() {
    return UNCHANGED_REQUEST_TRAILERS;
  }

  /**
   * The answer's headers.
   *
   * @param attempt what the access log shall say too
   */
  static Reply responseHeaders(
      Map<String, String> set, Collection<String> remove, Map<String, String> attempt) {
    return headers(
        new Reply.Writer(RESPONSE_HEADERS),
        ProcessingResponse.RESPONSE_HEADERS_FIELD_NUMBER,
        set,
        remove,
        attempt,
        false);
  }

  private static Reply headers(
      Reply.Writer message,
      int field,
      Map<String, String> set,
      Collection<String> remove,
      Map<String, String> attempt,
      boolean anotherRoute) {
    mutation(message, set, remove);
    message.message(CommonResponse.HEADER_MUTATION_FIELD_NUMBER, 0);
    if (anotherRoute) {
      message.yes(CommonResponse.CLEAR_ROUTE_CACHE_FIELD_NUMBER);
    }
    message.message(HeadersResponse.RESPONSE_FIELD_NUMBER, 0);
    message.message(field, 0);
    say(message, attempt);
    return message.reply();
  }

  private static void mutation(
      Reply.Writer message, Map<String, String> set, Collection<String> remove) {
    for (String name : remove) {
      message.text(HeaderMutation.REMOVE_HEADERS_FIELD_NUMBER, name);
    }
    set.forEach(
        (name, value) -> {
          int before = message.size();
          message.number(
              HeaderValueOption.APPEND_ACTION_FIELD_NUMBER,
              HeaderValueOption.HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD_VALUE);
          int header = message.size();
          message.text(HeaderValue.RAW_VALUE_FIELD_NUMBER, value);
          message.text(HeaderValue.KEY_FIELD_NUMBER, name);
          message.message(HeaderValueOption.HEADER_FIELD_NUMBER, header);
          message.message(HeaderMutation.SET_HEADERS_FIELD_NUMBER, before);
        });
  }

  /** What the access log shall say too. */
  private static void say(Reply.Writer message, Map<String, String> attempt) {
    if (attempt.isEmpty()) {
      return;
    }
    int before = message.size();
    attempt.forEach(
        (name, text) -> {
          int member = message.size();
          message.text(Value.STRING_VALUE_FIELD_NUMBER, text);
          member(message, name, member);
        });
    message.message(Value.STRUCT_VALUE_FIELD_NUMBER, before);
    member(message, AttemptLog.ATTEMPT, before);
    message.message(ProcessingResponse.DYNAMIC_METADATA_FIELD_NUMBER, before);
  }

  /** All that was written since there were so many bytes becomes a member of a struct. */
  private static void member(Reply.Writer message, String name, int before) {
    message.message(Protobuf.VALUE, before);
    message.text(Protobuf.KEY, name);
    message.message(Struct.FIELDS_FIELD_NUMBER, before);
  }

  static Reply unchangedBody() {
    return UNCHANGED_BODY;
  }

  /**
   * The same.
   *
   * @param attempt what the access log shall say too
   */
  static Reply unchangedBody(Map<String, String> attempt) {
    var message = new Reply.Writer(2 * AROUND);
    message.message(ProcessingResponse.RESPONSE_BODY_FIELD_NUMBER, 0);
    say(message, attempt);
    return message.reply();
  }

  static Reply noBody() {
    return NO_BODY;
  }

  /**
   * What stands for a part of the answer's body; the bytes must not change any more.
   *
   * @param attempt what the access log shall say too
   */
  static Reply body(byte[] bytes, Map<String, String> attempt) {
    var message = new Reply.Writer(attempt.isEmpty() ? AROUND : 3 * AROUND, bytes, 0, bytes.length);
    if (bytes.length == 0) {
      message.yes(BodyMutation.CLEAR_BODY_FIELD_NUMBER);
    } else {
      message.message(BodyMutation.BODY_FIELD_NUMBER, 0);
    }
    message.message(CommonResponse.BODY_MUTATION_FIELD_NUMBER, 0);
    message.message(BodyResponse.RESPONSE_FIELD_NUMBER, 0);
    message.message(ProcessingResponse.RESPONSE_BODY_FIELD_NUMBER, 0);
    say(message, attempt);
    return message.reply();
  }

  static Reply responseTrailers() {
    return UNCHANGED_TRAILERS;
  }

  static Reply immediate(Answer answer, Map<String, String> more) {
    var headers = HeaderMutation.newBuilder();
    answer.headers().forEach((name, value) -> headers.addSetHeaders(header(name, value)));
    more.forEach((name, value) -> headers.addSetHeaders(header(name, value)));
    return Reply.of(
        ProcessingResponse.newBuilder()
            .setImmediateResponse(
                ImmediateResponse.newBuilder()
                    .setStatus(HttpStatus.newBuilder().setCodeValue(code(answer.status())))
                    .setHeaders(headers)
                    .setBody(UnsafeByteOperations.unsafeWrap(answer.body()))
                    .setDetails(DETAILS))
            .build());
  }

  private static int code(int status) {
    // Envoy's enum has gaps, and a value outside of it is refused.
    return StatusCode.forNumber(status) != null ? status : status >= 500 ? 503 : 400;
  }

  private static HeaderValueOption header(String name, String value) {
    return HeaderValueOption.newBuilder()
        .setAppendAction(HeaderValueOption.HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD)
        .setHeader(
            HeaderValue.newBuilder().setKey(name).setRawValue(ByteString.copyFromUtf8(value)))
        .build();
  }
}
