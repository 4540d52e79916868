package dev.sluice.it;

import static java.util.Locale.ROOT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.examples.simulator.Dialect;
import dev.sluice.examples.simulator.Fault;
import dev.sluice.examples.simulator.Provider;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the record of a request says of its attempts, how they ended and what they used, over the
 * whole way with Envoy's access log. The simulated provider's prompt has 20 tokens, 8 of them
 * cached; every word of its answer is one, and a thought has 5.
 */
final class UsageIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Map<Dialect, Provider> PROVIDERS = new EnumMap<>(Dialect.class);
  private static final Duration PATIENCE = Duration.ofSeconds(8);

  /** The answer is "sim says: " and this. */
  private static final String TEXT = "one two three";

  private static final int WORDS = 5;
  private static final List<Dialect> PAINTERS =
      List.of(Dialect.CHAT, Dialect.RESPONSES, Dialect.GEMINI);
  private static Provider bad;
  private static Painter painter;
  private static Spoken spoken;
  private static Gateway gateway;

  @BeforeAll
  static void start() throws Exception {
    spoken = Spoken.start();
    bad = Provider.start("bad", Dialect.CHAT, 0);
    painter = Painter.start();
    var channels = new StringBuilder();
    for (Dialect dialect : Dialect.values()) {
      PROVIDERS.put(dialect, Provider.start("sim", dialect, 0));
      channels.append(
          """
            %s:
              protocol: %s
              base_urls: ["%s"]
              accounts: [{name: main, key: k}]
              models: [{alias: m-%s, model: real}]
              prices: [{model: real, input: 1000, cached_input: 100, output: 10000}]
          """
              .formatted(dialect, protocol(dialect), PROVIDERS.get(dialect).baseUrl(), dialect));
      channels.append(
          """
            said-%s:
              protocol: %s
              base_urls: ["%s"]
              accounts: [{name: main, key: k}]
              models: [{alias: said-%s, model: real}]
          """
              .formatted(dialect, protocol(dialect), spoken.baseUrl(), dialect));
    }
    for (Dialect dialect : PAINTERS) {
      channels.append(
          """
            P-%s:
              protocol: %s
              base_urls: ["%s"]
              accounts: [{name: main, key: k}]
              models: [{alias: p-%s, model: real}]
              prices: [{model: real, input: 1000, output: 10000, per_image: 3}]
          """
              .formatted(dialect, protocol(dialect), painter.baseUrl(dialect), dialect));
    }
    gateway =
        Gateway.start(
            """
            groups:
              default: {channels: [CHAT, RESPONSES, MESSAGES, GEMINI]}
              rough: {usage: estimate, channels: [CHAT]}
              two: {channels: [bad, spare]}
              racing: {hedge_after: 150ms, channels: [bad, spare]}
              kept: {commit_after: 200ms, channels: [MESSAGES]}
              painted: {channels: [P-CHAT, P-RESPONSES, P-GEMINI]}
              said:
                usage: estimate
                channels: [said-CHAT, said-RESPONSES, said-MESSAGES, said-GEMINI]
            channels:
            %s
              bad:
                protocol: openai-chat
                base_urls: ["%s"]
                accounts: [{name: main, key: k}]
                models: [{alias: m, model: real}]
                prices: [{model: real, input: 500000, output: 500000}]
              spare:
                protocol: anthropic
                base_urls: ["%s"]
                accounts: [{name: main, key: k}]
                models: [{alias: m, model: real}]
                prices: [{model: real, input: 1000, cached_input: 100, output: 10000}]
                priority: 2
            """
                .formatted(channels, bad.baseUrl(), PROVIDERS.get(Dialect.MESSAGES).baseUrl()),
            """
              - {name: rough, key: sk-rough, group: rough}
              - {name: two, key: sk-two, group: two}
              - {name: racing, key: sk-racing, group: racing}
              - {name: kept, key: sk-kept, group: kept}
              - {name: painted, key: sk-painted, group: painted}
              - {name: said, key: sk-said, group: said}
            """);
  }

  private static String protocol(Dialect dialect) {
    return switch (dialect) {
      case CHAT -> "openai-chat";
      case RESPONSES -> "openai-responses";
      case MESSAGES -> "anthropic";
      case GEMINI -> "gemini";
    };
  }

  @AfterAll
  static void stop() throws Exception {
    try {
      assertThat(repeated()).as("requests that were told twice").isEmpty();
    } finally {
      gateway.close();
      bad.close();
      painter.close();
      spoken.close();
      PROVIDERS.values().forEach(Provider::close);
    }
  }

  private static List<String> repeated() throws Exception {
    var ids = records().stream().map(r -> r.path("id").asText()).toList();
    return ids.stream().filter(id -> ids.indexOf(id) != ids.lastIndexOf(id)).toList();
  }

  @BeforeEach
  void forget() {
    bad.forget();
    PROVIDERS.values().forEach(Provider::forget);
  }

  // ---- asking, and reading what was told

  private static HttpRequest request(String path, String key, String body) {
    return gateway
        .request(path)
        .setHeader("authorization", "Bearer " + key)
        .POST(HttpRequest.BodyPublishers.ofString(body))
        .build();
  }

  private static HttpRequest request(Dialect client, String model, boolean stream, String key) {
    return request(
        Requests.path(client, model, stream), key, Requests.body(client, model, stream, TEXT));
  }

  /** Sends it, reads the answer to its end, and waits for its record. */
  private static JsonNode told(HttpRequest request) throws Exception {
    var response = gateway.client().send(request, HttpResponse.BodyHandlers.ofString());
    return record(id(response));
  }

  private static String id(HttpResponse<?> response) {
    return response.headers().firstValue("x-request-id").orElseThrow();
  }

  private static List<JsonNode> records() throws Exception {
    var records = new ArrayList<JsonNode>();
    for (String line : gateway.log("extproc").lines().toList()) {
      int at = line.indexOf("requests: {");
      if (at >= 0 && line.endsWith("}")) {
        records.add(JSON.readTree(line.substring(line.indexOf('{', at))));
      }
    }
    return records;
  }

  private static JsonNode record(String id) throws Exception {
    return await("id", id);
  }

  private static JsonNode await(String field, String value) throws Exception {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      for (JsonNode record : records()) {
        if (record.path(field).asText().equals(value)) {
          return record;
        }
      }
      Thread.sleep(25);
    }
    throw new AssertionError("no record with " + field + " " + value);
  }

  /** {@code settlement input+cacheRead/output(reasoning)} of an attempt or of the request. */
  private static String sum(JsonNode of) {
    JsonNode tokens = of.path("tokens");
    return "%s %d+%d/%d(%d)"
        .formatted(
            of.path("settlement").asText(),
            tokens.path("input").asInt(),
            tokens.path("cacheRead").asInt(),
            tokens.path("output").asInt(),
            tokens.path("reasoning").asInt());
  }

  /** Channel, status, failure and sum of each attempt. */
  private static List<String> attempts(JsonNode record) {
    var attempts = new ArrayList<String>();
    record
        .path("attempts")
        .forEach(
            a ->
                attempts.add(
                    "%s %d %s%s"
                        .formatted(
                            a.path("channel").asText(),
                            a.path("status").asInt(),
                            a.path("failure").asText().isEmpty()
                                ? ""
                                : a.path("failure").asText() + " ",
                            sum(a))));
    return attempts;
  }

  // ---- whole and streamed, untouched and translated

  /** Every client with every provider, all at once. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void tokensAreWhatTheProviderSaid(boolean stream) throws Exception {
    var sent = new LinkedHashMap<String, CompletableFuture<HttpResponse<String>>>();
    for (Dialect client : Dialect.values()) {
      for (Dialect provider : Dialect.values()) {
        HttpRequest request = request(client, "m-" + provider, stream, Gateway.KEY);
        sent.put(
            client + " " + provider,
            gateway.client().sendAsync(request, HttpResponse.BodyHandlers.ofString()));
      }
    }
    var softly = new SoftAssertions();
    for (var each : sent.entrySet()) {
      String way = each.getKey();
      HttpResponse<String> response = each.getValue().get();
      JsonNode record = record(id(response));
      List<String> ends = List.of(way.split(" "));
      boolean same = ends.getFirst().equals(ends.getLast());
      String outcome =
          !same ? "translated" : stream && !way.equals("CHAT CHAT") ? "released" : "passed";
      softly
          .assertThat(
              record.path("status").asInt()
                  + " "
                  + record.path("outcome").asText()
                  + " "
                  + sum(record))
          .as(way + " " + response.body())
          .isEqualTo("200 " + outcome + " COMPLETE 12+8/" + WORDS + "(0)");
      softly
          .assertThat(attempts(record))
          .as(way)
          .containsExactly(ends.getLast() + " 200 COMPLETE 12+8/" + WORDS + "(0)");
      // 12 at 1000, 8 at 100, 5 at 10000 USD a million.
      softly.assertThat(record.path("cost").asDouble()).as(way).isEqualTo(0.0628);
      softly.assertThat(record.path("charged").asDouble()).as(way).isEqualTo(0.0628);
      long first = record.path("firstTokenMicros").asLong();
      softly.assertThat(first).as(way).isPositive();
      softly
          .assertThat(record.path("durationMicros").asLong())
          .as(way)
          .isGreaterThanOrEqualTo(first);
    }
    softly.assertAll();
  }

  @ParameterizedTest
  @CsvSource({
    "RESPONSES, RESPONSES, true",
    "RESPONSES, RESPONSES, false",
    "RESPONSES, GEMINI, true",
    "CHAT, CHAT, true",
    "CHAT, CHAT, false",
    "CHAT, RESPONSES, true"
  })
  void thinkingIsPartOfTheOutput(Dialect client, Dialect provider, boolean stream)
      throws Exception {
    String thinks =
        client == Dialect.CHAT
            ? "\"reasoning_effort\":\"high\",\"model\""
            : "\"reasoning\":{\"effort\":\"high\",\"summary\":\"auto\"},\"model\"";
    String body = Requests.body(client, "m-" + provider, stream, TEXT).replace("\"model\"", thinks);
    JsonNode record = told(request(Requests.path(client, "", stream), Gateway.KEY, body));
    assertThat(sum(record)).isEqualTo("COMPLETE 12+8/10(5)");
  }

  @Test
  void aStreamThatIsOneArrayIsReadOnItsWay() throws Exception {
    HttpRequest request =
        request(
            "/v1beta/models/m-GEMINI:streamGenerateContent",
            Gateway.KEY,
            Requests.body(Dialect.GEMINI, "m-GEMINI", true, TEXT));
    var response = gateway.client().send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(response.headers().firstValue("content-type")).contains("application/json");
    assertThat(JSON.readTree(response.body()).size()).isEqualTo(WORDS);
    JsonNode record = record(id(response));
    assertThat(record.path("outcome").asText()).isEqualTo("passed");
    assertThat(sum(record)).isEqualTo("COMPLETE 12+8/5(0)");
  }

  /** 20 tokens at 1,000 and 5 at 10,000 USD a million, and 3 USD for each of two pictures. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void picturesAreCountedWhereTheyArePaidFor(boolean stream) throws Exception {
    var softly = new SoftAssertions();
    for (Dialect provider : PAINTERS) {
      for (Dialect client : EnumSet.of(provider, Dialect.CHAT)) {
        JsonNode record = told(request(client, "p-" + provider, stream, "sk-painted"));
        softly
            .assertThat(record.path("cost").asDouble())
            .as("%s from %s: %s", client, provider, record)
            .isCloseTo(0.02 + 0.05 + 2 * 3, within(1e-9));
      }
    }
    softly.assertAll();
  }

  /** What Envoy alone has seen of them. */
  @Test
  void whatReleasedStreamsSayOfThemselves() throws Exception {
    var sent = new LinkedHashMap<String, CompletableFuture<HttpResponse<String>>>();
    for (String name : Spoken.expected().keySet()) {
      Dialect dialect = Dialect.valueOf(name.substring(0, name.indexOf('/')).toUpperCase(ROOT));
      String model = "said-" + dialect;
      HttpRequest request =
          request(
              Requests.path(dialect, model, true),
              "sk-said",
              Requests.body(dialect, model, true, name));
      sent.put(name, gateway.client().sendAsync(request, HttpResponse.BodyHandlers.ofString()));
    }
    var softly = new SoftAssertions();
    for (var each : Spoken.expected().entrySet()) {
      JsonNode record = record(id(sent.get(each.getKey()).get(20, TimeUnit.SECONDS)));
      softly.assertThat(sum(record)).as(each.getKey() + " " + record).startsWith(each.getValue());
      softly
          .assertThat(record.path("outcome").asText())
          .as(each.getKey())
          .isEqualTo(each.getValue().startsWith("ABORTED") ? "cut" : "released");
    }
    softly.assertAll();
  }

  @Test
  void picturesOfAStreamWithUsageAskedForAreCountedToo() throws Exception {
    String body =
        Requests.body(Dialect.CHAT, "p-CHAT", true, TEXT)
            .replace("\"stream\"", "\"stream_options\":{\"include_usage\":true},\"stream\"");
    var response =
        gateway
            .client()
            .send(
                request("/v1/chat/completions", "sk-painted", body),
                HttpResponse.BodyHandlers.ofString());
    assertThat(response.body()).contains("\"prompt_tokens\":20");
    JsonNode record = record(id(response));
    assertThat(record.path("outcome").asText()).isEqualTo("passed");
    assertThat(record.path("cost").asDouble()).isCloseTo(6.07, within(1e-9));
  }

  // ---- Chat Completions, which say it only when asked

  @Test
  void whoDidNotAskForUsageDoesNotSeeIt() throws Exception {
    HttpRequest request = request(Dialect.CHAT, "m-CHAT", true, Gateway.KEY);
    var response = gateway.client().send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(response.body()).doesNotContain("prompt_tokens").endsWith("data: [DONE]\n\n");
    assertThat(sent(Dialect.CHAT)).contains("\"include_usage\":true");
    assertThat(sum(record(id(response)))).isEqualTo("COMPLETE 12+8/5(0)");
  }

  @Test
  void whoAskedSeesItAndIsReleased() throws Exception {
    String body =
        Requests.body(Dialect.CHAT, "m-CHAT", true, TEXT)
            .replace("\"stream\"", "\"stream_options\":{\"include_usage\":true},\"stream\"");
    HttpRequest request = request("/v1/chat/completions", Gateway.KEY, body);
    var response = gateway.client().send(request, HttpResponse.BodyHandlers.ofString());
    assertThat(response.body()).contains("\"prompt_tokens\":20");
    assertThat(sent(Dialect.CHAT)).isEqualTo(body.replace("m-CHAT", "real"));
    JsonNode record = record(id(response));
    assertThat(record.path("outcome").asText()).isEqualTo("released");
    assertThat(sum(record)).isEqualTo("COMPLETE 12+8/5(0)");
  }

  @Test
  void aGroupThatEstimatesLeavesTheRequestAlone() throws Exception {
    JsonNode record = told(request(Dialect.CHAT, "m-CHAT", true, "sk-rough"));
    assertThat(sent(Dialect.CHAT))
        .isEqualTo(Requests.body(Dialect.CHAT, "m-CHAT", true, TEXT).replace("m-CHAT", "real"));
    assertThat(record.path("outcome").asText()).isEqualTo("released");
    assertThat(record.path("settlement").asText()).isEqualTo("ESTIMATED");
    assertThat(record.path("tokens").path("input").asInt()).isBetween(5, 20);
    assertThat(record.path("tokens").path("output").asInt()).isBetween(WORDS - 1, WORDS + 2);
  }

  private static String sent(Dialect dialect) {
    return new String(PROVIDERS.get(dialect).received().getLast().body(), StandardCharsets.UTF_8);
  }

  // ---- broken off

  private static JsonNode leftAfter(Dialect client, String model, String key, int bytes)
      throws Exception {
    HttpResponse<InputStream> response =
        gateway
            .client()
            .send(request(client, model, true, key), HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      assertThat(body.readNBytes(bytes)).hasSize(bytes);
    }
    return record(id(response));
  }

  @ParameterizedTest
  @CsvSource({
    "MESSAGES, MESSAGES, 12, 8",
    "GEMINI, GEMINI, 12, 8",
    "CHAT, MESSAGES, 12, 8",
    "MESSAGES, GEMINI, 12, 8",
    "RESPONSES, RESPONSES, 0, 0",
    "CHAT, CHAT, 0, 0",
    "MESSAGES, CHAT, 0, 0"
  })
  void aClientThatLeavesPaysForWhatHadCome(Dialect client, Dialect provider, int input, int cached)
      throws Exception {
    PROVIDERS.get(provider).pace(Duration.ofMillis(60));
    JsonNode record = leftAfter(client, "m-" + provider, Gateway.KEY, 200);
    assertThat(record.path("outcome").asText()).isEqualTo("left");
    assertThat(record.path("settlement").asText()).isEqualTo("ABORTED");
    JsonNode tokens = record.path("tokens");
    if (input > 0) {
      assertThat(tokens.path("input").asInt()).isEqualTo(input);
      assertThat(tokens.path("cacheRead").asInt()).isEqualTo(cached);
    } else {
      assertThat(tokens.path("input").asInt()).isBetween(3, 30);
    }
    assertThat(tokens.path("output").asInt()).isBetween(1, WORDS);
    JsonNode attempt = record.path("attempts").path(0);
    assertThat(attempt.path("failure").asText()).isEqualTo("LEFT");
    assertThat(attempt.path("flags").asText()).isIn("DR", "DC");
    assertThat(record.path("cost").asDouble()).isPositive();
    assertThat(PROVIDERS.get(provider).received()).hasSize(1);
  }

  @Test
  void aClientThatLeavesBeforeTheFirstTokenPaysNothing() throws Exception {
    PROVIDERS.get(Dialect.MESSAGES).fault(new Fault.Slow(Duration.ofSeconds(5)));
    var request =
        request("/v1/messages", "sk-two", Requests.body(Dialect.MESSAGES, "m", true, TEXT));
    bad.fault(new Fault.Silent());
    CompletableFuture<HttpResponse<String>> running =
        gateway.client().sendAsync(request, HttpResponse.BodyHandlers.ofString());
    while (bad.received().isEmpty()) {
      Thread.sleep(5);
    }
    running.cancel(true);
    JsonNode record = await("outcome", "left");
    while (!record.path("key").asText().equals("two")) {
      Thread.sleep(25);
      record =
          records().stream()
              .filter(r -> r.path("key").asText().equals("two"))
              .findFirst()
              .orElse(record);
    }
    assertThat(record.path("outcome").asText()).isEqualTo("left");
    assertThat(record.path("status").asInt()).isZero();
    assertThat(record.path("firstTokenMicros").asInt()).isEqualTo(-1);
    assertThat(attempts(record)).containsExactly("bad 0 LEFT FAILED 0+0/0(0)");
    assertThat(record.path("cost").asDouble()).isZero();
  }

  /** Four at once, since the provider waits for half a second before it resets. */
  @Test
  void aProviderThatBreaksOffIsPaidForWhatHadCome() throws Exception {
    var ways = List.of("MESSAGES MESSAGES", "CHAT MESSAGES", "CHAT CHAT", "RESPONSES RESPONSES");
    PROVIDERS.forEach(
        (dialect, provider) -> provider.fault(new Fault.CutAfter(dialect == Dialect.CHAT ? 3 : 7)));
    var responses = new LinkedHashMap<String, HttpResponse<InputStream>>();
    for (String way : ways) {
      List<String> ends = List.of(way.split(" "));
      HttpRequest request =
          request(Dialect.valueOf(ends.getFirst()), "m-" + ends.getLast(), true, Gateway.KEY);
      responses.put(way, gateway.client().send(request, HttpResponse.BodyHandlers.ofInputStream()));
    }
    for (var each : responses.entrySet()) {
      try (InputStream _ = each.getValue().body()) {
        JsonNode record = record(id(each.getValue()));
        assertThat(record.path("outcome").asText()).as(each.getKey()).isEqualTo("cut");
        assertThat(record.path("settlement").asText()).as(each.getKey()).isEqualTo("ABORTED");
        JsonNode attempt = record.path("attempts").path(0);
        assertThat(attempt.path("failure").asText()).as(each.getKey()).isEqualTo("CUT");
        JsonNode tokens = record.path("tokens");
        assertThat(tokens.path("output").asInt()).as(each.getKey()).isBetween(1, WORDS);
        if (each.getKey().endsWith("MESSAGES")) {
          assertThat(tokens.path("input").asInt()).as(each.getKey()).isEqualTo(12);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"MESSAGES, MESSAGES", "RESPONSES, RESPONSES", "CHAT, CHAT", "CHAT, MESSAGES"})
  void anErrorInTheMiddleIsNoWholeAnswer(Dialect client, Dialect provider) throws Exception {
    PROVIDERS.get(provider).fault(new Fault.ErrorAfter(provider == Dialect.CHAT ? 3 : 7));
    JsonNode record = told(request(client, "m-" + provider, true, Gateway.KEY));
    assertThat(record.path("outcome").asText()).isEqualTo("cut");
    assertThat(record.path("settlement").asText()).isEqualTo("ABORTED");
  }

  // ---- several attempts

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void everyAttemptIsBookedOnItsOwnChannel(boolean stream) throws Exception {
    bad.fault(new Fault.Status(500));
    JsonNode record = told(request(Dialect.CHAT, "m", stream, "sk-two"));
    assertThat(record.path("status").asInt()).isEqualTo(200);
    assertThat(attempts(record))
        .containsExactly("bad 500 INTERNAL FAILED 0+0/0(0)", "spare 200 COMPLETE 12+8/5(0)");
    assertThat(record.path("attempts").path(1).path("reason").asText())
        .startsWith("after INTERNAL: ");
    assertThat(record.path("attempts").path(0).path("cost").asDouble()).isZero();
    assertThat(record.path("cost").asDouble()).isEqualTo(0.0628);
  }

  @Test
  void whenAllFailTheRecordSaysSo() throws Exception {
    bad.fault(new Fault.Status(500));
    PROVIDERS.get(Dialect.MESSAGES).fault(new Fault.HeadersThenReset());
    JsonNode record = told(request(Dialect.CHAT, "m", true, "sk-two"));
    assertThat(record.path("status").asInt()).isEqualTo(503);
    assertThat(record.path("outcome").asText()).isEqualTo("refused");
    assertThat(sum(record)).isEqualTo("FAILED 0+0/0(0)");
    assertThat(attempts(record))
        .containsExactly(
            "bad 500 INTERNAL FAILED 0+0/0(0)", "spare 200 UNAVAILABLE FAILED 0+0/0(0)");
  }

  @Test
  void theSlowerOfTwoIsLostAndItsPromptIsPaidFor() throws Exception {
    bad.fault(new Fault.Slow(Duration.ofSeconds(3)));
    JsonNode record = told(request(Dialect.CHAT, "m", true, "sk-racing"));
    assertThat(record.path("settlement").asText()).isEqualTo("COMPLETE");
    assertThat(record.path("tokens").path("output").asInt()).isEqualTo(WORDS);
    List<String> attempts = attempts(record);
    assertThat(attempts).hasSize(2);
    assertThat(attempts.getFirst()).startsWith("bad 0 LOST ").doesNotContain("LOST 0+");
    assertThat(attempts.getLast()).isEqualTo("spare 200 COMPLETE 12+8/5(0)");
    assertThat(record.path("attempts").path(1).path("reason").asText()).startsWith("race: ");
    assertThat(record.path("cost").asDouble()).isGreaterThan(0.0628);
  }

  // ---- what is no answer of a model

  @Test
  void countingIsFree() throws Exception {
    JsonNode record =
        told(
            request(
                "/v1/messages/count_tokens",
                Gateway.KEY,
                Requests.body(Dialect.MESSAGES, "m-MESSAGES", false, TEXT)));
    assertThat(record.path("endpoint").asText()).isEqualTo("count");
    assertThat(attempts(record)).containsExactly("MESSAGES 200 COMPLETE 0+0/0(0)");
    assertThat(record.path("cost").asDouble()).isZero();
    record =
        told(
            request(
                "/v1/messages/count_tokens",
                Gateway.KEY,
                Requests.body(Dialect.MESSAGES, "m-CHAT", false, TEXT)));
    assertThat(record.path("outcome").asText()).isEqualTo("counted");
    assertThat(attempts(record)).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aRefusalIsToldWhereTheKeyIsKnown(Dialect client) throws Exception {
    JsonNode record = told(request(client, "none", false, Gateway.KEY));
    assertThat(record.path("status").asInt()).isEqualTo(404);
    assertThat(record.path("outcome").asText()).isEqualTo("refused");
    assertThat(record.path("model").asText()).isEqualTo("none");
    assertThat(attempts(record)).isEmpty();
    var stranger =
        gateway
            .client()
            .send(
                request(client, "none", false, "sk-stranger"),
                HttpResponse.BodyHandlers.ofString());
    assertThat(stranger.statusCode()).isEqualTo(401);
    record(told(request(client, "none", false, Gateway.KEY)).path("id").asText());
    assertThat(gateway.log("extproc")).doesNotContain("\"id\":\"" + id(stranger));
  }

  @Test
  void aListOfModelsIsToldWithoutAttempts() throws Exception {
    JsonNode record = told(gateway.request("/v1/models").GET().build());
    assertThat(record.path("endpoint").asText()).isEqualTo("models");
    assertThat(record.path("outcome").asText()).isEqualTo("answered");
    assertThat(record.path("status").asInt()).isEqualTo(200);
  }

  // ---- kept by the keeper

  @ParameterizedTest
  @ValueSource(ints = {0, 500})
  void aKeptStreamIsToldOnceByTheClientsId(int millis) throws Exception {
    PROVIDERS.get(Dialect.MESSAGES).fault(new Fault.Slow(Duration.ofMillis(millis)));
    int before = told("kept").size();
    JsonNode record = told(request(Dialect.MESSAGES, "m-MESSAGES", true, "sk-kept"));
    assertThat(attempts(record)).containsExactly("MESSAGES 200 COMPLETE 12+8/5(0)");
    Thread.sleep(400);
    assertThat(told("kept")).hasSize(before + 1);
  }

  private static List<JsonNode> told(String key) throws Exception {
    return records().stream().filter(r -> Set.of(key).contains(r.path("key").asText())).toList();
  }
}
