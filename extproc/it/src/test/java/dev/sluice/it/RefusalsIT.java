package dev.sluice.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.examples.simulator.Dialect;
import dev.sluice.examples.simulator.Fault;
import dev.sluice.examples.simulator.Provider;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a client hears that cannot be served, in its own protocol. */
final class RefusalsIT {
  private static final Map<Dialect, Provider> PROVIDERS = new EnumMap<>(Dialect.class);
  private static Gateway gateway;

  @BeforeAll
  static void start() {
    var channels = new StringBuilder();
    for (Dialect dialect : Dialect.values()) {
      PROVIDERS.put(dialect, Provider.start("one", dialect, 0));
      channels.append(
          """
            %s:
              protocol: %s
              base_urls: ["%s"]
              accounts: [{name: a, key: secret-a}, {name: b, key: secret-b, priority: 2}]
              models: [{alias: m-%s, model: real}]
              timeouts: {connect: 1s, first_token: 300ms, request: 400ms}
          """
              .formatted(dialect, protocol(dialect), PROVIDERS.get(dialect).baseUrl(), dialect));
    }
    gateway =
        Gateway.start(
            """
            groups:
              default: {channels: [CHAT, RESPONSES, MESSAGES, GEMINI]}
            channels:
            %s
            """
                .formatted(channels),
            "  - {name: narrow, key: sk-narrow, group: default, models: [\"other-*\"]}");
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
  static void stop() {
    gateway.close();
    PROVIDERS.values().forEach(Provider::close);
  }

  @BeforeEach
  void forget() {
    PROVIDERS.values().forEach(Provider::forget);
  }

  /** What stands before the message in each protocol's error. */
  private static void assertError(Dialect dialect, Gateway.Reply reply, int status, String type) {
    assertThat(reply.status()).as(reply.text()).isEqualTo(status);
    assertThat(reply.header("content-type")).startsWith("application/json");
    assertThat(reply.text())
        .contains(
            switch (dialect) {
              case CHAT, RESPONSES -> "{\"error\":{\"message\":";
              case MESSAGES -> "{\"type\":\"error\",\"error\":{\"type\":\"" + type + "\"";
              case GEMINI -> "{\"error\":{\"code\":" + status + ",\"message\":";
            });
    assertThat(reply.text()).contains(type).doesNotContain("secret-");
  }

  private static Gateway.Reply send(Dialect dialect, String model, String key, String body)
      throws Exception {
    return gateway.post(
        Requests.path(dialect, model, false),
        body.getBytes(StandardCharsets.UTF_8),
        key.isEmpty() ? Map.of("authorization", "none") : Map.of("authorization", "Bearer " + key));
  }

  private static String type(Dialect dialect, String openAi, String anthropic, String google) {
    return switch (dialect) {
      case CHAT, RESPONSES -> openAi;
      case MESSAGES -> anthropic;
      case GEMINI -> google;
    };
  }

  static Stream<Arguments> badKeys() {
    return Arrays.stream(Dialect.values())
        .flatMap(d -> Stream.of(Arguments.of(d, ""), Arguments.of(d, "sk-wrong")));
  }

  @ParameterizedTest
  @MethodSource("badKeys")
  void withoutAKeyOfOurs(Dialect dialect, String key) throws Exception {
    String model = "m-" + dialect;
    var reply = send(dialect, model, key, Requests.body(dialect, model, false, "hi"));
    assertError(
        dialect,
        reply,
        401,
        type(dialect, "authentication_error", "authentication_error", "UNAUTHENTICATED"));
    assertThat(PROVIDERS.get(dialect).received()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource
  void aModelThatTheKeyMayNotUse(Dialect dialect) throws Exception {
    String model = "m-" + dialect;
    var reply = send(dialect, model, "sk-narrow", Requests.body(dialect, model, false, "hi"));
    assertError(
        dialect,
        reply,
        403,
        type(dialect, "permission_error", "permission_error", "PERMISSION_DENIED"));
    assertThat(reply.text()).contains(model);
  }

  @ParameterizedTest
  @EnumSource
  void aModelThatNoChannelServes(Dialect dialect) throws Exception {
    String model = "m-" + dialect + "X";
    var reply = send(dialect, model, Gateway.KEY, Requests.body(dialect, model, false, "hi"));
    assertError(
        dialect, reply, 404, type(dialect, "not_found_error", "not_found_error", "NOT_FOUND"));
    assertThat(reply.text()).contains("Close names: m-" + dialect);
  }

  static Stream<Arguments> malformed() {
    return Stream.of(
        Arguments.of(Dialect.CHAT, "{\"model\":\"m-CHAT\"", "not valid JSON"),
        Arguments.of(Dialect.CHAT, "[]", "not a JSON object"),
        Arguments.of(Dialect.CHAT, "", "not a JSON object"),
        Arguments.of(Dialect.CHAT, "{\"messages\":[]}", "model"),
        Arguments.of(Dialect.CHAT, "{\"model\":\"m-CHAT\"}", "messages"),
        Arguments.of(Dialect.CHAT, "{\"model\":\"m-CHAT\",\"messages\":1}", "messages"),
        Arguments.of(
            Dialect.CHAT, "{\"model\":\"m-CHAT\",\"messages\":[],\"stream\":\"yes\"}", "stream"),
        Arguments.of(Dialect.RESPONSES, "{\"model\":\"m-RESPONSES\"}", "input"),
        Arguments.of(Dialect.MESSAGES, "{\"model\":\"m-MESSAGES\",\"messages\":[]}", "max_tokens"),
        Arguments.of(Dialect.GEMINI, "{}", "contents"));
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void aBodyThatIsWrong(Dialect dialect, String body, String names) throws Exception {
    var reply = send(dialect, "m-" + dialect, Gateway.KEY, body);
    assertError(
        dialect,
        reply,
        400,
        type(dialect, "invalid_request_error", "invalid_request_error", "INVALID_ARGUMENT"));
    assertThat(reply.text()).contains(names);
  }

  @ParameterizedTest
  @EnumSource
  void aBodyThatIsTooLarge(Dialect dialect) throws Exception {
    String model = "m-" + dialect;
    String body = Requests.body(dialect, model, false, "x".repeat(41 << 20));
    var reply = send(dialect, model, Gateway.KEY, body);
    assertError(
        dialect,
        reply,
        413,
        type(dialect, "invalid_request_error", "request_too_large", "INVALID_ARGUMENT"));
  }

  @ParameterizedTest
  @EnumSource
  void everybodySays429(Dialect dialect) throws Exception {
    String model = "m-" + dialect;
    PROVIDERS.get(dialect).fault(new Fault.Status(429, Map.of("retry-after", "7")));
    var reply = send(dialect, model, Gateway.KEY, Requests.body(dialect, model, false, "hi"));
    assertError(
        dialect,
        reply,
        429,
        type(dialect, "rate_limit_error", "rate_limit_error", "RESOURCE_EXHAUSTED"));
    assertThat(reply.header("retry-after")).isEqualTo("7");
    assertThat(PROVIDERS.get(dialect).received()).hasSize(2);
  }

  @ParameterizedTest
  @EnumSource
  void everybodyFails(Dialect dialect) throws Exception {
    String model = "m-" + dialect;
    PROVIDERS.get(dialect).fault(new Fault.Status(500));
    var reply = send(dialect, model, Gateway.KEY, Requests.body(dialect, model, false, "hi"));
    assertError(dialect, reply, 503, type(dialect, "server_error", "api_error", "UNAVAILABLE"));
    assertThat(reply.text()).contains("2 attempts").contains("simulated failure 500");
  }

  @ParameterizedTest
  @EnumSource
  void everybodyResets(Dialect dialect) throws Exception {
    String model = "m-" + dialect;
    PROVIDERS.get(dialect).fault(new Fault.HeadersThenReset());
    var reply = send(dialect, model, Gateway.KEY, Requests.body(dialect, model, true, "hi"));
    assertError(dialect, reply, 503, type(dialect, "server_error", "api_error", "UNAVAILABLE"));
    assertThat(reply.text()).contains("2 attempts");
  }

  @ParameterizedTest
  @EnumSource
  void everybodyIsSilent(Dialect dialect) throws Exception {
    String model = "m-" + dialect;
    PROVIDERS.get(dialect).fault(new Fault.Silent());
    var reply =
        gateway.post(
            Requests.path(dialect, model, true), Requests.body(dialect, model, true, "hi"));
    assertError(
        dialect, reply, 504, type(dialect, "timeout_error", "timeout_error", "DEADLINE_EXCEEDED"));
  }

  @ParameterizedTest
  @EnumSource
  void theProvidersOwnRefusalIsPassedOn(Dialect dialect) throws Exception {
    String model = "m-" + dialect;
    PROVIDERS.get(dialect).fault(new Fault.Status(400));
    var reply = send(dialect, model, Gateway.KEY, Requests.body(dialect, model, false, "hi"));
    assertThat(reply.status()).isEqualTo(400);
    assertThat(reply.text()).contains("simulated failure 400");
    assertThat(PROVIDERS.get(dialect).received()).hasSize(1);
  }
}
