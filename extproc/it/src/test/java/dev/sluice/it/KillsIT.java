package dev.sluice.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.examples.simulator.Dialect;
import dev.sluice.examples.simulator.Provider;
import dev.sluice.examples.simulator.Received;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Processes die by {@code kill -9} at random moments under load. Afterwards the request log is held
 * against what clients got and what the simulated providers were asked, row by row. Each request
 * asks for a model of its own name, by which it is known everywhere.
 *
 * <p>Four kills by default; {@code -Dsluice.kills=50} for many.
 */
@Timeout(1_200)
final class KillsIT {
  private static final int KILLS = Integer.getInteger("sluice.kills", 4);
  private static final int CLIENTS = 16;
  private static final long GRACE = Duration.ofSeconds(2).toNanos();
  private static final Pattern MODEL = Pattern.compile("\"model\":\"([^\"]+)\"");
  private static final ObjectMapper JSON = new ObjectMapper();

  private static Provider chat;
  private static Provider messages;
  private static Gateway gateway;

  private final ConcurrentLinkedQueue<Sent> all = new ConcurrentLinkedQueue<>();
  private final AtomicInteger numbers = new AtomicInteger();
  private final AtomicBoolean over = new AtomicBoolean();
  private final List<Kill> kills = new ArrayList<>();

  /**
   * A request.
   *
   * @param output tokens of its answer
   * @param whole whether its client got all of it
   * @param began when
   * @param ended when
   */
  private record Sent(String model, int output, boolean whole, long began, long ended) {}

  /** What died when. */
  private record Kill(String what, long at) {}

