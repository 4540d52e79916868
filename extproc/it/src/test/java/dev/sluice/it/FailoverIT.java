package dev.sluice.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.examples.simulator.Dialect;
import dev.sluice.examples.simulator.Fault;
import dev.sluice.examples.simulator.Provider;
import dev.sluice.examples.simulator.Received;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.FieldSource;

/**
 * A provider that fails before its first token is replaced, in every way of failing, and the client
 * sees one whole good answer; after the first byte there is never another attempt.
 */
final class FailoverIT {
  private static final Map<Dialect, Provider> BAD = new EnumMap<>(Dialect.class);
  private static final Map<Dialect, Provider> GOOD = new EnumMap<>(Dialect.class);
  private static Gateway gateway;

  @BeforeAll
  static void start() throws Exception {
    var channels = new StringBuilder();
    var names = new StringBuilder();
    for (Dialect dialect : Dialect.values()) {
      BAD.put(dialect, Provider.start("bad", dialect, 0));
      GOOD.put(dialect, Provider.start("good", dialect, 0));
      for (String kind : List.of("bad", "good")) {
        Provider provider = (kind.equals("bad") ? BAD : GOOD).get(dialect);
        String name = kind + "-" + dialect.name().toLowerCase(java.util.Locale.ROOT);
        names.append(names.isEmpty() ? "" : ", ").append(name);
        channels.append(
            channel(
                name, dialect, provider.baseUrl(), "same-" + dialect, kind.equals("bad") ? 1 : 2));
      }
    }
    // Across protocols: the broken one speaks Messages, the good one Chat.
    channels.append(
        channel("cross-bad", Dialect.MESSAGES, BAD.get(Dialect.MESSAGES).baseUrl(), "cross", 1));
    channels.append(
        channel("cross-good", Dialect.CHAT, GOOD.get(Dialect.CHAT).baseUrl(), "cross", 2));
    channels.append(channel("refused", Dialect.CHAT, "http://127.0.0.1:1/v1", "refused", 1));
    channels.append(
        channel("nowhere", Dialect.CHAT, "http://does-not-exist.invalid/v1", "nowhere", 1));
    channels.append(
        channel(
            "no-tls",
            Dialect.CHAT,
            GOOD.get(Dialect.CHAT).baseUrl().replace("http:", "https:"),
            "no-tls",
            1));
    for (String alias : List.of("refused", "nowhere", "no-tls")) {
      channels.append(
          channel("after-" + alias, Dialect.CHAT, GOOD.get(Dialect.CHAT).baseUrl(), alias, 2));
      names.append(", ").append(alias).append(", after-").append(alias);
    }
    gateway =
        Gateway.start(
            """
            groups:
              default: {max_attempts: 3, channels: [%s, cross-bad, cross-good]}
              racing: {max_attempts: 3, hedge_after: 150ms, channels: [%s]}
            channels:
            %s
            """
                .formatted(names, names, channels),
            "  - {name: racer, key: sk-race, group: racing}");
    warm();
  }

  /** The first requests of a JVM load its classes, which may take longer than a token may here. */
  private static void warm() throws Exception {
    for (Dialect dialect : Dialect.values()) {
      for (boolean stream : new boolean[] {true, false}) {
        String model = "same-" + dialect;
        gateway.post(
            Requests.path(dialect, model, stream), Requests.body(dialect, model, stream, "warm"));
      }
    }
  }

  private static String channel(
      String name, Dialect dialect, String url, String alias, int priority) {
    String protocol =
        switch (dialect) {
          case CHAT -> "openai-chat";
          case RESPONSES -> "openai-responses";
          case MESSAGES -> "anthropic";
          case GEMINI -> "gemini";
        };
    return """
      %s:
        protocol: %s
        base_urls: ["%s"]
        accounts: [{name: main, key: secret-%s}]
        models: [{alias: %s, model: real}]
        priority: %d
        timeouts: {connect: 1s, first_token: 2s, request: 2s, idle: 10s, stream: 30s}
    """
        .formatted(name, protocol, url, name, alias, priority);
  }

  @AfterAll
  static void stop() {
    gateway.close();
    BAD.values().forEach(Provider::close);
    GOOD.values().forEach(Provider::close);
  }

  @BeforeEach
  void forget() {
    BAD.values().forEach(Provider::forget);
    GOOD.values().forEach(Provider::forget);
  }

  /** Every way of failing before the first token that both whole answers and streams have. */
  static final List<Fault> FAULTS =
      List.of(
          new Fault.Status(500),
          new Fault.Status(503),
          new Fault.Status(504),
          new Fault.Status(529),
          new Fault.Status(429, Map.of("retry-after", "7")),
          new Fault.Status(401),
          new Fault.ErrorInside(),
          new Fault.Silent(),
          new Fault.HeadersOnly(),
          new Fault.HeadersThenReset(),
          new Fault.Reset(),
          new Fault.Empty(),
          new Fault.PingsOnly(),
          new Fault.Html(),
          new Fault.HalfJson());

