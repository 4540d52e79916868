package dev.sluice.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.examples.simulator.Dialect;
import dev.sluice.examples.simulator.Provider;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** extproc dies by kill -9 under load. */
@Tag("alone")
final class CrashIT {
  private static Provider chat;
  private static Provider messages;
  private static Gateway gateway;

  @BeforeAll
  static void start() {
    chat = Provider.start("chat", Dialect.CHAT, 0).pace(Duration.ofMillis(5));
    messages = Provider.start("claude", Dialect.MESSAGES, 0).pace(Duration.ofMillis(5));
    gateway =
        Gateway.start(
            """
            groups:
              default: {channels: [chat, claude]}
            channels:
              chat:
                protocol: openai-chat
                base_urls: ["%s"]
                accounts: [{name: a, key: k}]
                models: [{alias: same, model: real}]
              claude:
                protocol: anthropic
                base_urls: ["%s"]
                accounts: [{name: a, key: k}]
                models: [{alias: foreign, model: real}]
            """
                .formatted(chat.baseUrl(), messages.baseUrl()));
  }

  @AfterAll
  static void stop() {
    gateway.close();
    chat.close();
    messages.close();
  }

  @Test
  void whatIsUnderWayFailsCleanlyAndTheServiceComesBack() throws Exception {
    for (int i = 0; i < 40; i++) {
      gateway.client().send(request(i), HttpResponse.BodyHandlers.ofString());
    }
    var answers = new ArrayList<CompletableFuture<HttpResponse<String>>>();
    for (int i = 0; i < 200; i++) {
      answers.add(gateway.client().sendAsync(request(i), HttpResponse.BodyHandlers.ofString()));
      Thread.sleep(4);
      if (i == 150) {
        gateway.killExtproc();
      }
    }
    int whole = 0;
    int told = 0;
    int cut = 0;
    for (int i = 0; i < answers.size(); i++) {
      try {
        HttpResponse<String> answer = answers.get(i).get(30, TimeUnit.SECONDS);
        if (answer.statusCode() == 200) {
          whole++;
          if (i % 2 == 0) {
            assertThat(answer.body()).as("stream " + i).endsWith("data: [DONE]\n\n");
          } else {
            assertThat(answer.body()).as("whole " + i).startsWith("{").endsWith("}");
          }
        } else {
          told++;
          assertThat(answer.statusCode()).isGreaterThanOrEqualTo(500);
          assertThat(answer.body().strip())
              .as("error " + i)
              .startsWith("{\"error\":{")
              .endsWith("}");
        }
      } catch (ExecutionException e) {
        cut++;
      }
    }
    assertThat(whole).isPositive();
    assertThat(told + cut).isPositive();
    long start = System.nanoTime();
    gateway.startExtproc();
    gateway.awaitServed();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
    var reply =
        gateway.post("/v1/chat/completions", Requests.body(Dialect.CHAT, "foreign", false, "hi"));
    assertThat(reply.text()).contains("claude says: hi");
  }

  private static HttpRequest request(int i) {
    String model = List.of("same", "foreign").get(i / 2 % 2);
    return gateway
        .request("/v1/chat/completions")
        .POST(
            HttpRequest.BodyPublishers.ofString(
                Requests.body(
                    Dialect.CHAT, model, i % 2 == 0, "a b c d e f g h i j k l m n o p q r s t")))
        .build();
  }
}
