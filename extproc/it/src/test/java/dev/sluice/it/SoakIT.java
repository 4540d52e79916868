package dev.sluice.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.examples.simulator.Dialect;
import dev.sluice.examples.simulator.Fault;
import dev.sluice.examples.simulator.Provider;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * 500 streams at once, a third of them first on a provider that fails, each time in another way:
 * every client gets one whole answer, its own, and nothing of another.
 */
@Tag("alone")
final class SoakIT {
  private static final int STREAMS = 500;
  private static final List<Fault> FAULTS = FailoverIT.FAULTS;

  private static Provider bad;
  private static Provider chat;
  private static Provider messages;
  private static Gateway gateway;

  @BeforeAll
  static void start() {
    bad = Provider.start("bad", Dialect.CHAT, 0);
    chat = Provider.start("chat", Dialect.CHAT, 0).pace(Duration.ofMillis(20));
    messages = Provider.start("claude", Dialect.MESSAGES, 0).pace(Duration.ofMillis(20));
    gateway =
        Gateway.start(
            """
            groups:
              default: {channels: [bad, chat, claude]}
            channels:
              bad:
                protocol: openai-chat
                base_urls: ["%s"]
                accounts: [{name: a, key: k}]
                models: [{alias: shaky, model: real}]
                timeouts: {first_token: 2s}
              chat:
                protocol: openai-chat
                base_urls: ["%s"]
                accounts: [{name: a, key: k}]
                models: [{alias: shaky, model: real}, {alias: steady, model: real}]
                priority: 2
              claude:
                protocol: anthropic
                base_urls: ["%s"]
                accounts: [{name: a, key: k}]
                models: [{alias: foreign, model: real}]
            """
                .formatted(bad.baseUrl(), chat.baseUrl(), messages.baseUrl()));
  }

  @AfterAll
  static void stop() {
    gateway.close();
    bad.close();
    chat.close();
    messages.close();
  }

  @Test
  void everyClientGetsOneWholeUnmixedAnswer() throws Exception {
    for (int i = 0; i < STREAMS; i++) {
      bad.next(FAULTS.get(i % FAULTS.size()));
    }
    var answers = new ArrayList<CompletableFuture<HttpResponse<String>>>();
    for (int i = 0; i < STREAMS; i++) {
      answers.add(gateway.client().sendAsync(request(i), HttpResponse.BodyHandlers.ofString()));
    }
    for (int i = 0; i < STREAMS; i++) {
      HttpResponse<String> answer = answers.get(i).get(60, TimeUnit.SECONDS);
      assertThat(answer.statusCode()).as(i + ": " + answer.body()).isEqualTo(200);
      assertThat(text(answer.body()))
          .isEqualTo((i % 3 == 2 ? "claude" : "chat") + " says: this is request " + i + " of many");
      assertThat(answer.body()).containsOnlyOnce("data: [DONE]");
    }
    assertThat(bad.received()).hasSize((STREAMS + 2) / 3);
  }

  private static HttpRequest request(int i) {
    String model = List.of("shaky", "steady", "foreign").get(i % 3);
    return gateway
        .request("/v1/chat/completions")
        .timeout(Duration.ofSeconds(60))
        .POST(
            HttpRequest.BodyPublishers.ofString(
                Requests.body(Dialect.CHAT, model, true, "this is request " + i + " of many")))
        .build();
  }

  /** The text of a chat stream, put together from its deltas. */
  private static String text(String stream) {
    var text = new StringBuilder();
    var matcher = java.util.regex.Pattern.compile("\"content\":\"([^\"]*)\"").matcher(stream);
    while (matcher.find()) {
      text.append(matcher.group(1));
    }
    return text.toString();
  }
}