  @BeforeAll
  static void start() {
    chat = Provider.start("chat", Dialect.CHAT, 0).pace(Duration.ofMillis(20));
    messages = Provider.start("claude", Dialect.MESSAGES, 0).pace(Duration.ofMillis(20));
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
                models: [{match: "chat-*"}]
                prices: [{model: "*", input: 1, output: 10}]
              claude:
                protocol: anthropic
                base_urls: ["%s"]
                accounts: [{name: a, key: k}]
                models: [{match: "claude-*"}]
                prices: [{model: "*", input: 1, cached_input: 1, output: 10}]
            """
                .formatted(chat.baseUrl(), messages.baseUrl()),
            "  - {name: counted, key: sk-counted, group: default, limits: {budget: 100000"
                + " USD/month}}");
  }

  @AfterAll
  static void stop() {
    gateway.close();
    chat.close();
    messages.close();
  }

  private void ask() {
    int n = numbers.incrementAndGet();
    Dialect client = n % 3 == 0 ? Dialect.MESSAGES : Dialect.CHAT;
    String model = (n % 3 == 1 ? "chat-" : "claude-") + n;
    boolean stream = n % 4 != 0;
    int words = 1 + n % 40;
    String body = Requests.body(client, model, stream, "w ".repeat(words).strip());
    HttpRequest request =
        gateway
            .request(client == Dialect.CHAT ? "/v1/chat/completions" : "/v1/messages")
            .setHeader("authorization", "Bearer sk-counted")
            .POST(HttpRequest.BodyPublishers.ofString(body))
            .build();
    boolean whole = false;
    long began = System.nanoTime();
    try {
      HttpResponse<String> response =
          gateway.client().send(request, HttpResponse.BodyHandlers.ofString());
      whole =
          response.statusCode() == 200
              && (stream
                  ? response.body().contains(Requests.terminator(client))
                  : response.body().endsWith("}"));
    } catch (IOException e) {
      // A process has died.
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    all.add(new Sent(model, words + 2, whole, began, System.nanoTime()));
  }

  private void load() {
    while (!over.get()) {
      ask();
      try {
        Thread.sleep(40);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private void kill(int which, RandomGenerator random) throws Exception {
    kills.add(new Kill(List.of("extproc", "Envoy", "xds-server").get(which), System.nanoTime()));
    switch (which) {
      case 0 -> {
        gateway.killExtproc();
        Thread.sleep(random.nextInt(1_000));
        gateway.startExtproc();
      }
      case 1 -> gateway.replaceEnvoy();
      default -> gateway.replaceXdsServer();
    }
    gateway.awaitServed();
  }

  @Test
  void nothingIsLostAndNothingIsThereTwice() throws Exception {
    var random = new java.util.SplittableRandom(KILLS * 7_919L);
    var clients = new ArrayList<Thread>();
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(Thread.ofVirtual().start(this::load));
    }
    int[] died = new int[3];
    for (int i = 0; i < KILLS; i++) {
      Thread.sleep(300 + random.nextInt(2_200));
      int which = KILLS <= 4 ? List.of(0, 1, 0, 2).get(i) : Math.max(0, random.nextInt(8) - 5);
      died[which]++;
      kill(which, random);
    }
    Thread.sleep(1_000);
    over.set(true);
    for (Thread client : clients) {
      client.join();
    }
    compare(died);
  }

  /** A request with the kills about it, in milliseconds from its end. */
  private String told(Sent sent) {
    var about = new StringBuilder();
    for (Kill kill : kills) {
      long millis = (kill.at() - sent.ended()) / 1_000_000;
      if (Math.abs(millis) < 10_000) {
        about.append(", ").append(kill.what()).append(' ').append(millis);
      }
    }
    return "%s (%s, %d ms%s)"
        .formatted(
            sent.model(),
            sent.whole() ? "whole" : "broken off",
            (sent.ended() - sent.began()) / 1_000_000,
            about);
  }

  private void compare(int[] died) throws Exception {
    Map<String, Integer> received = received();
    var due = new ArrayList<Sent>();
    var fresh = new ArrayList<Sent>();
    for (Sent sent : all) {
      boolean young =
          kills.stream()
              .anyMatch(kill -> sent.ended() <= kill.at() && sent.ended() > kill.at() - GRACE);
      if (received.containsKey(sent.model())) {
        (young ? fresh : due).add(sent);
      }
    }
    List<String> named = due.stream().map(Sent::model).toList();
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    Map<String, List<JsonNode>> rows = rows();
    for (; !rows.keySet().containsAll(named) && System.nanoTime() < end; rows = rows()) {
      Thread.sleep(500);
    }
    var wrong = new ArrayList<String>();
    int whole = 0;
    int interrupted = 0;
    for (Sent sent : due) {
      List<JsonNode> found = rows.getOrDefault(sent.model(), List.of());
      if (found.size() != 1) {
        wrong.add(told(sent) + " is there " + found.size() + " times");
      } else if (sent.whole()) {
        whole++;
        JsonNode row = found.getFirst();
        String sum =
            row.path("settlement").asText()
                + " "
                + row.at("/tokens/total").asLong()
                + " "
                + row.path("attempts").size();
        if (!sum.equals("complete " + (20 + sent.output()) + " 1")) {
          wrong.add(told(sent) + " is " + row);
        }
      } else {
        interrupted++;
      }
    }
    int missing = 0;
    for (Sent sent : fresh) {
      int count = rows.getOrDefault(sent.model(), List.of()).size();
      missing += count == 0 ? 1 : 0;
      if (count > 1) {
        wrong.add(told(sent) + " is there " + count + " times");
      }
    }
    rows.forEach(
        (model, found) -> {
          // One that failed may have died with Envoy before the provider read it.
          long attempts =
              found.stream()
                  .flatMap(row -> row.path("attempts").findValuesAsText("settlement").stream())
                  .filter(settlement -> !settlement.equals("failed"))
                  .count();
          if (attempts > received.getOrDefault(model, 0) && model.contains("-")) {
            wrong.add(model + " has " + attempts + " attempts of " + received.get(model));
          }
        });
    double logged =
        rows.values().stream()
            .flatMap(List::stream)
            .mapToDouble(row -> row.path("charged").asDouble())
            .sum();
    System.out.printf(
        "%d kills (extproc %d, Envoy %d, xds-server %d): %d requests, %d reached a provider; %d"
            + " whole and %d broken off had to be there; %d ended within 2 s before a kill, %d of"
            + " them are missing; wrong: %d%n",
        KILLS,
        died[0],
        died[1],
        died[2],
        all.size(),
        received.size(),
        whole,
        interrupted,
        fresh.size(),
        missing,
        wrong.size());
    assertThat(wrong.subList(0, Math.min(10, wrong.size()))).as("of %d", wrong.size()).isEmpty();
    assertThat(whole).isGreaterThan(2 * KILLS);
    assertThat(interrupted).isPositive();
    budget(logged);
  }

  /** What the budget counts is what the log has, as soon as the log has been asked. */
  private static void budget(double logged) throws Exception {
    double spent = 0;
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (spent < logged * 0.999 && System.nanoTime() < end) {
      Thread.sleep(200);
      spent = admin("/admin/keys/counted").at("/spent/month/usd").asDouble();
    }
    System.out.printf("the log says %.6f USD, the budget %.6f%n", logged, spent);
    assertThat(spent).isBetween(logged * 0.98, logged * 1.02);
  }

  private static Map<String, Integer> received() {
    var received = new HashMap<String, Integer>();
    for (Provider provider : List.of(chat, messages)) {
      for (Received one : provider.received()) {
        Matcher model = MODEL.matcher(new String(one.body(), StandardCharsets.UTF_8));
        if (model.find()) {
          received.merge(model.group(1), 1, Integer::sum);
        }
      }
    }
    return received;
  }

  /** The admin API is there a moment after the edge. */
  private static JsonNode admin(String path) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (true) {
      try {
        return once(path);
      } catch (IOException | AssertionError e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        Thread.sleep(100);
      }
    }
  }

  private static JsonNode once(String path) throws Exception {
    HttpResponse<String> response =
        gateway
            .client()
            .send(
                HttpRequest.newBuilder(gateway.console(path))
                    .header(
                        "authorization",
                        "Bearer " + Files.readString(gateway.data().resolve("admin-token")).strip())
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  /** All of the log, by model. */
  private static Map<String, List<JsonNode>> rows() throws Exception {
    var rows = new TreeMap<String, List<JsonNode>>();
    String after = "";
    do {
      JsonNode page = admin("/admin/requests?key=counted&limit=500" + after);
      for (JsonNode row : page.path("requests")) {
        rows.computeIfAbsent(row.path("model").asText(), _ -> new ArrayList<>()).add(row);
      }
      after = page.has("next") ? "&after=" + page.path("next").asText() : "";
    } while (!after.isEmpty());
    return rows;
  }
}
