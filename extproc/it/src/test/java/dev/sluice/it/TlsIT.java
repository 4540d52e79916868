package dev.sluice.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.examples.simulator.Dialect;
import dev.sluice.examples.simulator.Provider;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** TLS ends at the edge, over HTTP/1.1 and HTTP/2, and a new certificate is taken up. */
final class TlsIT {
  private static final Duration LIVE = Duration.ofSeconds(2);

  private static Path folder;
  private static Authority authority;
  private static Provider provider;
  private static Gateway gateway;
  private static int port;

  @BeforeAll
  static void start() throws Exception {
    folder = Files.createTempDirectory("sluice-tls");
    authority = Authority.create(folder, "ca");
    certificate("one");
    provider = Provider.start("sim", Dialect.CHAT, 0);
    try (var socket = new java.net.ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    gateway =
        Gateway.startWithEdge(
            """
            https:
                address: 127.0.0.1:%d
                certificate: %s
                private_key: %s
            """
                .formatted(port, folder.resolve("cert.pem"), folder.resolve("key.pem")),
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
                .formatted(provider.baseUrl()));
  }

  @AfterAll
  static void stop() {
    gateway.close();
    provider.close();
  }

  private static Authority.Issued certificate(String name) throws Exception {
    Authority.Issued issued = authority.issue(name, "ip:127.0.0.1,dns:localhost");
    Authority.put(issued.privateKey(), folder.resolve("key.pem"));
    Authority.put(issued.chain(), folder.resolve("cert.pem"));
    return issued;
  }

  private static HttpResponse<String> ask(Authority.Issued trusted, HttpClient.Version version)
      throws Exception {
    try (var client =
        HttpClient.newBuilder().sslContext(trusted.trusted()).version(version).build()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + port + "/v1/chat/completions"))
              .header("authorization", "Bearer " + Gateway.KEY)
              .timeout(Duration.ofSeconds(10))
              .POST(
                  HttpRequest.BodyPublishers.ofString(
                      Requests.body(Dialect.CHAT, "m", true, "over TLS")))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  @Test
  void aRequestOverTlsAndANewCertificate() throws Exception {
    Authority.Issued first = certificate("two");
    awaitCertificate(first);
    for (HttpClient.Version version :
        List.of(HttpClient.Version.HTTP_1_1, HttpClient.Version.HTTP_2)) {
      HttpResponse<String> response = ask(first, version);
      assertThat(response.version()).isEqualTo(version);
      assertThat(response.body()).contains("over ").contains("TLS").contains("[DONE]");
    }
    awaitCertificate(certificate("three"));
  }

  @Test
  void aBrokenCertificateIsRefusedAndShownAndTheOldOneStays() throws Exception {
    Authority.Issued good = certificate("four");
    awaitCertificate(good);
    Files.writeString(folder.resolve("cert.pem"), "no certificate");
    assertThat(awaitHealth("DEGRADED")).contains("envoy Secret refused: ");
    assertThat(ask(good, HttpClient.Version.HTTP_1_1).statusCode()).isEqualTo(200);
    awaitCertificate(certificate("five"));
    assertThat(awaitHealth("UP")).doesNotContain("refused: ");
    assertThat(gateway.log("xds-server").lines().filter(line -> line.contains("Secret refused")))
        .as("a refusal is no loop")
        .hasSizeBetween(1, 3);
  }

  private static String awaitHealth(String status) throws Exception {
    long end = System.nanoTime() + LIVE.toNanos();
    while (true) {
      String body =
          gateway
              .client()
              .send(
                  HttpRequest.newBuilder(gateway.console("/health")).build(),
                  HttpResponse.BodyHandlers.ofString())
              .body();
      if (body.contains("\"status\":\"" + status + "\"")) {
        return body;
      }
      assertThat(System.nanoTime()).as(body).isLessThan(end);
      Thread.sleep(50);
    }
  }

  private static void awaitCertificate(Authority.Issued expected) throws Exception {
    long end = System.nanoTime() + LIVE.toNanos();
    while (true) {
      try {
        assertThat(ask(expected, HttpClient.Version.HTTP_1_1).statusCode()).isEqualTo(200);
        return;
      } catch (java.io.IOException e) {
        if (System.nanoTime() > end) {
          throw e;
        }
        Thread.sleep(50);
      }
    }
  }
}
