package dev.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import com.sun.net.httpserver.HttpServer;
import dev.sluice.ledger.RequestRecord;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a collector of OTLP over HTTP gets, read as Protobuf. */
final class TracesTest {
  private final LinkedBlockingQueue<byte[]> bodies = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<String> heads = new LinkedBlockingQueue<>();
  private HttpServer collector;

  @BeforeEach
  void start() throws Exception {
    collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/",
        exchange -> {
          heads.add(
              exchange.getRequestURI()
                  + " "
                  + exchange.getRequestHeaders().getFirst("content-type")
                  + " "
                  + exchange.getRequestHeaders().getFirst("x-tenant"));
          bodies.add(exchange.getRequestBody().readAllBytes());
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    collector.start();
  }

  @AfterEach
  void stop() {
    collector.stop(0);
  }

  /** A span as the wire has it. */
  private record Seen(
      String trace,
      String id,
      String parent,
      String name,
      long kind,
      long nanos,
      long status,
      Map<String, Object> attributes) {}

  private List<Seen> told(RequestRecord request, String parent) throws Exception {
    Traces traces =
        Objects.requireNonNull(
            Traces.open(
                Map.of(
                    "OTEL_EXPORTER_OTLP_ENDPOINT",
                    "http://127.0.0.1:" + collector.getAddress().getPort(),
                    "OTEL_EXPORTER_OTLP_HEADERS",
                    "x-tenant=a%20b")));
    try (traces) {
      traces.tell(request, parent);
    }
    byte[] body = Objects.requireNonNull(bodies.poll(10, TimeUnit.SECONDS));
    assertThat(heads.take()).isEqualTo("/v1/traces application/x-protobuf a b");
    UnknownFieldSet scope = in(in(UnknownFieldSet.parseFrom(body), 1).getFirst(), 2).getFirst();
    return in(scope, 2).stream().map(TracesTest::seen).toList();
  }

  private static List<UnknownFieldSet> in(UnknownFieldSet message, int field) {
    return message.getField(field).getLengthDelimitedList().stream()
        .map(TracesTest::message)
        .toList();
  }

  private static UnknownFieldSet message(ByteString bytes) {
    try {
      return UnknownFieldSet.parseFrom(bytes);
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Seen seen(UnknownFieldSet span) {
    var attributes = new TreeMap<String, Object>();
    for (UnknownFieldSet pair : in(span, 9)) {
      UnknownFieldSet value = in(pair, 2).getFirst();
      attributes.put(text(pair, 1), value(value));
    }
    List<UnknownFieldSet> status = in(span, 15);
    return new Seen(
        hex(span, 1),
        hex(span, 2),
        hex(span, 4),
        text(span, 5),
        span.getField(6).getVarintList().getFirst(),
        span.getField(8).getFixed64List().getFirst() - span.getField(7).getFixed64List().getFirst(),
        status.isEmpty() || !status.getFirst().hasField(3)
            ? 0
            : status.getFirst().getField(3).getVarintList().getFirst(),
        attributes);
  }

  private static Object value(UnknownFieldSet value) {
    if (value.hasField(1)) {
      return text(value, 1);
    }
    return value.hasField(3)
        ? (Object) value.getField(3).getVarintList().getFirst()
        : (Object) Double.longBitsToDouble(value.getField(4).getFixed64List().getFirst());
  }

  private static String text(UnknownFieldSet message, int field) {
    return message.getField(field).getLengthDelimitedList().getFirst().toStringUtf8();
  }

  private static String hex(UnknownFieldSet message, int field) {
    List<ByteString> bytes = message.getField(field).getLengthDelimitedList();
    return bytes.isEmpty() ? "" : HexFormat.of().formatHex(bytes.getFirst().toByteArray());
  }

  private static final RequestRecord REQUEST =
      Told.request(
          "gpt", Told.attempt(1, "one", "claude", false), Told.attempt(2, "two", "claude", true));

  @Test
  void aRequestIsASpanWithOneForEachAttempt() throws Exception {
    List<Seen> spans = told(REQUEST, "");
    assertThat(spans)
        .extracting(Seen::name)
        .containsExactly("chat claude", "chat claude", "generate gpt");
    assertThat(spans).extracting(Seen::trace).containsOnly(Told.ID.replace("-", ""));
    Seen root = spans.getLast();
    assertThat(root.parent()).isEmpty();
    assertThat(spans.subList(0, 2)).extracting(Seen::parent).containsOnly(root.id());
    assertThat(spans).extracting(Seen::kind).containsExactly(3L, 3L, 2L);
    assertThat(spans).extracting(Seen::status).containsExactly(2L, 0L, 0L);
    assertThat(spans)
        .extracting(Seen::nanos)
        .containsExactly(5_000_000L, 900_000_000L, 1_000_000_000L);
    assertThat(spans.get(1).attributes())
        .containsEntry("gen_ai.operation.name", "chat")
        .containsEntry("gen_ai.provider.name", "anthropic")
        .containsEntry("gen_ai.request.model", "claude")
        .containsEntry("gen_ai.usage.input_tokens", 60L)
        .containsEntry("gen_ai.usage.output_tokens", 40L)
        .containsEntry("gen_ai.usage.cache_read.input_tokens", 20L)
        .containsEntry("gen_ai.usage.cache_creation.input_tokens", 30L)
        .containsEntry("gen_ai.response.time_to_first_chunk", 0.25)
        .containsEntry("server.address", "two.example.com")
        .containsEntry("server.port", 443L)
        .containsEntry("sluice.channel", "two")
        .containsEntry("sluice.cost.usd", 0.5)
        .doesNotContainKey("error.type");
    assertThat(spans.getFirst().attributes())
        .containsEntry("error.type", "unavailable")
        .containsEntry("http.response.status_code", 503L)
        .doesNotContainKey("gen_ai.usage.input_tokens");
    assertThat(root.attributes())
        .containsEntry("gen_ai.request.model", "gpt")
        .containsEntry("gen_ai.conversation.id", "5e55")
        .containsEntry("sluice.request.id", Told.ID)
        .containsEntry("http.response.status_code", 200L);
    assertThat(root.attributes().values()).doesNotContain("alice");
  }

  @Test
  void aClientsOwnTraceGoesOn() throws Exception {
    String trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    List<Seen> spans = told(REQUEST, "00-" + trace + "-00f067aa0ba902b7-01");
    assertThat(spans).extracting(Seen::trace).containsOnly(trace);
    assertThat(spans.getLast().parent()).isEqualTo("00f067aa0ba902b7");
  }

  @Test
  void withoutAnAddressNothingIsSent() {
    assertThat(Traces.open(Map.of())).isNull();
  }
}
