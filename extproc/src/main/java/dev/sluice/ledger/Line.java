package dev.sluice.ledger;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.io.SegmentedStringWriter;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.core.util.BufferRecycler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import org.jspecify.annotations.Nullable;

/** A record as one line of JSON, its names as in the record; ASCII alone. */
final class Line {
  private static final int LONGEST = 200;
  private static final JsonFactory FACTORY =
      JsonFactory.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  private Line() {}

  static String of(RequestRecord request) {
    BufferRecycler room = FACTORY._getBufferRecycler();
    try (var line = new SegmentedStringWriter(room)) {
      write(request, line);
      return line.getAndClear();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      room.releaseToPool();
    }
  }

  private static void write(RequestRecord request, Writer line) throws IOException {
    try (JsonGenerator json = FACTORY.createGenerator(line)) {
      json.writeStartObject();
      json.writeStringField("id", request.id());
      json.writeStringField("began", request.began().toString());
      json.writeStringField("key", request.key());
      json.writeStringField("group", request.group());
      json.writeStringField("protocol", request.protocol());
      json.writeStringField("endpoint", request.endpoint());
      json.writeStringField("model", shortened(request.model()));
      json.writeBooleanField("stream", request.stream());
      json.writeStringField("session", request.session());
      json.writeNumberField("status", request.status());
      json.writeStringField("outcome", request.outcome());
      json.writeStringField("settlement", request.settlement().name());
      json.writeNumberField("firstTokenMicros", request.firstTokenMicros());
      json.writeNumberField("durationMicros", request.durationMicros());
      tokens(json, request.tokens());
      json.writeNumberField("cost", request.cost());
      json.writeNumberField("charged", request.charged());
      json.writeArrayFieldStart("losses");
      for (String loss : request.losses()) {
        json.writeString(loss);
      }
      json.writeEndArray();
      json.writeArrayFieldStart("attempts");
      for (AttemptRecord attempt : request.attempts()) {
        attempt(json, attempt);
      }
      json.writeEndArray();
      json.writeEndObject();
    }
  }

  private static void attempt(JsonGenerator json, AttemptRecord attempt) throws IOException {
    json.writeStartObject();
    json.writeNumberField("ordinal", attempt.ordinal());
    json.writeStringField("began", attempt.began().toString());
    json.writeStringField("channel", attempt.channel());
    json.writeStringField("account", attempt.account());
    json.writeStringField("url", attempt.url());
    json.writeStringField("model", shortened(attempt.model()));
    json.writeStringField("protocol", attempt.protocol());
    json.writeStringField("reason", attempt.reason());
    json.writeNumberField("status", attempt.status());
    json.writeStringField("flags", attempt.flags());
    json.writeStringField("failure", attempt.failure());
    json.writeStringField("settlement", attempt.settlement().name());
    json.writeNumberField("firstTokenMicros", attempt.firstTokenMicros());
    json.writeNumberField("durationMicros", attempt.durationMicros());
    tokens(json, attempt.tokens());
    json.writeNumberField("cost", attempt.cost());
    json.writeEndObject();
  }

  private static void tokens(JsonGenerator json, Tokens tokens) throws IOException {
    json.writeObjectFieldStart("tokens");
    json.writeNumberField("input", tokens.input());
    json.writeNumberField("cacheRead", tokens.cacheRead());
    json.writeNumberField("cacheWrite", tokens.cacheWrite());
    json.writeNumberField("output", tokens.output());
    json.writeNumberField("reasoning", tokens.reasoning());
    json.writeNumberField("audioInput", tokens.audioInput());
    json.writeNumberField("audioOutput", tokens.audioOutput());
    json.writeNumberField("image", tokens.image());
    json.writeEndObject();
  }

  private static String shortened(@Nullable String text) {
    return text == null ? "" : text.length() > LONGEST ? text.substring(0, LONGEST) : text;
  }
}
