package dev.sluice.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.sluice.examples.simulator.Dialect;
import dev.sluice.examples.simulator.Fault;
import dev.sluice.examples.simulator.Provider;
import dev.sluice.ledger.Rolled;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Keys from their making in a shell to their end at the edge, and what is left behind. */
@Timeout(90)
final class AdminIT {
  private static final String CREDENTIAL = "credential-at-the-provider-7f3a9c";
  private static final String FILE_KEY = "sk-key-of-the-file-51b8e2";
  private static final String KEPT_KEY = "sk-key-whose-bodies-are-kept-2d7e";

  /** Longer than any number that is measured or made up, so that it stands nowhere by chance. */
  private static final String PIN = "4711081547110815";

  private static final String ADMIN = "token-of-the-administrator-c4d1";
  private static final ObjectMapper JSON = new ObjectMapper();

  private static Provider provider;
  private static Provider spare;
  private static Gateway gateway;

  /** Gets traces; what they say is kept. */
  private static HttpServer collector;

  private static final Queue<String> TRACES = new ConcurrentLinkedQueue<>();

  private static String collect() throws IOException {
    collector = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    collector.createContext(
        "/",
        exchange -> {
          try (exchange) {
            TRACES.add(
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.ISO_8859_1));
            exchange.sendResponseHeaders(200, -1);
          }
        });
    collector.start();
    return "http://127.0.0.1:" + collector.getAddress().getPort();
  }

  @BeforeAll
  static void start() throws IOException {
    provider = Provider.start("sim", Dialect.CHAT, 0);
    spare = Provider.start("spare", Dialect.MESSAGES, 0);
    gateway =
        Gateway.start(
            """
            groups:
              default: {channels: [sim, spare]}
              kept: {usage: estimate, bodies: {max: 4KiB, redact: ['pin=\\d+']}, channels: [sim]}
            channels:
              sim:
                protocol: openai-chat
                base_urls: ["%s"]
                accounts: [{name: a, key: %s}]
                models: [{alias: m, model: real}, {alias: other, model: real}]
                prices: [{model: real, input: 1000, output: 10000}]
              spare:
                protocol: anthropic
                base_urls: ["%s"]
                accounts: [{name: b, key: %s}]
                models: [{alias: m, model: real}]
                priority: 2
            admin_tokens:
              - {name: anna, token: %s, role: admin}
            """
                .formatted(provider.baseUrl(), CREDENTIAL, spare.baseUrl(), CREDENTIAL, ADMIN),
            """
              - {name: file, key: %s, group: default}
              - {name: kept, key: %s, group: kept}
            """
                .formatted(FILE_KEY, KEPT_KEY),
            "",
            Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", collect()));
  }

  @AfterAll
  static void stop() {
    gateway.close();
    provider.close();
    spare.close();
    collector.stop(0);
  }

  private static Command.Said sluice(String... arguments) throws Exception {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--data", gateway.data().toString()));
    return Command.run(Map.of(), all.toArray(String[]::new));
  }

  private static HttpResponse<String> ask(String key, String model) throws Exception {
    return ask(Dialect.CHAT, key, model, false, "hello");
  }

  private static HttpResponse<String> ask(
      Dialect client, String key, String model, boolean stream, String text) throws Exception {
    return gateway
        .client()
        .send(
            gateway
                .request(Requests.path(client, model, stream))
                .setHeader("authorization", "Bearer " + key)
                .POST(
                    HttpRequest.BodyPublishers.ofString(Requests.body(client, model, stream, text)))
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }

  /** The admin API is there a moment after the first request is served. */
  private static void awaitConsole() throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (sluice("keys", "list").status() != 0) {
      assertThat(System.nanoTime()).isLessThan(end);
    }
  }

  private static HttpResponse<String> admin(String path) throws Exception {
    return gateway
        .client()
        .send(
            HttpRequest.newBuilder(gateway.console(path))
                .header("authorization", "Bearer " + ADMIN)
                .build(),
            HttpResponse.BodyHandlers.ofString());
  }

  @Test
  void aKeyLivesFromItsMakingToItsEnd() throws Exception {
    Command.Said made =
        sluice(
            "keys",
            "create",
            "alice",
            "--group",
            "default",
            "--models",
            "m",
            "--expires",
            "30d",
            "--budget",
            "50 USD/month",
            "--budget",
            "1000000 tokens/total",
            "--rpm",
            "600",
            "--tag",
            "of the test");
    assertThat(made.status()).as(made.err()).isZero();
    String key = made.out().strip();
    assertThat(key).startsWith("sk-sluice-").doesNotContain("\n");
    assertThat(made.err()).contains("shown this once").doesNotContain(key);

    assertThat(ask(key, "m").statusCode()).isEqualTo(200);
    HttpResponse<String> forbidden = ask(key, "other");
    assertThat(forbidden.statusCode()).isEqualTo(403);
    assertThat(forbidden.body()).contains("'alice' may not use the model 'other'");

    Command.Said listed = sluice("keys", "list");
    assertThat(listed.out().lines().toList())
        .hasSizeGreaterThanOrEqualTo(3)
        .anyMatch(line -> line.matches("alice +sk-sluice-\\S{4}… .* active .* m +50 USD/month,.*"))
        .anyMatch(line -> line.matches("file +- .* configured .*"));
    JsonNode json = JSON.readTree(sluice("keys", "list", "--json", "--group", "default").out());
    assertThat(json.findValuesAsText("name")).contains("alice", "file");

    // A process that is killed has lost nothing that was said to be done.
    gateway.killExtproc();
    restart();
    assertThat(ask(key, "m").statusCode()).isEqualTo(200);

    Command.Said revoked = sluice("keys", "revoke", "alice");
    assertThat(revoked.status()).as(revoked.err()).isZero();
    HttpResponse<String> refused = ask(key, "m");
    assertThat(refused.statusCode()).isEqualTo(401);
    assertThat(refused.body()).contains("The API key was revoked.").contains("invalid_api_key");
    assertThat(sluice("keys", "list").out()).containsPattern("alice .* revoked ");

    JsonNode audit = JSON.readTree(admin("/admin/audit").body()).path("changes");
    assertThat(audit.findValuesAsText("action")).contains("create", "revoke");
    assertThat(audit.findValuesAsText("actor")).containsOnly("local");
    search(key, made.out().strip().substring(20));
  }

  @Test
  void whatRoutingLearnedIsThereAfterAKillWithoutItsFile() throws Exception {
    awaitConsole();
    for (int i = 0; i < 5; i++) {
      var _ = told(talk(KEPT_KEY, Dialect.CHAT, true, "hello"));
    }
    gateway.killExtproc();
    Files.deleteIfExists(gateway.data().resolve("routing.json"));
    restart();
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (learned().path("firstTokenMs").asDouble() <= 0) {
      assertThat(System.nanoTime()).as("%s", learned()).isLessThan(end);
      Thread.sleep(50);
    }
    assertThat(learned().path("tries").asLong()).isZero();
    assertThat(learned().path("success").asDouble()).isPositive();
  }

  /** What is known of the model that the first channel serves. */
  private static JsonNode learned() throws Exception {
    for (JsonNode channel : JSON.readTree(admin("/admin/channels").body()).path("channels")) {
      if (channel.path("name").asText().equals("sim")) {
        return channel.at("/figures/0");
      }
    }
    return JSON.missingNode();
  }

  /** Searches everything that a gateway writes or says for what must not be in it. */
  private static void search(String... made) throws Exception {
    var said = new ArrayList<String>();
    for (String path :
        List.of(
            "/health",
            "/admin/keys",
            "/admin/keys/alice",
            "/admin/keys/file",
            "/admin/users",
            "/admin/groups",
            "/admin/channels",
            "/admin/audit",
            "/admin/usage?by=key,channel,account",
            "/admin/requests?limit=100",
            "/admin/openapi.json",
            "/metrics",
            "/admin/nothing")) {
      HttpResponse<String> response = admin(path);
      said.add(path + "\n" + response.headers().map() + "\n" + response.body());
    }
    HttpResponse<String> answer = ask(FILE_KEY, "m");
    said.add("answer\n" + answer.headers().map() + "\n" + answer.body());
    HttpResponse<String> error = ask(FILE_KEY + "x", "m");
    said.add("error\n" + error.headers().map() + "\n" + error.body());
    provider.next(new Fault.Status(401), new Fault.Status(500));
    for (int i = 0; i < 2; i++) {
      HttpResponse<String> failed = ask(FILE_KEY, "other");
      assertThat(failed.statusCode()).isGreaterThanOrEqualTo(500);
      said.add("failure\n" + failed.headers().map() + "\n" + failed.body());
    }
    // Streams: released, translated, of a group that keeps bodies, broken off, and refused.
    for (Dialect client : Dialect.values()) {
      for (String key : List.of(FILE_KEY, KEPT_KEY)) {
        said.add(stream(client, key, new Fault.None()));
        said.add(stream(client, key, new Fault.ErrorAfter(2)));
        said.add(stream(client, key, new Fault.Status(401)));
      }
      said.add(stream(client, FILE_KEY + "x"));
    }
    long end = System.nanoTime() + Duration.ofSeconds(15).toNanos();
    while (TRACES.stream().noneMatch(trace -> trace.contains("other"))) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(50);
    }
    for (String path : List.of("/config_dump", "/stats", "/clusters", "/listeners", "/certs")) {
      said.add("envoy " + path + "\n" + gateway.envoyAdmin(path));
    }
    // What a crash leaves behind, too.
    gateway.signalExtproc("SEGV");
    assertThat(gateway.folder().resolve("extproc-crash.log")).exists();
    try (Stream<Path> files = Files.walk(gateway.folder())) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = file.getFileName().toString();
        if (!name.equals("sluice.yaml") && !name.equals("admin-token")) {
          said.add(file + "\n" + Files.readString(file, StandardCharsets.ISO_8859_1));
        }
      }
    }
    said.add("ledger\n" + tables());
    said.add("parquet\n" + Rolled.of(gateway.data()));
    said.add("traces\n" + String.join("\n", TRACES));
    assertThat(said)
        .hasSizeGreaterThan(15)
        .anyMatch(text -> text.contains("access.db"))
        .anyMatch(text -> text.contains("attempts.log"))
        .anyMatch(text -> text.contains(".spool"))
        .anyMatch(text -> text.startsWith("/metrics") && text.contains("sluice_requests_total"))
        .anyMatch(text -> text.startsWith("ledger") && text.contains("requests: "))
        .anyMatch(text -> text.startsWith("parquet") && text.contains("sim says: hello"))
        .anyMatch(text -> text.startsWith("traces") && text.contains("gen_ai.request.model"))
        .anyMatch(text -> text.startsWith("stream MESSAGES") && text.contains("message_stop"))
        .anyMatch(text -> text.startsWith("stream CHAT") && text.contains("401"));
    var secrets = new ArrayList<>(List.of(made));
    secrets.addAll(List.of(CREDENTIAL, FILE_KEY, KEPT_KEY, ADMIN));
    secrets.add(Files.readString(gateway.data().resolve("admin-token")).strip());
    for (String secret : secrets) {
      for (String text : said) {
        assertThat(text.contains(secret))
            .as("%s… in %s", secret.substring(0, 6), text.lines().findFirst().orElse(""))
            .isFalse();
      }
    }
    restart();
  }

  private static String stream(Dialect client, String key, Fault fault) throws Exception {
    provider.next(fault);
    return stream(client, key);
  }

  private static String stream(Dialect client, String key) throws Exception {
    HttpResponse<String> response = ask(client, key, "other", true, "hello");
    return "stream %s %d%n%s%n%s"
        .formatted(client, response.statusCode(), response.headers().map(), response.body());
  }

  /** All rows of the ledger's database, whose file is compressed. */
  private static String tables() throws Exception {
    var text = new StringBuilder();
    try (var connection =
            DriverManager.getConnection(
                "jdbc:duckdb:" + gateway.data().resolve("ledger/ledger.duckdb"));
        var statement = connection.createStatement()) {
      for (String table : List.of("requests", "attempts")) {
        try (var rows = statement.executeQuery("SELECT t::VARCHAR FROM " + table + " t")) {
          while (rows.next()) {
            text.append(table).append(": ").append(rows.getString(1)).append('\n');
          }
        }
      }
    }
    return text.toString();
  }

  private static void restart() throws Exception {
    gateway.startExtproc();
    gateway.awaitServed();
    awaitConsole();
    // The edge is there a moment before the admin API.
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (true) {
      try {
        assertThat(admin("/admin/keys").statusCode()).isIn(200, 503);
        return;
      } catch (IOException e) {
        assertThat(System.nanoTime()).isLessThan(end);
        Thread.sleep(20);
      }
    }
  }

  private static JsonNode operate(String action, String body) throws Exception {
    HttpResponse<String> response =
        gateway
            .client()
            .send(
                HttpRequest.newBuilder(gateway.console("/admin/channels/sim/" + action))
                    .header("authorization", "Bearer " + ADMIN)
                    .header("content-type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(body))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  @Test
  void whatAnOperatorSetsAsideIsPassedOverUntilItIsBack() throws Exception {
    awaitConsole();
    // What was never asked is not known yet; and other tests let it fail.
    ask(FILE_KEY, "m");
    operate("enable", "{}");
    for (String action : List.of("disable", "cool")) {
      JsonNode aside = operate(action, "{\"duration\": \"1h\", \"reason\": \"of the test\"}");
      assertThat(aside.at("/rests/0/reason").asText()).endsWith("by anna: of the test");
      HttpResponse<String> other = ask(FILE_KEY, "m");
      assertThat(other.body()).contains("spare says: hello");
      JsonNode listed = JSON.readTree(admin("/admin/channels").body()).path("channels");
      assertThat(listed.findValuesAsText("standing"))
          .containsExactly(action.equals("cool") ? "cooling" : "banned", "ready");
      JsonNode tested = operate("test", "{}");
      assertThat(tested.at("/trials/0/ok").asBoolean()).as(tested.toString()).isTrue();
      assertThat(tested.at("/trials/0/status").asInt()).isEqualTo(200);
      assertThat(operate("enable", "{}").path("standing").asText()).isEqualTo("ready");
      // What is open to the choice is looked at anew several times a second.
      long end = System.nanoTime() + Duration.ofSeconds(5).toNanos();
      String body = ask(FILE_KEY, "m").body();
      for (; !body.contains("sim says: hello"); body = ask(FILE_KEY, "m").body()) {
        assertThat(System.nanoTime()).as(body).isLessThan(end);
      }
    }
    provider.fault(new Fault.Status(401));
    JsonNode tested = operate("test", "{\"model\": \"real\"}");
    provider.fault(new Fault.None());
    assertThat(tested.at("/trials/0/status").asInt()).isEqualTo(401);
    assertThat(tested.at("/trials/0/message").asText())
        .isEqualTo("the provider refused the account");
  }

  /** The row of a key, as soon as it counts so many requests. */
  private static JsonNode used(String key, int requests) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (true) {
      Command.Said said = sluice("usage", "--by", "key,channel", "--key", key, "--json");
      JsonNode rows = said.status() == 0 ? JSON.readTree(said.out()).path("rows") : null;
      int sum = 0;
      for (JsonNode row : rows == null ? List.<JsonNode>of() : rows) {
        sum += row.path("requests").asInt();
      }
      if (rows != null && sum == requests) {
        return rows;
      }
      assertThat(System.nanoTime()).as(said.toString()).isLessThan(end);
      Thread.sleep(100);
    }
  }

  @Test
  void whatWasUsedAndDoneIsSeenInAShell() throws Exception {
    awaitConsole();
    operate("enable", "{}");
    Command.Said made = sluice("keys", "create", "bob", "--group", "default");
    assertThat(made.status()).as(made.err()).isZero();
    String id = "";
    for (int i = 0; i < 3; i++) {
      HttpResponse<String> answer = ask(made.out().strip(), "m");
      assertThat(answer.statusCode()).isEqualTo(200);
      id = answer.headers().firstValue("x-request-id").orElseThrow();
    }
    JsonNode rows = used("bob", 3);
    assertThat(rows).as(rows.toString()).hasSize(1);
    assertThat(rows.at("/0/channel").asText()).isEqualTo("sim");
    assertThat(rows.at("/0/tokens/output").asInt()).isEqualTo(9);
    assertThat(rows.at("/0/cost").asDouble())
        .isCloseTo(3 * (20 * 1000 + 3 * 10000) / 1e6, within(1e-9));
    assertThat(sluice("usage", "--by", "key").out()).containsPattern("bob +3 ");

    Command.Said tail = sluice("requests", "tail", "-n", "2", "--key", "bob", "--json");
    List<String> lines = tail.out().lines().toList();
    assertThat(lines).as(tail.err()).hasSize(2);
    JsonNode last = JSON.readTree(lines.getLast());
    assertThat(last.path("id").asText()).isEqualTo(id);
    assertThat(sluice("requests", "tail", "-n", "1", "--key", "bob").out()).contains(id);

    JsonNode one = JSON.readTree(admin("/admin/requests/" + id).body());
    assertThat(one).isEqualTo(last);
    assertThat(one.at("/attempts/0/channel").asText()).isEqualTo("sim");
    JsonNode chain = one.path("decisions");
    assertThat(chain.findValuesAsText("channel")).containsExactly("sim", "spare");
    assertThat(chain.findValuesAsText("verdict")).containsExactly("answered", "passed");
    assertThat(chain.findValuesAsText("why")).noneMatch(String::isBlank);
    assertThat(admin("/admin/requests/none").statusCode()).isEqualTo(404);

    Command.Said replayed = sluice("replay");
    assertThat(replayed.status()).as(replayed.err()).isZero();
    assertThat(replayed.out()).contains("requests whose channel was drawn by its score");
    Command.Said wrong = sluice("replay", "--exploration", "much");
    assertThat(wrong.status()).isEqualTo(2);
    assertThat(wrong.err().lines()).singleElement().asString().contains("--exploration");
  }

  /** What a group that asks for bodies has of one. */
  private static JsonNode kept(Dialect client, boolean stream, String text) throws Exception {
    HttpResponse<String> answer = talk(KEPT_KEY, client, stream, text);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    // The provider says again what it was told, so the client has it all.
    assertThat(answer.body()).contains("pin=", KEPT_KEY, CREDENTIAL);
    JsonNode told = told(answer);
    String sent = Requests.body(client, "m", stream, text);
    assertThat(told.path("request_body").asText()).isEqualTo(redacted(sent));
    return told;
  }

  private static String redacted(String text) {
    return text.replaceAll("pin=\\d+", "[redacted]")
        .replace(KEPT_KEY, "[redacted]")
        .replace(CREDENTIAL, "[redacted]");
  }

  private static HttpResponse<String> talk(String key, Dialect client, boolean stream, String text)
      throws Exception {
    return ask(client, key, "m", stream, text);
  }

  private static JsonNode told(HttpResponse<?> answer) throws Exception {
    String id = answer.headers().firstValue("x-request-id").orElseThrow();
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (true) {
      HttpResponse<String> told = admin("/admin/requests/" + id);
      if (told.statusCode() == 200) {
        return JSON.readTree(told.body());
      }
      assertThat(System.nanoTime()).as(told.body()).isLessThan(end);
      Thread.sleep(50);
    }
  }

  @Test
  void bodiesAreKeptWhereAGroupAsksForThem() throws Exception {
    awaitConsole();
    ask(FILE_KEY, "m");
    operate("enable", "{}");
    String text = "hush pin=" + PIN + " " + KEPT_KEY + " " + CREDENTIAL + " end";

    HttpResponse<String> whole = talk(KEPT_KEY, Dialect.MESSAGES, false, text);
    JsonNode translated = told(whole);
    assertThat(whole.body()).contains("pin=" + PIN, KEPT_KEY, CREDENTIAL);
    assertThat(translated.path("outcome").asText()).isEqualTo("translated");
    assertThat(translated.path("request_body").asText())
        .isEqualTo(redacted(Requests.body(Dialect.MESSAGES, "m", false, text)));
    assertThat(translated.path("response_body").asText()).isEqualTo(redacted(whole.body()));

    JsonNode streamed = kept(Dialect.MESSAGES, true, text);
    assertThat(streamed.path("outcome").asText()).isEqualTo("translated");
    assertThat(streamed.path("response_body").asText())
        .startsWith("event: message_start")
        .contains("hush", "[redacted]", "message_stop")
        .doesNotContain(PIN, "[cut");

    provider.pace(Duration.ofMillis(30));
    JsonNode released = kept(Dialect.CHAT, true, text);
    provider.pace(Duration.ZERO);
    assertThat(released.path("outcome").asText()).isEqualTo("released");
    assertThat(released.path("response_body").asText())
        .startsWith("data: {")
        .endsWith("[released; what follows was not seen]")
        .doesNotContain("[DONE]");

    JsonNode passed = kept(Dialect.CHAT, false, text);
    assertThat(passed.path("response_body").asText()).contains("sim says: hush [redacted]");

    JsonNode large =
        told(talk(KEPT_KEY, Dialect.CHAT, false, "A".repeat(999) + " longwords".repeat(1_000)));
    assertThat(large.path("request_body").asText())
        .hasSizeBetween(4_096, 4_150)
        .contains("[999 characters] long", "[cut; it had ");
    // The provider says at most 4,000 characters again.
    assertThat(large.path("response_body").asText())
        .contains("sim says: [999 characters] long")
        .doesNotContain("AAAA", "[cut");

    HttpResponse<String> refusal =
        talk(KEPT_KEY, Dialect.CHAT, false, "pin=1 \", \"no: json " + KEPT_KEY);
    assertThat(refusal.statusCode()).isEqualTo(400);
    JsonNode refused = told(refusal);
    assertThat(refused.path("request_body").asText()).contains("[redacted] \", \"no: json [red");
    assertThat(refused.path("response_body").asText()).isEqualTo(refusal.body());

    JsonNode other = told(talk(FILE_KEY, Dialect.CHAT, false, "hush"));
    assertThat(other.has("request_body")).isFalse();
    assertThat(other.has("response_body")).isFalse();
    String list = admin("/admin/requests?key=kept&limit=100").body();
    assertThat(JSON.readTree(list).path("requests")).hasSizeGreaterThanOrEqualTo(6);
    for (String said : List.of(list, gateway.log("extproc"), admin("/metrics").body())) {
      assertThat(said).doesNotContain("hush", "response_body");
    }
    try (Stream<Path> spooled = Files.list(gateway.data().resolve("ledger/spool"))) {
      var bytes = new StringBuilder();
      for (Path file : spooled.toList()) {
        bytes.append(Files.readString(file, StandardCharsets.ISO_8859_1));
      }
      assertThat(bytes).contains("hush").doesNotContain(PIN, KEPT_KEY, CREDENTIAL);
    }
  }

  private record Case(int status, String said, String... arguments) {}

  @Test
  void whatCannotBeIsOneLine() throws IOException, InterruptedException {
    String data = gateway.data().toString();
    for (Case wrong :
        List.of(
            new Case(2, "Missing required option: '--group", "keys", "create", "x", "--data", data),
            new Case(2, "say create, list or revoke", "keys"),
            new Case(2, "Unknown options: '--grup', 'x'", "keys", "list", "--grup", "x"),
            new Case(2, "there is no", "keys", "list", "--data", "/nonexistent"),
            new Case(1, "There is no key 'none'.", "keys", "revoke", "none", "--data", data),
            new Case(
                1,
                "There is no group 'none' in the configuration.",
                "keys",
                "create",
                "x",
                "--group",
                "none",
                "--data",
                data))) {
      Command.Said said = Command.run(Map.of(), wrong.arguments);
      assertThat(said.status()).as(said.err()).isEqualTo(wrong.status);
      assertThat(said.err().lines().toList())
          .singleElement()
          .asString()
          .startsWith("sluice")
          .contains(wrong.said);
      assertThat(said.out()).isEmpty();
    }
    Command.Said away =
        Command.run(
            Map.of("SLUICE_ADMIN_URL", "http://127.0.0.1:1", "SLUICE_ADMIN_TOKEN", "x"),
            "keys",
            "list");
    assertThat(away.status()).isEqualTo(1);
    assertThat(away.err()).startsWith("sluice: the gateway does not answer at http://127.0.0.1:1");
    Command.Said stranger =
        Command.run(Map.of("SLUICE_ADMIN_TOKEN", "nobodys"), "keys", "list", "--data", data);
    assertThat(stranger.status()).isEqualTo(1);
    assertThat(stranger.err()).isEqualTo("sluice: The admin token is not valid here.\n");
  }
}