  /** A client's request: of which protocol, and whether for a stream. */
  private record Asked(Dialect dialect, boolean stream) {
    static Stream<Asked> all(Dialect... dialects) {
      return Arrays.stream(dialects)
          .flatMap(dialect -> Stream.of(new Asked(dialect, true), new Asked(dialect, false)));
    }
  }

  /** The four protocols at once, streamed and not, since most of it is waiting. */
  @ParameterizedTest
  @FieldSource("FAULTS")
  void aProviderThatFailsIsReplaced(Fault fault) throws Exception {
    BAD.values().forEach(bad -> bad.fault(fault));
    atOnce(Asked.all(Dialect.values()), FailoverIT::isReplaced);
    for (Dialect dialect : Dialect.values()) {
      assertThat(BAD.get(dialect).received()).as(dialect.name()).hasSize(2);
      assertThat(GOOD.get(dialect).received()).as(dialect.name()).hasSize(2);
    }
  }

  private interface Attempted<T> {
    void run(T of) throws Exception;
  }

  /** Runs all and fails where one does. */
  private static <T> void atOnce(Stream<T> cases, Attempted<T> attempted) throws Exception {
    try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
      var running =
          cases
              .map(
                  one ->
                      executor.submit(
                          () -> {
                            attempted.run(one);
                            return one;
                          }))
              .toList();
      for (var one : running) {
        one.get();
      }
    }
  }

  private static void isReplaced(Asked asked) throws Exception {
    long start = System.nanoTime();
    served(asked, "same-" + asked.dialect());
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(8));
  }

  private static void served(Asked asked, String model) throws Exception {
    Gateway.Reply reply =
        gateway.post(
            Requests.path(asked.dialect(), model, asked.stream()),
            Requests.body(asked.dialect(), model, asked.stream(), "hello"));
    assertThat(reply.status()).as(asked + ": " + reply.text()).isEqualTo(200);
    assertThat(reply.text()).contains("good").doesNotContain("bad");
    if (asked.stream()) {
      assertThat(reply.text()).contains(Requests.terminator(asked.dialect()));
    }
  }

  @ParameterizedTest
  @FieldSource("FAULTS")
  void theReplacementMaySpeakAnotherProtocol(Fault fault) throws Exception {
    BAD.get(Dialect.MESSAGES).fault(fault);
    atOnce(Asked.all(Dialect.CHAT, Dialect.MESSAGES), asked -> served(asked, "cross"));
  }

  static final List<String> UNREACHABLE = List.of("refused", "nowhere", "no-tls");

  @ParameterizedTest
  @FieldSource("UNREACHABLE")
  void aProviderThatCannotBeReachedIsReplaced(String alias) throws Exception {
    Gateway.Reply reply =
        gateway.post("/v1/chat/completions", Requests.body(Dialect.CHAT, alias, true, "hello"));
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    assertThat(reply.text()).contains("good").contains("[DONE]");
  }

  @ParameterizedTest
  @FieldSource("STREAM_ENDS")
  void aStreamThatEndsBeforeItsFirstTokenIsReplaced(Dialect dialect, int events) throws Exception {
    BAD.get(dialect).fault(new Fault.EndsAfter(events));
    String model = "same-" + dialect;
    Gateway.Reply reply =
        gateway.post(
            Requests.path(dialect, model, true), Requests.body(dialect, model, true, "hello"));
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.text()).contains("good").doesNotContain("bad");
    assertThat(reply.text()).contains(Requests.terminator(dialect));
  }

  static final List<Arguments> STREAM_ENDS =
      List.of(
          Arguments.of(Dialect.CHAT, 1),
          Arguments.of(Dialect.RESPONSES, 2),
          Arguments.of(Dialect.MESSAGES, 3));

  @Test
  void afterTheFirstByteThereIsNoOtherAttempt() throws Exception {
    BAD.get(Dialect.CHAT).fault(new Fault.CutAfter(3));
    HttpResponse<InputStream> response = open("same-CHAT", Gateway.KEY);
    var got = new java.io.ByteArrayOutputStream();
    assertThatThrownBy(() -> response.body().transferTo(got)).isInstanceOf(IOException.class);
    String text = got.toString(StandardCharsets.UTF_8);
    assertThat(text).contains("bad ").contains("says: ").doesNotContain("good");
    assertThat(BAD.get(Dialect.CHAT).received()).hasSize(1);
    assertThat(GOOD.get(Dialect.CHAT).received()).isEmpty();
  }

  @Test
  void aTranslatedStreamThatEndsTooEarlyEndsWithAnErrorEvent() throws Exception {
    BAD.get(Dialect.MESSAGES).fault(new Fault.EndsAfter(5));
    Gateway.Reply reply =
        gateway.post("/v1/chat/completions", Requests.body(Dialect.CHAT, "cross", true, "hello"));
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.text()).contains("bad ").contains("\"error\"").endsWith("data: [DONE]\n\n");
    assertThat(GOOD.get(Dialect.CHAT).received()).isEmpty();
  }

  @Test
  void aClientThatLeavesCancelsTheProvidersRequest() throws Exception {
    GOOD.get(Dialect.CHAT).pace(Duration.ofMillis(100));
    BAD.get(Dialect.CHAT).pace(Duration.ofMillis(100));
    HttpResponse<InputStream> response = open("same-CHAT", Gateway.KEY);
    InputStream body = response.body();
    assertThat(body.read()).isNotNegative();
    body.close();
    Received received = BAD.get(Dialect.CHAT).received().getFirst();
    received.gone().get(5, TimeUnit.SECONDS);
  }

  private HttpResponse<InputStream> open(String model, String key) throws Exception {
    var request =
        gateway
            .request("/v1/chat/completions")
            .setHeader("authorization", "Bearer " + key)
            .POST(
                java.net.http.HttpRequest.BodyPublishers.ofString(
                    Requests.body(Dialect.CHAT, model, true, "one two three four five six")))
            .build();
    return gateway.client().send(request, HttpResponse.BodyHandlers.ofInputStream());
  }

  @Test
  void aSilentProviderIsRacedByASecondOne() throws Exception {
    BAD.get(Dialect.CHAT).fault(new Fault.Silent());
    long start = System.nanoTime();
    Gateway.Reply reply =
        gateway.post(
            "/v1/chat/completions",
            Requests.body(Dialect.CHAT, "same-CHAT", true, "hello")
                .getBytes(StandardCharsets.UTF_8),
            Map.of("authorization", "Bearer sk-race"));
    Duration took = Duration.ofNanos(System.nanoTime() - start);
    assertThat(reply.text()).contains("good").contains("[DONE]");
    assertThat(took).isLessThan(Duration.ofMillis(1_500));
    BAD.get(Dialect.CHAT).received().getFirst().gone().get(5, TimeUnit.SECONDS);
  }

  /** A lost try beside a running rival makes the edge send one stream more than anybody needs. */
  @Test
  void aRaceStartsNoAttemptAfterItsEnd() throws Exception {
    BAD.get(Dialect.CHAT).fault(new Fault.HeadersOnly());
    atOnce(
        Stream.of(1, 2, 3, 4, 5),
        _ ->
            gateway.post(
                "/v1/chat/completions", Requests.body(Dialect.CHAT, "same-CHAT", true, "hello")));
    Thread.sleep(300);
    assertThat(BAD.get(Dialect.CHAT).received()).hasSize(5);
    assertThat(GOOD.get(Dialect.CHAT).received()).hasSize(5);
  }

  @Test
  void aGroupThatDoesNotRaceWaitsForItsFirstTokenDeadline() throws Exception {
    BAD.get(Dialect.CHAT).fault(new Fault.Slow(Duration.ofMillis(500)));
    Gateway.Reply reply =
        gateway.post(
            "/v1/chat/completions", Requests.body(Dialect.CHAT, "same-CHAT", true, "hello"));
    assertThat(reply.text()).contains("bad").contains("[DONE]");
    assertThat(GOOD.get(Dialect.CHAT).received()).isEmpty();
  }

  static final List<Integer> SIZES =
      List.of(
          0,
          1,
          16 * 1024 - 1,
          16 * 1024,
          16 * 1024 + 1,
          64 * 1024,
          (1 << 20) - 1,
          1 << 20,
          (1 << 20) + 1,
          5_000_000,
          32 << 20);

  @ParameterizedTest
  @FieldSource("SIZES")
  void everyTryGetsTheSameBody(int size) throws Exception {
    BAD.get(Dialect.CHAT).fault(new Fault.Status(503));
    String filling = filling(size);
    String body =
        """
        {"model":"same-CHAT","messages":[{"role":"user","content":"%s"}],"temperature":1.50}\
        """
            .formatted(filling);
    Gateway.Reply reply = gateway.post("/v1/chat/completions", body);
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    Received first = BAD.get(Dialect.CHAT).received().getFirst();
    Received second = GOOD.get(Dialect.CHAT).received().getFirst();
    assertThat(second.sha256()).isEqualTo(first.sha256());
    byte[] expected =
        body.replace("\"model\":\"same-CHAT\"", "\"model\":\"real\"")
            .getBytes(StandardCharsets.UTF_8);
    assertThat(Arrays.equals(second.body(), expected)).isTrue();
  }

  private static String filling(int size) {
    var random = new Random(size);
    var text = new StringBuilder(size);
    for (int i = 0; i < size; i++) {
      text.append((char) ('a' + random.nextInt(26)));
    }
    return text.toString();
  }

  @Test
  void noProviderSeesTheClientsKeyOrOurHeaders() throws Exception {
    gateway.post("/v1/chat/completions", Requests.body(Dialect.CHAT, "same-CHAT", false, "hello"));
    Map<String, String> headers = BAD.get(Dialect.CHAT).received().getFirst().headers();
    assertThat(headers).containsEntry("authorization", "Bearer secret-bad-chat");
    assertThat(headers.values()).noneMatch(value -> value.contains(Gateway.KEY));
    assertThat(headers.keySet())
        .noneMatch(name -> name.startsWith("x-sluice") || name.startsWith("x-envoy"))
        .doesNotContain("x-request-id", "x-forwarded-for", "x-forwarded-proto");
  }
}
