package dev.sluice.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.examples.simulator.Dialect;
import dev.sluice.examples.simulator.Fault;
import dev.sluice.examples.simulator.Provider;
import dev.sluice.examples.simulator.Received;
import dev.sluice.examples.simulator.Tls;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.FieldSource;

/** TLS to a provider: who is trusted, by which name, and over which HTTP. */
final class ProviderTlsIT {
  private static final Duration LIVE = Duration.ofSeconds(2);
  private static final String HOST = "right.localhost";

  /** Each with an alias of its own name, which {@code plain} serves too, after it. */
  private static final List<String> CHANNELS =
      List.of("modern", "old", "address", "misnamed", "expired", "stranger", "system", "turning");

  static final List<Fault> RESETS =
      List.of(new Fault.Reset(), new Fault.HeadersThenReset(), new Fault.CutAfter(0));

  private static final List<Provider> PROVIDERS = new ArrayList<>();
  private static Path folder;
  private static Authority ours;
  private static Authority theirs;
  private static Provider modern;
  private static Provider old;
  private static Provider plain;
  private static Gateway gateway;

  @BeforeAll
  static void start() throws Exception {
    folder = Files.createTempDirectory("sluice-provider-tls");
    ours = Authority.create(folder, "ours");
    theirs = Authority.create(folder, "theirs");
    Authority.put(ours.certificate(), folder.resolve("turning.pem"));
    Authority.Issued good = ours.issue("good", "dns:" + HOST + ",ip:127.0.0.1");
    modern = provider("modern", good, true);
    old = provider("old", good, false);
    Provider expired = provider("expired", ours.issue("expired", "dns:" + HOST, "-4d"), true);
    Provider stranger = provider("stranger", theirs.issue("stranger", "dns:" + HOST), true);
    plain = Provider.start("plain", Dialect.CHAT, 0);
    PROVIDERS.add(plain);
    String ca = ours.certificate().toString();
    gateway =
        Gateway.start(
            """
            groups:
              default: {channels: [%s, plain]}
            channels:
            %s
              plain:
                protocol: openai-chat
                base_urls: ["%s"]
                accounts: [{name: a, key: k}]
                models: [%s]
                priority: 2
            """
                .formatted(
                    String.join(", ", CHANNELS),
                    String.join(
                        "",
                        channel("modern", modern.baseUrl(HOST), ca),
                        channel("old", old.baseUrl(HOST), ca),
                        channel("address", modern.baseUrl(), ca),
                        channel("misnamed", modern.baseUrl("wrong.localhost"), ca),
                        channel("expired", expired.baseUrl(HOST), ca),
                        channel("stranger", stranger.baseUrl(HOST), ca),
                        channel("system", modern.baseUrl(HOST), ""),
                        channel(
                            "turning",
                            modern.baseUrl(HOST),
                            folder.resolve("turning.pem").toString())),
                    plain.baseUrl(),
                    String.join(
                        ", ",
                        CHANNELS.stream()
                            .map(name -> "{alias: " + name + ", model: real}")
                            .toList())));
  }

  private static Provider provider(String name, Authority.Issued identity, boolean http2) {
    var provider =
        Provider.start(
            name, Dialect.CHAT, 0, new Tls(identity.chain(), identity.privateKey(), http2));
    PROVIDERS.add(provider);
    return provider;
  }

  private static String channel(String name, String url, String ca) {
    return """
      %1$s:
        protocol: openai-chat
        base_urls: ["%2$s"]
        accounts: [{name: a, key: k}]
        models: [{alias: %1$s, model: real}]
        %3$s
    """
        .formatted(name, url, ca.isEmpty() ? "" : "ca: " + ca);
  }

  @AfterAll
  static void stop() {
    gateway.close();
    PROVIDERS.forEach(Provider::close);
  }

  @BeforeEach
  void forget() {
    PROVIDERS.forEach(Provider::forget);
  }

  private static Gateway.Reply ask(String model, boolean stream) throws Exception {
    return gateway.post(
        "/v1/chat/completions", Requests.body(Dialect.CHAT, model, stream, "over TLS"));
  }

