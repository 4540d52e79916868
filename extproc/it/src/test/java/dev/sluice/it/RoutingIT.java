package dev.sluice.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.examples.simulator.Dialect;
import dev.sluice.examples.simulator.Fault;
import dev.sluice.examples.simulator.Provider;
import dev.sluice.examples.simulator.Received;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which channel, URL and account a request goes to, and that the record says so. */
final class RoutingIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(8);

  private static final Provider ASXS = Provider.start("asxs", Dialect.RESPONSES, 0);
  private static final Provider CODEX = Provider.start("codex2api", Dialect.RESPONSES, 0);
  private static final Provider NEAR = Provider.start("near", Dialect.MESSAGES, 0);
  private static final Provider FAR = Provider.start("far", Dialect.MESSAGES, 0);
  private static final Provider SECOND = Provider.start("second", Dialect.MESSAGES, 0);
  private static final Provider THIRD = Provider.start("third", Dialect.MESSAGES, 0);
  private static final List<Provider> ALL = List.of(ASXS, CODEX, NEAR, FAR, SECOND, THIRD);
  private static Gateway gateway;

  @BeforeAll
  static void start() {
    gateway =
        Gateway.start(
            """
            groups:
              default: {max_attempts: 8, channels: [asxs, codex2api]}
              any: {max_attempts: 8, channels: [first, second, third]}
              limited: {channels: [limited]}
              equals: {ambiguous: score, exploration: 1, channels: [one, other]}
            error_rules:
              - {status: 403, body: "(?i)quota", action: cool_account, for: 1h}
            channels:
              asxs:
                protocol: openai-responses
                base_urls: ["%1$s"]
                accounts: [{name: main, key: asxs-1}, {name: backup, key: asxs-2, priority: 2}]
                models: [{alias: gpt-5.4-asxs, model: gpt-5.4}]
              codex2api:
                protocol: openai-responses
                base_urls: ["%2$s"]
                accounts: [{name: main, key: codex-1}]
                models: [{alias: gpt-5.4-codex2api, model: gpt-5.4}]
              first:
                protocol: anthropic
                base_urls: ["%3$s", "%4$s"]
                accounts: [{name: k1, key: first-1}, {name: k2, key: first-2, priority: 2}]
                models: [{match: "*claude*"}]
                priority: 1
              second:
                protocol: anthropic
                base_urls: ["%5$s"]
                accounts: [{name: k1, key: second-1}]
                models: [{match: "*claude*"}, {match: "*gemini*&*2.5*"}]
                priority: 2
              third:
                protocol: anthropic
                base_urls: ["%6$s"]
                accounts: [{name: k1, key: third-1}]
                models: [{match: "*claude*"}, {match: "*gpt-5*&*codex*"}]
                priority: 3
              limited:
                protocol: anthropic
                base_urls: ["%5$s"]
                accounts: [{name: k1, key: limited-1}, {name: k2, key: limited-2, priority: 2}]
                models: [{alias: m, model: real}]
                limits: {rpm: 2}
              one:
                protocol: anthropic
                base_urls: ["%5$s"]
                accounts: [{name: k1, key: one-1}]
                models: [{alias: m, model: real}]
              other:
                protocol: anthropic
                base_urls: ["%6$s"]
                accounts: [{name: k1, key: other-1}]
                models: [{alias: m, model: real}]
            """
                .formatted(
                    ASXS.baseUrl(),
                    CODEX.baseUrl(),
                    NEAR.baseUrl(),
                    FAR.baseUrl(),
                    SECOND.baseUrl(),
                    THIRD.baseUrl()),
            """
              - {name: any, key: sk-any, group: any}
              - {name: limited, key: sk-limited, group: limited}
              - {name: equals, key: sk-equals, group: equals}
              - {name: hasty, key: sk-hasty, group: default, limits: {rpm: 1}}
              - {name: poor, key: sk-poor, group: equals, limits: {budget: 1 tokens/month}}
            """);
  }

  @AfterAll
  static void stop() {
    gateway.close();
    ALL.forEach(Provider::close);
  }

  @BeforeEach
  void forget() {
    ALL.forEach(Provider::forget);
  }

  private static HttpResponse<String> ask(Dialect dialect, String model, String key, String session)
      throws Exception {
    HttpRequest request =
        gateway
            .request(Requests.path(dialect, model, false))
            .setHeader("authorization", "Bearer " + key)
            .setHeader("x-sluice-session", session)
            .POST(
                HttpRequest.BodyPublishers.ofString(Requests.body(dialect, model, false, "hello")))
            .build();
    return gateway.client().send(request, HttpResponse.BodyHandlers.ofString());
  }

  private static JsonNode record(HttpResponse<String> response) throws Exception {
    String id = response.headers().firstValue("x-request-id").orElseThrow();
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      for (String line : gateway.log("extproc").lines().toList()) {
        int at = line.indexOf("requests: {");
        if (at >= 0 && line.contains(id) && line.endsWith("}")) {
          return JSON.readTree(line.substring(line.indexOf('{', at)));
        }
      }
      Thread.sleep(25);
    }
    throw new AssertionError("no record of " + id);
  }

  /** {@code channel/account} of each attempt. */
  private static List<String> attempts(HttpResponse<String> response) throws Exception {
    var attempts = new ArrayList<String>();
    record(response)
        .path("attempts")
        .forEach(a -> attempts.add(a.path("channel").asText() + "/" + a.path("account").asText()));
    return attempts;
  }

  private static List<String> credentials(Provider provider) {
    return provider.received().stream().map(RoutingIT::credential).toList();
  }

  private static String credential(Received received) {
    String bearer = received.headers().get("authorization");
    return bearer == null
        ? received.headers().getOrDefault("x-api-key", "")
        : bearer.substring("Bearer ".length());
  }

  @Test
  void twoAliasesOfAGroupNeverCross() throws Exception {
    for (int i = 0; i < 10; i++) {
      var asxs = ask(Dialect.RESPONSES, "gpt-5.4-asxs", Gateway.KEY, "one conversation");
      assertThat(asxs.body()).contains("asxs says");
      assertThat(attempts(asxs)).containsExactly("asxs/main");
      var codex = ask(Dialect.CHAT, "gpt-5.4-codex2api", Gateway.KEY, "one conversation");
      assertThat(codex.body()).contains("codex2api says");
      assertThat(attempts(codex)).containsExactly("codex2api/main");
    }
    assertThat(new HashSet<>(credentials(ASXS))).isEqualTo(Set.of("asxs-1"));
    assertThat(new HashSet<>(credentials(CODEX))).isEqualTo(Set.of("codex-1"));
  }

  @Test
  void anAliasStaysOnItsOwnAccountsWhenTheyFail() throws Exception {
    ASXS.fault(new Fault.Status(503));
    var response = ask(Dialect.RESPONSES, "gpt-5.4-asxs", Gateway.KEY, "s");
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.body()).contains("2 attempts");
    assertThat(attempts(response)).containsExactly("asxs/main", "asxs/backup");
    assertThat(CODEX.received()).isEmpty();
  }

  @Test
  void channelsGoByPriorityAndUrlsBeforeAccounts() throws Exception {
    NEAR.fault(new Fault.Status(503));
    FAR.fault(new Fault.Status(503));
    SECOND.fault(new Fault.Status(503));
    var response = ask(Dialect.MESSAGES, "claude-sonnet-4-6", "sk-any", "s");
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    assertThat(response.body()).contains("third says");
    assertThat(attempts(response))
        .containsExactly("first/k1", "first/k1", "first/k2", "first/k2", "second/k1", "third/k1");
    assertThat(credentials(NEAR)).containsExactly("first-1", "first-2");
    assertThat(credentials(FAR)).containsExactly("first-1", "first-2");
    JsonNode chain = record(response).path("attempts");
    assertThat(chain.get(0).path("url").asText()).isEqualTo(NEAR.baseUrl());
    assertThat(chain.get(1).path("url").asText()).isEqualTo(FAR.baseUrl());
  }

  @Test
  void whenAllHaveFailedTheClientHearsHowMany() throws Exception {
    for (Provider provider : List.of(NEAR, FAR, SECOND, THIRD)) {
      provider.fault(new Fault.Status(503));
    }
    var response = ask(Dialect.CHAT, "claude-sonnet-4-6", "sk-any", "s");
    assertThat(response.statusCode()).isEqualTo(503);
    assertThat(response.body()).contains("6 attempts");
  }

  @Test
  void patternsSayWhatAChannelServes() throws Exception {
    assertThat(attempts(ask(Dialect.MESSAGES, "gemini-2.5-pro", "sk-any", "s")))
        .containsExactly("second/k1");
    assertThat(attempts(ask(Dialect.MESSAGES, "gpt-5-codex", "sk-any", "s")))
        .containsExactly("third/k1");
    assertThat(ask(Dialect.MESSAGES, "gemini-2.0-pro", "sk-any", "s").statusCode()).isEqualTo(404);
  }

  @Test
  void aSessionStaysWithItsChannel() throws Exception {
    List<String> home = attempts(ask(Dialect.MESSAGES, "m", "sk-equals", "sticky"));
    for (int i = 0; i < 10; i++) {
      assertThat(attempts(ask(Dialect.MESSAGES, "m", "sk-equals", "sticky"))).isEqualTo(home);
    }
  }

  @Test
  void overAnAccountsLimitAnotherAccountIsUsed() throws Exception {
    var used = new ArrayList<String>();
    for (int i = 0; i < 4; i++) {
      used.addAll(attempts(ask(Dialect.MESSAGES, "m", "sk-limited", "s" + i)));
    }
    assertThat(used).containsExactly("limited/k1", "limited/k1", "limited/k2", "limited/k2");
    var over = ask(Dialect.MESSAGES, "m", "sk-limited", "s");
    assertThat(over.statusCode()).as(over.body()).isEqualTo(429);
    assertThat(over.headers().firstValueAsLong("retry-after").orElse(0)).isBetween(1L, 61L);
  }

  @Test
  void overAKeysLimitTheClientIsToldWhenToComeAgain() throws Exception {
    assertThat(ask(Dialect.RESPONSES, "gpt-5.4-asxs", "sk-hasty", "s").statusCode()).isEqualTo(200);
    var over = ask(Dialect.RESPONSES, "gpt-5.4-asxs", "sk-hasty", "s");
    assertThat(over.statusCode()).isEqualTo(429);
    assertThat(over.body()).contains("requests in a minute").contains("hasty");
    assertThat(over.headers().firstValueAsLong("retry-after").orElse(0)).isBetween(1L, 120L);
    assertThat(over.headers().firstValue("x-ratelimit-limit-requests")).contains("1");
    assertThat(over.headers().firstValue("x-ratelimit-remaining-requests")).contains("0");
    assertThat(ASXS.received()).hasSize(1);
  }

  @Test
  void overAKeysBudgetTheClientIsToldWhich() throws Exception {
    assertThat(ask(Dialect.MESSAGES, "m", "sk-poor", "s").statusCode()).isEqualTo(200);
    var over = ask(Dialect.MESSAGES, "m", "sk-poor", "s");
    assertThat(over.statusCode()).isBetween(402, 429);
    assertThat(over.body()).contains("1 tokens/month").contains("poor");
  }

  @Test
  void theChainSaysWhatWasConsideredAndWhy() throws Exception {
    NEAR.fault(new Fault.Status(500));
    var response = ask(Dialect.MESSAGES, "claude-opus-4-8", "sk-any", "s");
    JsonNode record = record(response);
    assertThat(record.path("attempts").get(0).path("failure").asText()).isEqualTo("INTERNAL");
    assertThat(record.path("attempts").get(0).path("reason").asText()).startsWith("first");
    assertThat(record.path("attempts").get(1).path("reason").asText()).startsWith("after INTERNAL");
  }
}
