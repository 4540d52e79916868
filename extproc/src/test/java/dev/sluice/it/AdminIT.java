package dev.sluice.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.examples.simulator.Dialect;
import dev.sluice.examples.simulator.Provider;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
  private static final String ADMIN = "token-of-the-administrator-c4d1";
  private static final ObjectMapper JSON = new ObjectMapper();

  private static Provider provider;
  private static Gateway gateway;

  @BeforeAll
  static void start() {
    provider = Provider.start("sim", Dialect.CHAT, 0);
    gateway =
        Gateway.start(
            """
            groups:
              default: {channels: [sim]}
            channels:
              sim:
                protocol: openai-chat
                base_urls: ["%s"]
                accounts: [{name: a, key: %s}]
                models: [{alias: m, model: real}, {alias: other, model: real}]
            admin_tokens:
              - {name: anna, token: %s, role: admin}
            """
                .formatted(provider.baseUrl(), CREDENTIAL, ADMIN),
            "  - {name: file, key: %s, group: default}".formatted(FILE_KEY));
  }

  @AfterAll
  static void stop() {
    gateway.close();
    provider.close();
  }

  private static Command.Said sluice(String... arguments) throws Exception {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--data", gateway.data().toString()));
    return Command.run(Map.of(), all.toArray(String[]::new));
  }

  private static HttpResponse<String> ask(String key, String model) throws Exception {
    return gateway
        .client()
        .send(
            gateway
                .request("/v1/chat/completions")
                .setHeader("authorization", "Bearer " + key)
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        Requests.body(Dialect.CHAT, model, false, "hello")))
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
            "/admin/nothing")) {
      HttpResponse<String> response = admin(path);
      said.add(path + "\n" + response.headers().map() + "\n" + response.body());
    }
    HttpResponse<String> answer = ask(FILE_KEY, "m");
    said.add("answer\n" + answer.headers().map() + "\n" + answer.body());
    HttpResponse<String> error = ask(FILE_KEY + "x", "m");
    said.add("error\n" + error.headers().map() + "\n" + error.body());
    for (String path : List.of("/config_dump", "/stats", "/clusters")) {
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
    assertThat(said).hasSizeGreaterThan(15).anyMatch(text -> text.contains("access.db"));
    var secrets = new ArrayList<>(List.of(made));
    secrets.addAll(List.of(CREDENTIAL, FILE_KEY, ADMIN));
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