  @ParameterizedTest(name = "{0}, streamed: {1}")
  @CsvSource({
    "modern,  false, modern, 2,   right.localhost",
    "modern,  true,  modern, 2,   right.localhost",
    "old,     false, old,    1.1, right.localhost",
    "old,     true,  old,    1.1, right.localhost",
    "address, false, modern, 2,   ''",
    "address, true,  modern, 2,   ''"
  })
  void aTrustedProviderServes(
      String channel, boolean stream, String provider, String http, String sni) throws Exception {
    Gateway.Reply reply = ask(channel, stream);
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    assertThat(reply.text()).contains(provider + " ");
    if (stream) {
      assertThat(reply.text()).endsWith("data: [DONE]\n\n");
    }
    Received received = (provider.equals("old") ? old : modern).received().getFirst();
    assertThat(received.http()).isEqualTo(http);
    assertThat(received.sni()).isEqualTo(sni);
    assertThat(plain.received()).isEmpty();
  }

  @ParameterizedTest(name = "{0}, streamed: {1}")
  @CsvSource({
    "misnamed, false, fail_verify_san",
    "misnamed, true,  fail_verify_san",
    "expired,  false, fail_verify_error",
    "expired,  true,  fail_verify_error",
    "stranger, false, fail_verify_error",
    "stranger, true,  fail_verify_error",
    "system,   false, fail_verify_error",
    "system,   true,  fail_verify_error"
  })
  void anUntrustedOneIsReplaced(String channel, boolean stream, String reason) throws Exception {
    long before = failures(channel, reason);
    Gateway.Reply reply = ask(channel, stream);
    assertThat(reply.status()).as(reply.text()).isEqualTo(200);
    assertThat(reply.text()).contains("plain ").doesNotContain("error");
    assertThat(plain.received()).hasSize(1);
    assertThat(PROVIDERS.stream().mapToInt(provider -> provider.received().size()).sum())
        .isEqualTo(1);
    assertThat(failures(channel, reason)).isGreaterThan(before);
  }

  /** How often Envoy refused a channel's provider for a reason. */
  private static long failures(String channel, String reason) throws Exception {
    return gateway
        .envoyAdmin("/stats?filter=ssl." + reason)
        .lines()
        .filter(line -> line.startsWith("cluster." + channel + "@"))
        .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  @ParameterizedTest
  @FieldSource("RESETS")
  void aStreamThatIsResetOverHttp2IsReplaced(Fault fault) throws Exception {
    modern.fault(fault);
    Gateway.Reply reply = ask("modern", true);
    assertThat(reply.text()).contains("plain ").doesNotContain("modern ").contains("[DONE]");
    assertThat(modern.received()).isNotEmpty().allMatch(request -> request.http().equals("2"));
  }

  @Test
  void aChangedFileOfAuthoritiesIsLiveAndTheStreamThatRunsIsNotDropped() throws Exception {
    Path file = folder.resolve("turning.pem");
    modern.pace(Duration.ofMillis(400));
    HttpRequest request =
        gateway
            .request("/v1/chat/completions")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    Requests.body(Dialect.CHAT, "turning", true, "one two three four five six")))
            .build();
    CompletableFuture<HttpResponse<String>> running =
        gateway.client().sendAsync(request, HttpResponse.BodyHandlers.ofString());
    while (modern.received().isEmpty()) {
      Thread.sleep(10);
    }
    Authority.put(theirs.certificate(), file);
    awaitServedBy("plain");
    assertThat(running).isNotDone();
    assertThat(running.get().body()).contains("modern ").contains("six").contains("[DONE]");
    Authority.put(ours.certificate(), file);
    awaitServedBy("modern");
  }

  private static void awaitServedBy(String provider) throws Exception {
    long end = System.nanoTime() + LIVE.toNanos();
    while (true) {
      Gateway.Reply reply = ask("turning", false);
      assertThat(reply.status()).as(reply.text()).isEqualTo(200);
      if (reply.text().contains(provider + " ")) {
        return;
      }
      assertThat(System.nanoTime()).as(gateway.log("xds-server")).isLessThan(end);
      Thread.sleep(20);
    }
  }
}
