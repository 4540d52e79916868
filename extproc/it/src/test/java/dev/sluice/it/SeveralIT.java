package dev.sluice.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.access.Servers;
import dev.sluice.examples.simulator.Dialect;
import dev.sluice.examples.simulator.Provider;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two gateways with one PostgreSQL and one Valkey. */
@Timeout(90)
final class SeveralIT {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static Provider provider;
  private static Servers.Running valkey;
  private static Gateway one;
  private static Gateway two;

  @BeforeAll
  static void start() throws IOException {
    provider = Provider.start("sim", Dialect.CHAT, 0);
    valkey = Servers.valkey();
    Map<String, String> environment =
        Map.of(
            "SLUICE_DATABASE_URL",
            Servers.postgresql(),
            "SLUICE_VALKEY_URL",
            "valkey://127.0.0.1:" + valkey.port());
    String rest =
        """
        groups:
          default: {channels: [sim]}
        channels:
          sim:
            protocol: openai-chat
            base_urls: ["%s"]
            accounts: [{name: a, key: k}]
            models: [{alias: m, model: real}]
        """
            .formatted(provider.baseUrl());
    CompletableFuture<Gateway> other =
        CompletableFuture.supplyAsync(() -> Gateway.startWithEnvironment(environment, rest));
    one = Gateway.startWithEnvironment(environment, rest);
    two = other.join();
  }

  @AfterAll
  static void stop() {
    one.close();
    two.close();
    valkey.close();
    provider.close();
  }

  private static Command.Said sluice(Gateway at, String... arguments) {
    try {
      var all = new java.util.ArrayList<>(List.of(arguments));
      all.addAll(List.of("--data", at.data().toString()));
      return Command.run(Map.of(), all.toArray(String[]::new));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static int ask(Gateway at, String key) throws IOException, InterruptedException {
    return at.client()
        .send(
            at.request("/v1/chat/completions")
                .setHeader("authorization", "Bearer " + key)
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        Requests.body(Dialect.CHAT, "m", false, "hello")))
                .build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private static void await(Duration patience, Predicate<JsonNode> health)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      JsonNode now =
          JSON.readTree(
              one.client()
                  .send(
                      HttpRequest.newBuilder(one.console("/health")).build(),
                      HttpResponse.BodyHandlers.ofString())
                  .body());
      if (health.test(now)) {
        return;
      }
      assertThat(System.nanoTime()).as(now.toString()).isLessThan(end);
      Thread.sleep(50);
    }
  }

  @Test
  void aKeyIsOneEverywhereAndValkeyMayGo() throws Exception {
    Command.Said made = sluice(one, "keys", "create", "alice", "--group", "default");
    assertThat(made.status()).as(made.err()).isZero();
    String key = made.out().strip();
    assertThat(ask(one, key)).isEqualTo(200);
    assertThat(ask(two, key)).isEqualTo(200);
    assertThat(sluice(two, "keys", "revoke", "alice").status()).isZero();
    assertThat(ask(two, key)).isEqualTo(401);
    long end = System.nanoTime() + Duration.ofSeconds(5).toNanos();
    while (ask(one, key) != 401) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(50);
    }
    await(
        Duration.ofSeconds(5),
        health ->
            health.at("/access/store").asText().equals("postgresql")
                && health.at("/access/valkey").asText().equals("shared")
                && health.path("status").asText().equals("UP"));
    valkey.kill();
    await(
        Duration.ofSeconds(10),
        health ->
            health.at("/access/valkey").asText().equals("away")
                && health.at("/access/trouble").asText().contains("counts limits and budgets alone")
                && health.path("status").asText().equals("DEGRADED"));
    assertThat(ask(one, Gateway.KEY)).isEqualTo(200);
    valkey.start();
    await(Duration.ofSeconds(10), health -> health.path("status").asText().equals("UP"));
  }
}
