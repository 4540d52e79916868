package dev.sluice.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.examples.simulator.Dialect;
import dev.sluice.examples.simulator.Provider;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A saved change is live within two seconds, and nothing that runs is touched by it. */
final class ReloadIT {
  private static final Duration LIVE = Duration.ofSeconds(2);

  private static Provider first;
  private static Provider second;
  private static Gateway gateway;

  @BeforeAll
  static void start() {
    first = Provider.start("first", Dialect.CHAT, 0);
    second = Provider.start("second", Dialect.CHAT, 0);
    gateway = Gateway.start(configuration("one", first, "m"));
  }

  private static String configuration(String channel, Provider provider, String alias) {
    return """
    groups:
      default: {channels: [%s]}
    channels:
      %s:
        protocol: openai-chat
        base_urls: ["%s"]
        accounts: [{name: a, key: k}]
        models: [{alias: %s, model: real}]
    """
        .formatted(channel, channel, provider.baseUrl(), alias);
  }

  @AfterAll
  static void stop() {
    gateway.close();
    first.close();
    second.close();
  }

  @Test
  void aChangeIsLiveAndTheStreamThatRunsIsNotDropped() throws Exception {
    gateway.configure(configuration("one", first, "m"), "");
    awaitServedBy("m", "first");
    first.pace(Duration.ofMillis(400));
    HttpRequest request =
        gateway
            .request("/v1/chat/completions")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    Requests.body(Dialect.CHAT, "m", true, "one two three four five six seven")))
            .build();
    CompletableFuture<HttpResponse<String>> running =
        gateway.client().sendAsync(request, HttpResponse.BodyHandlers.ofString());
    while (first.received().isEmpty()) {
      Thread.sleep(10);
    }
    gateway.configure(configuration("two", second, "m"), "");
    long saved = System.nanoTime();
    awaitServedBy("m", "second");
    assertThat(Duration.ofNanos(System.nanoTime() - saved)).isLessThan(LIVE);
    HttpResponse<String> whole = running.get();
    assertThat(whole.body()).contains("seven").contains("[DONE]").doesNotContain("second");
    first.forget();
  }

  private static void awaitServedBy(String model, String provider) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (System.nanoTime() < end) {
      var reply =
          gateway.post("/v1/chat/completions", Requests.body(Dialect.CHAT, model, false, "hi"));
      if (reply.status() == 200 && reply.text().contains(provider + " says")) {
        return;
      }
      assertThat(reply.status()).as(reply.text()).isIn(200, 404);
      Thread.sleep(20);
    }
    throw new AssertionError(provider + " did not take over\n" + gateway.log("xds-server"));
  }

  @Test
  void aBrokenChangeIsRefusedAndShownAndTheOldOneStays() throws Exception {
    gateway.configure(configuration("one", first, "n"), "");
    awaitServedBy("n", "first");
    gateway.configure(configuration("one", first, "n").replace("protocol:", "protocoll:"), "");
    String health = awaitHealth("DEGRADED");
    assertThat(health).contains("protocoll").contains("did you mean").contains("sluice.yaml:");
    assertThat(gateway.log("xds-server")).contains("protocoll");
    awaitServedBy("n", "first");
    gateway.configure(configuration("one", first, "n"), "");
    assertThat(awaitHealth("UP")).doesNotContain("protocoll");
  }

  private static String awaitHealth(String status) throws Exception {
    long end = System.nanoTime() + LIVE.toNanos() + Duration.ofSeconds(1).toNanos();
    String body = "";
    while (System.nanoTime() < end) {
      body =
          gateway
              .client()
              .send(
                  HttpRequest.newBuilder(gateway.console("/health")).build(),
                  HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8))
              .body();
      if (body.contains("\"status\":\"" + status + "\"")) {
        return body;
      }
      Thread.sleep(50);
    }
    throw new AssertionError("/health does not say " + status + ": " + body);
  }
}
