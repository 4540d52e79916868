package dev.sluice.examples.simulator;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** JSON and server-sent events, as bytes. */
final class Wire {
  private static final ObjectMapper JSON =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder().maxStringLength(128 << 20).build())
              .build());

  private Wire() {}

  static ObjectNode object() {
    return JSON.createObjectNode();
  }

  static JsonNode read(byte[] json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static JsonNode read(String json) {
    return read(json.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] bytes(JsonNode json) {
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** An event without a name. */
  static byte[] data(JsonNode json) {
    return ("data: " + json + "\n\n").getBytes(StandardCharsets.UTF_8);
  }

  /** An event's data as an element of an array. */
  static byte[] element(byte[] event, boolean first) {
    String data = new String(event, StandardCharsets.UTF_8).substring("data: ".length()).strip();
    return ((first ? "[" : ",\r\n") + data).getBytes(StandardCharsets.UTF_8);
  }

  /** An event that is called as its {@code type} says. */
  static byte[] event(JsonNode json) {
    return ("event: " + json.path("type").asText() + "\ndata: " + json + "\n\n")
        .getBytes(StandardCharsets.UTF_8);
  }

  /** A text in two pieces, as a stream may cut it. */
  static List<String> halves(String text) {
    int middle = Math.min(6, text.length());
    return middle == text.length()
        ? List.of(text)
        : List.of(text.substring(0, middle), text.substring(middle));
  }
}
