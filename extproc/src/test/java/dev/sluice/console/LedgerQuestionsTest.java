package dev.sluice.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.access.Access;
import dev.sluice.ledger.AttemptRecord;
import dev.sluice.ledger.Ledger;
import dev.sluice.ledger.RequestRecord;
import dev.sluice.ledger.Settlement;
import dev.sluice.ledger.Tokens;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The ledger's questions over HTTP, on a real ledger. */
final class LedgerQuestionsTest {
  private static Instant began = Instant.EPOCH;
  private static final HttpClient CLIENT = HttpClient.newHttpClient();
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path data = Path.of("");
  private static @Nullable Ledger ledger;
  private static @Nullable Console console;

  private static String token = "";

  @BeforeAll
  static void open() throws Exception {
    began = Instant.now().minusSeconds(60);
    Ledger opened = Ledger.open(data, () -> Duration.ofDays(1), InstantSource.system());
    ledger = opened;
    console =
        Console.start(
            "127.0.0.1",
            0,
            new Console.Source(
                () -> null,
                () -> new Console.Standing("x", 0, 0, null),
                Access.open(
                    new Access.Places(null, null, null), () -> null, InstantSource.system()),
                opened,
                data));
    token = Files.readString(data.resolve("admin-token")).strip();
    for (int i = 0; i < 3; i++) {
      opened.write(request("id-" + i, i == 2 ? "bob" : "alice", began.plusSeconds(i)));
    }
    long end = System.nanoTime() + 20_000_000_000L;
    while ((!opened.state().open() || opened.state().waiting() > 0 || opened.state().spooled() > 0)
        && System.nanoTime() < end) {
      Thread.sleep(20);
    }
  }

  @AfterAll
  static void close() {
    Objects.requireNonNull(console).close();
    Objects.requireNonNull(ledger).close();
  }

  private static RequestRecord request(String id, String key, Instant began) {
    var tokens = new Tokens(10, 20, 30, 40, 5, 0, 0, 0);
    return new RequestRecord(
        id,
        began,
        key,
        "default",
        "chat",
        "generate",
        "gpt",
        true,
        "",
        200,
        "released",
        Settlement.COMPLETE,
        1_000_000,
        2_000_000,
        tokens,
        0.25,
        0.5,
        List.of("top_k"),
        "[{\"channel\":\"one\"}]",
        List.of(
            new AttemptRecord(
                1,
                began,
                "one",
                "main",
                "https://one.example.com",
                "real",
                "messages",
                "first",
                200,
                "",
                "",
                Settlement.COMPLETE,
                1_000_000,
                2_000_000,
                tokens,
                0.25)));
  }

  private static HttpResponse<String> get(String path) throws IOException, InterruptedException {
    int port = Objects.requireNonNull(console).port();
    return CLIENT.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .header("authorization", "Bearer " + token)
            .build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static JsonNode ok(String path) throws IOException, InterruptedException {
    HttpResponse<String> response = get(path);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  @Test
  void usage() throws Exception {
    JsonNode rows = ok("/admin/usage?by=key,channel&per=day&group=default").get("rows");
    assertThat(rows).hasSize(2);
    JsonNode alice = rows.get(0);
    assertThat(alice.get("key").asText()).isEqualTo("alice");
    assertThat(alice.get("channel").asText()).isEqualTo("one");
    assertThat(alice.get("requests").asInt()).isEqualTo(2);
    assertThat(alice.get("cost").asDouble()).isEqualTo(0.5);
    assertThat(alice.has("charged")).isFalse();
    assertThat(alice.get("tokens").get("total").asInt()).isEqualTo(200);
    assertThat(alice.get("duration_ms").get("p99").asDouble()).isBetween(1_956.0, 2_044.0);
    JsonNode all = ok("/admin/usage").get("rows").get(0);
    assertThat(all.get("requests").asInt()).isEqualTo(3);
    assertThat(all.get("charged").asDouble()).isEqualTo(1.5);
    assertThat(ok("/admin/usage?by=key&limit=1").get("more").asBoolean()).isTrue();
  }

  @Test
  void requests() throws Exception {
    JsonNode page = ok("/admin/requests?key=alice&limit=1");
    assertThat(page.get("requests").get(0).get("id").asText()).isEqualTo("id-1");
    JsonNode next = ok("/admin/requests?key=alice&limit=1&after=" + page.get("next").asText());
    assertThat(next.get("requests").get(0).get("id").asText()).isEqualTo("id-0");
    assertThat(next.has("next")).isFalse();
    JsonNode one = ok("/admin/requests/id-2");
    assertThat(one.get("began").asText())
        .startsWith(began.plusSeconds(2).toString().substring(0, 19));
    assertThat(one.get("decisions").get(0).get("channel").asText()).isEqualTo("one");
    assertThat(one.get("attempts").get(0).get("settlement").asText()).isEqualTo("complete");
    assertThat(one.get("first_token_ms").asDouble()).isEqualTo(1_000);
    assertThat(ok("/admin/requests?id=id-2").get("requests")).hasSize(1);
    assertThat(get("/admin/requests/none").statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/admin/usage?by=colour      | by must be of key, group, model, channel, account,"
            + " provider_model.",
        "/admin/usage?per=minute     | per must be hour or day.",
        "/admin/usage?from=soon      | from must be a time, such as 2026-12-01T08:00:00Z or"
            + " 2026-12-01.",
        "/admin/usage?limit=0        | limit must be from 1 to 10000.",
        "/admin/usage?limit=x        | limit must be a whole number.",
        "/admin/usage?key=a&key=b    | key stands there twice.",
        "/admin/usage?colour=red     | there is no parameter colour; known here: account, by,"
            + " channel, from, group, key, limit, model, per, provider_model, to.",
        "/admin/usage?from=2026-02-02&to=2026-02-01 | from must be before to.",
        "/admin/requests?limit=501   | limit must be from 1 to 500.",
        "/admin/requests?status=ok   | status must be a whole number.",
        "/admin/requests?after=x     | after must be what an earlier answer called next.",
      })
  void whatIsWrongIsSaid(String path, String message) throws Exception {
    HttpResponse<String> response = get(path);
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(JSON.readTree(response.body()).get("error").get("message").asText())
        .isEqualTo(message);
  }
}
