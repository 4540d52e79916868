package dev.sluice.exchange;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import dev.sluice.protocol.messages.BetaHeader;
import io.envoyproxy.envoy.config.core.v3.HeaderMap;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpBody;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpHeaders;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * What Envoy says of a request that we process, read from the bytes of a {@code ProcessingRequest}.
 * Names of headers are in small letters; of several with one name the first counts, but all of
 * {@link BetaHeader#NAME}.
 */
sealed interface Word {
  /** The request begins; {@code last}: and has no body. */
  record RequestHeaders(Map<String, String> headers, boolean last) implements Word {}

  /** A part of the request's body. */
  record RequestBody(byte[] bytes, boolean last) implements Word {}

  /** The request ends. */
  record RequestTrailers() implements Word {}

  /**
   * The answer begins.
   *
   * @param last whether it has no body
   * @param details what Envoy calls the reason of its status; empty: nothing
   */
  record ResponseHeaders(Map<String, String> headers, boolean last, String details)
      implements Word {}

  /** A part of the answer's body. */
  record ResponseBody(byte[] bytes, boolean last) implements Word {}

  /** The answer ends. */
  record ResponseTrailers() implements Word {}

  /** Nothing that we asked for. */
  record Nothing() implements Word {}

  /** The namespace of the attributes that Envoy sends along, and the one that we ask for. */
  String ATTRIBUTES = "envoy.filters.http.ext_proc";

  /** Envoy's reason of an answer's status. */
  String CODE_DETAILS = "response.code_details";

  /**
   * Reads one.
   *
   * @throws IOException it is no such message
   */
  static Word of(CodedInputStream in) throws IOException {
    Word said = new Nothing();
    String details = "";
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case ProcessingRequest.REQUEST_HEADERS_FIELD_NUMBER -> {
          Beginning begins = Protobuf.read(in, Beginning::of);
          said = new RequestHeaders(begins.headers(), begins.last());
        }
        case ProcessingRequest.REQUEST_BODY_FIELD_NUMBER -> {
          Part part = Protobuf.read(in, Part::of);
          said = new RequestBody(part.bytes(), part.last());
        }
        case ProcessingRequest.REQUEST_TRAILERS_FIELD_NUMBER -> {
          in.skipField(tag);
          said = new RequestTrailers();
        }
        case ProcessingRequest.RESPONSE_HEADERS_FIELD_NUMBER -> {
          Beginning begins = Protobuf.read(in, Beginning::of);
          said = new ResponseHeaders(begins.headers(), begins.last(), "");
        }
        case ProcessingRequest.RESPONSE_BODY_FIELD_NUMBER -> {
          Part part = Protobuf.read(in, Part::of);
          said = new ResponseBody(part.bytes(), part.last());
        }
        case ProcessingRequest.RESPONSE_TRAILERS_FIELD_NUMBER -> {
          in.skipField(tag);
          said = new ResponseTrailers();
        }
        case ProcessingRequest.ATTRIBUTES_FIELD_NUMBER -> {
          Protobuf.Named<Map<String, String>> named = Protobuf.named(in, Protobuf::texts);
          Map<String, String> texts = named.value();
          if (named.name().equals(ATTRIBUTES) && texts != null) {
            details = texts.getOrDefault(CODE_DETAILS, "");
          }
        }
        default -> in.skipField(tag);
      }
    }
    return said instanceof ResponseHeaders(Map<String, String> headers, boolean last, var _)
        ? new ResponseHeaders(headers, last, details)
        : said;
  }

  /** An {@code HttpHeaders}. */
  record Beginning(Map<String, String> headers, boolean last) {
    private static final int USUAL = 24;

    private static Beginning of(CodedInputStream in) throws IOException {
      var headers = LinkedHashMap.<String, String>newLinkedHashMap(USUAL);
      boolean last = false;
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (WireFormat.getTagFieldNumber(tag)) {
          case HttpHeaders.HEADERS_FIELD_NUMBER ->
              Protobuf.each(
                  in,
                  HeaderMap.HEADERS_FIELD_NUMBER,
                  one -> Protobuf.read(one, header -> add(header, headers)));
          case HttpHeaders.END_OF_STREAM_FIELD_NUMBER -> last = in.readBool();
          default -> in.skipField(tag);
        }
      }
      return new Beginning(headers, last);
    }

    private static Map<String, String> add(CodedInputStream in, Map<String, String> headers)
        throws IOException {
      String key = "";
      String value = "";
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (WireFormat.getTagFieldNumber(tag)) {
          case HeaderValue.KEY_FIELD_NUMBER -> key = in.readString().toLowerCase(Locale.ROOT);
          case HeaderValue.VALUE_FIELD_NUMBER, HeaderValue.RAW_VALUE_FIELD_NUMBER -> {
            String given = in.readString();
            value = given.isEmpty() ? value : given;
          }
          default -> in.skipField(tag);
        }
      }
      String first = headers.putIfAbsent(key, value);
      if (first != null && key.equals(BetaHeader.NAME)) {
        headers.put(key, first + "," + value);
      }
      return headers;
    }
  }

  /** An {@code HttpBody}. */
  record Part(byte[] bytes, boolean last) {
    private static final byte[] NONE = {};

    private static Part of(CodedInputStream in) throws IOException {
      byte[] bytes = NONE;
      boolean last = false;
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        switch (WireFormat.getTagFieldNumber(tag)) {
          case HttpBody.BODY_FIELD_NUMBER -> bytes = in.readByteArray();
          case HttpBody.END_OF_STREAM_FIELD_NUMBER -> last = in.readBool();
          default -> in.skipField(tag);
        }
      }
      return new Part(bytes, last);
    }
  }
}
