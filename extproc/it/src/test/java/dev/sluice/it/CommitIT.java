package dev.sluice.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.examples.simulator.Dialect;
import dev.sluice.examples.simulator.Fault;
import dev.sluice.examples.simulator.Provider;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A group with {@code commit_after}: a stream without a first token by then gets its headers and
 * keep-alives; from then on there is no other attempt, and a failure is the protocol's own error
 * event.
 */
final class CommitIT {
  private static final Duration COMMIT = Duration.ofMillis(400);

  private static Provider bad;
  private static Provider good;
  private static Provider claude;
  private static Gateway gateway;

  @BeforeAll
  static void start() {
    bad = Provider.start("bad", Dialect.CHAT, 0);
    good = Provider.start("good", Dialect.CHAT, 0);
    claude = Provider.start("claude", Dialect.MESSAGES, 0);
    gateway =
        Gateway.start(
            """
            groups:
              default: {commit_after: 400ms, channels: [bad, good, claude]}
            channels:
              bad:
                protocol: openai-chat
                base_urls: ["%s"]
                accounts: [{name: a, key: k}]
                models: [{alias: m, model: real}]
                timeouts: {first_token: 1200ms}
              good:
                protocol: openai-chat
                base_urls: ["%s"]
                accounts: [{name: a, key: k}]
                models: [{alias: m, model: real}]
                priority: 2
              claude:
                protocol: anthropic
                base_urls: ["%s"]
                accounts: [{name: a, key: k}]
                models: [{alias: c, model: real}]
                timeouts: {first_token: 1200ms}
            """
                .formatted(bad.baseUrl(), good.baseUrl(), claude.baseUrl()));
  }

  @AfterAll
  static void stop() {
    gateway.close();
    bad.close();
    good.close();
    claude.close();
  }

  @BeforeEach
  void forget() throws Exception {
    bad.forget();
    good.forget();
    claude.forget();
    gateway.post("/v1/chat/completions", Requests.body(Dialect.CHAT, "m", true, "warm"));
    bad.forget();
  }

  private static Gateway.Reply stream(Dialect dialect, String model) throws Exception {
    return gateway.post(
        Requests.path(dialect, model, true), Requests.body(dialect, model, true, "hello"));
  }

  @Test
  void aStreamInTimeIsTouchedByNothing() throws Exception {
    Gateway.Reply reply = stream(Dialect.CHAT, "m");
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.text())
        .contains("bad")
        .endsWith("data: [DONE]\n\n")
        .doesNotContain("keep-alive");
  }

  @Test
  void beforeItsTimeThereIsFailover() throws Exception {
    bad.fault(new Fault.ErrorInside());
    Gateway.Reply reply = stream(Dialect.CHAT, "m");
    assertThat(reply.text()).contains("good").endsWith("data: [DONE]\n\n").doesNotContain("bad");
  }

  @Test
  void headersAndKeepAlivesComeInTimeAndThenTheStream() throws Exception {
    bad.fault(new Fault.Slow(Duration.ofMillis(900)));
    HttpRequest request =
        gateway
            .request("/v1/chat/completions")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    Requests.body(Dialect.CHAT, "m", true, "hello")))
            .build();
    long start = System.nanoTime();
    HttpResponse<InputStream> response =
        gateway.client().send(request, HttpResponse.BodyHandlers.ofInputStream());
    Duration headers = Duration.ofNanos(System.nanoTime() - start);
    String body = new String(response.body().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(headers).isBetween(COMMIT, Duration.ofMillis(850));
    assertThat(response.headers().firstValue("content-type")).contains("text/event-stream");
    assertThat(body).startsWith(": keep-alive\n\n").contains("bad").endsWith("data: [DONE]\n\n");
    assertThat(good.received()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"CHAT", "MESSAGES"})
  void afterItsTimeAFailureIsTheProtocolsErrorEvent(Dialect dialect) throws Exception {
    bad.fault(new Fault.Silent());
    Gateway.Reply reply = stream(dialect, "m");
    assertThat(reply.status()).isEqualTo(200);
    assertThat(reply.text())
        .startsWith(": keep-alive\n\n")
        .contains("\"error\"")
        .contains("first token");
    assertThat(reply.text()).contains(dialect == Dialect.CHAT ? "data: [DONE]" : "event: error\n");
    assertThat(good.received()).isEmpty();
    assertThat(bad.received()).hasSize(1);
  }

  @Test
  void aTranslatedStreamIsKeptAsWell() throws Exception {
    claude.fault(new Fault.Slow(Duration.ofMillis(700)));
    Gateway.Reply reply = stream(Dialect.CHAT, "c");
    assertThat(reply.text())
        .startsWith(": keep-alive\n\n")
        .contains("claude")
        .endsWith("[DONE]\n\n");
  }

  @Test
  void aRefusalInTimeHasItsStatus() throws Exception {
    claude.fault(new Fault.Status(429));
    assertThat(stream(Dialect.CHAT, "c").status()).isEqualTo(429);
    assertThat(stream(Dialect.CHAT, "nothing").status()).isEqualTo(404);
  }

  @Test
  void aClientThatLeavesEndsItAll() throws Exception {
    bad.fault(new Fault.Silent());
    HttpRequest request =
        gateway
            .request("/v1/chat/completions")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    Requests.body(Dialect.CHAT, "m", true, "hello")))
            .build();
    var response = gateway.client().send(request, HttpResponse.BodyHandlers.ofInputStream());
    assertThat(response.body().read()).isEqualTo(':');
    response.body().close();
    bad.received().getFirst().gone().get(5, TimeUnit.SECONDS);
    assertThat(good.received()).isEmpty();
  }

  @Test
  void nobodyOutsideMaySayThatItIsKept() throws Exception {
    bad.fault(new Fault.Slow(Duration.ofMillis(700)));
    Gateway.Reply reply =
        gateway.post(
            "/v1/chat/completions",
            Requests.body(Dialect.CHAT, "m", true, "hello").getBytes(StandardCharsets.UTF_8),
            java.util.Map.of("x-sluice-kept", "kept-1"));
    assertThat(reply.text()).startsWith(": keep-alive\n\n");
  }
}
