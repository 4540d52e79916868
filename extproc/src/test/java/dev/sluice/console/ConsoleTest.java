package dev.sluice.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.access.Access;
import dev.sluice.access.Amount;
import dev.sluice.access.Opened;
import dev.sluice.access.Refused;
import dev.sluice.access.Reservation;
import dev.sluice.catalog.Aim;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Catalog.Admin;
import dev.sluice.catalog.Catalog.Role;
import dev.sluice.catalog.Group;
import dev.sluice.catalog.Key;
import dev.sluice.catalog.Limits;
import dev.sluice.catalog.Pattern;
import dev.sluice.catalog.Retries;
import dev.sluice.ledger.Ledger;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The admin API over HTTP, with a store of its own. */
final class ConsoleTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String VIEWER = "viewer-of-the-test";
  private static final String OPERATOR = "operator-of-the-test";
  private static final String ADMIN = "administrator-of-the-test";

  @TempDir static Path data;

  private static Catalog catalog;
  private static Access access;
  private static Ledger ledger;
  private static Console console;
  private static HttpClient client;

  @BeforeAll
  static void start() throws Exception {
    catalog =
        new Catalog(
            Map.of(),
            Map.of(
                "default",
                new Group(
                    "default",
                    null,
                    4,
                    Duration.ZERO,
                    Duration.ZERO,
                    List.of("a"),
                    Group.Ambiguous.REJECT,
                    Aim.STABILITY,
                    0)),
            Map.of(
                sha256("sk-of-the-file"),
                new Key("file", "default", List.of(Pattern.of("*")), Limits.NONE)),
            List.of(),
            1 << 20,
            "00",
            Catalog.Responses.DEFAULT,
            Catalog.Ledger.DEFAULT,
            new Catalog.Status(Instant.EPOCH, List.of()),
            Retries.USUAL,
            Map.of(
                sha256(VIEWER), new Admin("vera", Role.VIEWER),
                sha256(OPERATOR), new Admin("otto", Role.OPERATOR),
                sha256(ADMIN), new Admin("anna", Role.ADMIN)),
            Set.of("console.example.com"));
    access =
        Access.open(new Access.Places(data, null, null), () -> catalog, InstantSource.system());
    ledger = Ledger.open(null, () -> Duration.ofDays(1), InstantSource.system());
    console =
        Console.start(
            "127.0.0.1",
            0,
            new Console.Source(
                () -> catalog,
                () -> new Console.Standing("memory", 0, 0, null),
                access,
                ledger,
                data));
    client = HttpClient.newHttpClient();
    long end = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (ask("GET", "/admin/keys", ADMIN, null).status() != 200) {
      assertThat(System.nanoTime()).isLessThan(end);
      Thread.sleep(10);
    }
  }

  @AfterAll
  static void stop() {
    client.close();
    console.close();
    access.close();
    ledger.close();
  }

  private static ByteBuffer sha256(String text) throws Exception {
    return ByteBuffer.wrap(
        MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  private record Reply(int status, JsonNode body) {
    String message() {
      return body.at("/error/message").asText();
    }
  }

  private static Reply ask(
      String method, String path, @Nullable String token, @Nullable String body, String... headers)
      throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + console.port() + path))
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body));
    if (token != null) {
      request.header("authorization", "Bearer " + token);
    }
    if (body != null) {
      request.header("content-type", "application/json");
    }
    for (int i = 0; i < headers.length; i += 2) {
      request.header(headers[i], headers[i + 1]);
    }
    HttpResponse<String> response =
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    return new Reply(response.statusCode(), JSON.readTree(response.body()));
  }

  // ---- who may

  static Stream<List<String>> routes() throws Exception {
    JsonNode paths = description().path("paths");
    var routes = new ArrayList<List<String>>();
    for (String path : (Iterable<String>) paths::fieldNames) {
      for (String method : (Iterable<String>) paths.path(path)::fieldNames) {
        routes.add(List.of(method.toUpperCase(Locale.ROOT), path));
      }
    }
    return routes.stream();
  }

  private static JsonNode description() throws IOException {
    try (var in = ConsoleTest.class.getResourceAsStream("/META-INF/swagger/openapi.json")) {
      return JSON.readTree(in);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("routes")
  void everyRouteIsClosedButHealth(List<String> route) throws Exception {
    String path = route.getLast().replaceAll("\\{[^}]*}", "x");
    String body = route.getFirst().equals("GET") ? null : "{}";
    if (path.equals("/health")) {
      assertThat(ask(route.getFirst(), path, null, body).status()).isEqualTo(200);
      return;
    }
    assertThat(path).startsWith("/admin/");
    for (String token : new @Nullable String[] {null, "", "wrong", "sk-of-the-file"}) {
      Reply reply = ask(route.getFirst(), path, token, body);
      assertThat(reply.status()).as(token).isEqualTo(401);
      assertThat(reply.message()).contains("admin token");
    }
    if (!route.getFirst().equals("GET")) {
      for (String token : List.of(VIEWER, OPERATOR)) {
        Reply reply = ask(route.getFirst(), path, token, body);
        assertThat(reply.status()).isEqualTo(403);
        assertThat(reply.message()).contains("needs the role admin");
      }
    }
  }

  @ParameterizedTest(name = "{0} {1} as {2}: {3}")
  @CsvSource({
    "GET, /admin/keys, viewer-of-the-test, 200",
    "GET, /admin/users, viewer-of-the-test, 200",
    "GET, /admin/groups, viewer-of-the-test, 200",
    "GET, /admin/channels, viewer-of-the-test, 200",
    "GET, /admin/openapi.json, viewer-of-the-test, 200",
    "GET, /admin/openapi.json, , 401",
    "GET, /admin/audit, viewer-of-the-test, 403",
    "GET, /admin/audit, operator-of-the-test, 200",
    "GET, /admin/audit, administrator-of-the-test, 200",
    "GET, /admin/nothing, , 401",
    "GET, /admin/nothing, viewer-of-the-test, 404",
    "GET, /admin, , 401",
    "GET, //admin/keys, , 401",
    "GET, /Admin/keys, , 401",
    "GET, /admin/keys/, , 401",
    "GET, /health/../admin/keys, , 401",
    "GET, /, , 401",
    "POST, /health, , 401",
  })
  void theDoorIsShutUnlessItIsOpen(String method, String path, @Nullable String token, int status)
      throws Exception {
    assertThat(ask(method, path, token, method.equals("POST") ? "{}" : null).status())
        .isEqualTo(status);
  }

  @ParameterizedTest(name = "host {0}, origin {1}: {2}")
  @CsvSource({
    "127.0.0.1, , 200",
    "localhost, , 200",
    "LOCALHOST:9090, , 200",
    "[::1]:9090, , 200",
    "192.168.1.7:9090, , 200",
    "console.example.com, , 200",
    "Console.Example.com:80, https://console.example.com:80, 200",
    "evil.example.com, , 421",
    "127.0.0.1.evil.example.com, , 421",
    "console.example.com.evil.net, , 421",
    "evil.example.com, http://evil.example.com, 421",
    "127.0.0.1:9090, http://127.0.0.1:9090, 200",
    "127.0.0.1:9090, http://127.0.0.1:8080, 403",
    "127.0.0.1:9090, http://evil.example.com, 403",
    "127.0.0.1:9090, null, 403",
    ", , 421",
  })
  void onlyWhoeverMeansUsIsLetIn(@Nullable String host, @Nullable String origin, int status)
      throws Exception {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), console.port())) {
      socket
          .getOutputStream()
          .write(
              ("GET /admin/keys HTTP/1.0\r\n"
                      + (host == null ? "" : "Host: " + host + "\r\n")
                      + (origin == null ? "" : "Origin: " + origin + "\r\n")
                      + "Authorization: Bearer "
                      + ADMIN
                      + "\r\n\r\n")
                  .getBytes(StandardCharsets.UTF_8));
      var lines =
          new BufferedReader(
              new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
      var head = new ArrayList<String>();
      for (String line = lines.readLine();
          line != null && !line.isEmpty();
          line = lines.readLine()) {
        head.add(line);
      }
      assertThat(head.getFirst()).contains(" " + status + " ");
      assertThat(head).noneMatch(line -> line.toLowerCase(Locale.ROOT).contains("access-control-"));
    }
  }

  @Test
  void aPageOfElsewhereIsRefusedByWhatItsBrowserSays() throws Exception {
    assertThat(ask("GET", "/admin/keys", ADMIN, null, "sec-fetch-site", "cross-site").status())
        .isEqualTo(403);
    assertThat(ask("GET", "/admin/keys", ADMIN, null, "sec-fetch-site", "same-origin").status())
        .isEqualTo(200);
  }

  @Test
  void theLocalTokenIsTheOwnersAlone() throws Exception {
    Path file = data.resolve("admin-token");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(ask("GET", "/admin/audit", Files.readString(file).strip(), null).status())
        .isEqualTo(200);
    assertThat(Files.readString(data.resolve("admin-address")).strip())
        .isEqualTo("127.0.0.1:" + console.port());
  }

  // ---- what can be done

  @Test
  void aKeyLivesFromItsMakingToItsEnd() throws Exception {
    assertThat(
            ask("POST", "/admin/users", ADMIN, "{\"name\":\"bob\",\"note\":\"of accounting\"}")
                .status())
        .isEqualTo(201);
    Reply made =
        ask(
            "POST",
            "/admin/keys",
            ADMIN,
            """
            {"name": "life", "group": "default", "user": "bob", "models": ["gpt-*"], "tags": ["t"],
             "expires": "30d", "limits": {"rpm": 60}, "budgets": ["50 USD/month", "10 tokens"]}
            """);
    assertThat(made.status()).isEqualTo(201);
    String secret = made.body().path("key").asText();
    assertThat(secret).startsWith("sk-sluice-");
    Opened opened = (Opened) access.keys().find(catalog, secret).get();
    ((Reservation) access.budgets().reserve(opened, Amount.of(5, 0.5)).get())
        .settle(Amount.of(4, 0.25));

    JsonNode one = ask("GET", "/admin/keys/life", VIEWER, null).body();
    assertThat(one.path("source").asText()).isEqualTo("store");
    assertThat(one.path("user").asText()).isEqualTo("bob");
    assertThat(one.path("budgets").toString()).isEqualTo("[\"50 USD/month\",\"10 tokens/total\"]");
    assertThat(one.at("/limits/rpm").asLong()).isEqualTo(60);
    assertThat(one.at("/spent/month/usd").decimalValue()).isEqualByComparingTo("0.25");
    assertThat(one.at("/spent/total/tokens").asLong()).isEqualTo(4);
    assertThat(ask("GET", "/admin/users/bob", VIEWER, null).body().at("/spent/day/tokens").asLong())
        .isEqualTo(4);

    Reply changed =
        ask(
            "PATCH",
            "/admin/keys/life",
            ADMIN,
            "{\"enabled\": false, \"user\": \"\", \"expires\": \"never\"}");
    assertThat(changed.status()).as(changed.message()).isEqualTo(200);
    assertThat(changed.body().path("user").isNull()).isTrue();
    assertThat(changed.body().path("expires").isNull()).isTrue();
    assertThat(changed.body().path("models").toString()).isEqualTo("[\"gpt-*\"]");
    assertThat(access.keys().find(catalog, secret).get()).isInstanceOf(Refused.class);
    ask("PATCH", "/admin/keys/life", ADMIN, "{\"enabled\": true}");
    assertThat(access.keys().find(catalog, secret).get()).isInstanceOf(Opened.class);

    String next = ask("POST", "/admin/keys/life/rotate", ADMIN, "{}").body().path("key").asText();
    assertThat(access.keys().find(catalog, secret).get()).isInstanceOf(Refused.class);
    assertThat(access.keys().find(catalog, next).get()).isInstanceOf(Opened.class);
    assertThat(ask("DELETE", "/admin/keys/life", ADMIN, null).status()).isEqualTo(200);
    assertThat(access.keys().find(catalog, next).get()).isInstanceOf(Refused.class);

    JsonNode audit = ask("GET", "/admin/audit?limit=1000", OPERATOR, null).body().path("changes");
    assertThat(audit.findValuesAsText("action")).contains("create", "change", "rotate", "revoke");
    assertThat(audit.path(0).path("actor").asText()).isIn("anna", "local");
    assertThat(audit.path(0).path("origin").asText()).isEqualTo("127.0.0.1");
    String all = audit + one.toString() + ask("GET", "/admin/keys", VIEWER, null).body();
    assertThat(all).doesNotContain(secret).doesNotContain(next);
  }

  @Test
  void listsHoldTheFilesKeysFirstAndThenPages() throws Exception {
    for (int i = 0; i < 3; i++) {
      ask("POST", "/admin/keys", ADMIN, "{\"name\":\"page" + i + "\",\"group\":\"default\"}");
    }
    JsonNode first = ask("GET", "/admin/keys?limit=2", VIEWER, null).body();
    assertThat(first.at("/keys/0/name").asText()).isEqualTo("file");
    assertThat(first.at("/keys/0/source").asText()).isEqualTo("configuration");
    assertThat(first.path("keys")).hasSize(3);
    JsonNode second =
        ask("GET", "/admin/keys?after=" + first.path("next").asText(), VIEWER, null).body();
    assertThat(second.path("keys").findValuesAsText("name"))
        .doesNotContain("file")
        .contains("page2");
  }

  @Test
  void aGroupIsHeldToWhatItIsGiven() throws Exception {
    Reply put =
        ask("PUT", "/admin/groups/default", ADMIN, "{\"limits\":{\"tpm\":7000000},\"budgets\":[]}");
    assertThat(put.status()).as(put.message()).isEqualTo(200);
    JsonNode groups = ask("GET", "/admin/groups", VIEWER, null).body();
    assertThat(groups.at("/groups/0/limits/tpm").asLong()).isEqualTo(7_000_000);
    assertThat(groups.at("/groups/0/channels/0").asText()).isEqualTo("a");
  }

  @ParameterizedTest(name = "{0} {1} {2}: {3}")
  @CsvSource(
      delimiter = '|',
      value = {
        "POST | /admin/keys | {} | 400 | needs a name and a group",
        "POST | /admin/keys | {\"name\":\"n\",\"group\":\"none\"} | 400 | There is no group 'none'",
        "POST | /admin/keys | {\"name\":\"n\",\"group\":\"default\",\"budget\":\"1 USD\"} | 400 |"
            + " budget",
        "POST | /admin/keys | {\"name\":\"n\",\"group\":\"default\",\"budgets\":[\"1 EUR\"]} | 400"
            + " | '1 EUR' is no budget",
        "POST | /admin/keys | {\"name\":\"n\",\"group\":\"default\",\"expires\":\"soon\"} | 400 |"
            + " 'soon' is no time",
        "POST | /admin/keys | {\"name\":\"file\",\"group\":\"default\"} | 409 | in the"
            + " configuration",
        "POST | /admin/keys | {\"name\":\"n\",\"group\":\"default\",\"models\":[null]} | 400 |"
            + " holds null",
        "POST | /admin/keys | {\"name\" | 400 | ",
        "POST | /admin/keys | | 400 | ",
        "PATCH | /admin/keys/none | {} | 404 | There is no key 'none'",
        "PATCH | /admin/keys/none | {\"name\":\"other\"} | 400 | name cannot be changed",
        "DELETE | /admin/keys/none | | 404 | There is no key 'none'",
        "DELETE | /admin/keys/file | | 409 | stands in the configuration",
        "GET | /admin/keys/none | | 404 | There is no key 'none'",
        "GET | /admin/keys?limit=many | | 400 | ",
        "GET | /admin/users/none | | 404 | There is no user 'none'",
        "DELETE | /admin/users/none | | 404 | There is no user 'none'",
        "PUT | /admin/groups/none | {} | 404 | There is no group 'none'",
        "PUT | /admin/groups/default | {\"limits\":{\"rpm\":-1}} | 400 | 0 (none) or more",
        "GET | /admin/groups/none | | 404 | There is no group 'none'",
      })
  void whatCannotBeIsOneSentence(
      String method, String path, @Nullable String body, int status, @Nullable String message)
      throws Exception {
    Reply reply = ask(method, path, ADMIN, body);
    assertThat(reply.status()).as(reply.body().toString()).isEqualTo(status);
    assertThat(reply.message()).isNotBlank().doesNotContain("\n").doesNotContain("Exception");
    assertThat(reply.message()).contains(message == null ? "" : message);
  }

  @Test
  void everyRouteIsDescribedInWords() throws Exception {
    JsonNode described = description();
    assertThat(ask("GET", "/admin/openapi.json", VIEWER, null).body()).isEqualTo(described);
    assertThat(described.at("/info/title").asText()).isEqualTo("Sluice admin API");
    assertThat(described.at("/components/securitySchemes/token/scheme").asText())
        .isEqualTo("bearer");
    for (List<String> route : routes().toList()) {
      JsonNode operation =
          described
              .path("paths")
              .path(route.getLast())
              .path(route.getFirst().toLowerCase(Locale.ROOT));
      assertThat(operation.path("summary").asText()).as(route.toString()).isNotBlank();
    }
    assertThat(routes().toList()).hasSizeGreaterThan(15);
  }
}
