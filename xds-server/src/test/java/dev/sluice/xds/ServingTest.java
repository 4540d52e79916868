package dev.sluice.xds;

import static dev.sluice.xds.Subscriber.CLUSTERS;
import static dev.sluice.xds.Subscriber.SECRETS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.protos.Xds;
import dev.sluice.protos.v1.Settings;
import dev.sluice.xds.Subscriber.Sent;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** What Envoy refuses is told to Java, which shows it at {@code /health}, until it is mended. */
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
final class ServingTest {
  private static final String CERTIFICATE = "edge/certificate";

  @TempDir Path folder = Path.of("");

  private Thread serving;
  private Subscriber envoy;
  private Subscriber java;

  @BeforeEach
  void start() throws Exception {
    write("cert.pem", "one");
    write("key.pem", "one");
    write("sluice.yaml", configuration("a"));
    int port;
    try (var socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    var server =
        new Serving(folder.resolve("sluice.yaml"), Map.of(), "127.0.0.1:" + port, "127.0.0.1:1");
    serving =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    server.run();
                  } catch (InterruptedException _) {
                    Thread.currentThread().interrupt();
                  } catch (Exception e) {
                    throw new IllegalStateException(e);
                  }
                });
    envoy = new Subscriber(port, Xds.ENVOY);
    java = new Subscriber(port, Xds.EXTPROC);
  }

  @AfterEach
  void stop() throws Exception {
    envoy.close();
    java.close();
    serving.interrupt();
    serving.join();
  }

  private void write(String name, String text) throws Exception {
    Path next = folder.resolve("next");
    Files.writeString(next, text);
    Files.move(next, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  private static String configuration(String channel) {
    return """
    edge:
      https: {address: "127.0.0.1:10443", certificate: cert.pem, private_key: key.pem}
    groups:
      default: {channels: [%1$s]}
    channels:
      %1$s:
        protocol: openai-chat
        base_urls: ["http://127.0.0.1:1"]
        accounts: [{name: a, key: k}]
        models: [{match: "*"}]
    keys:
      - {name: n, key: k, group: default}
    """
        .formatted(channel);
  }

  private List<String> toldToJava() throws Exception {
    Sent sent = java.next(SECRETS);
    java.take(sent);
    for (Secret secret : sent.resources(Secret.class)) {
      if (secret.getName().equals(Xds.SETTINGS_SECRET)) {
        return Settings.parseFrom(secret.getGenericSecret().getSecret().getInlineBytes())
            .getStatus()
            .getRefusedList();
      }
    }
    throw new AssertionError("no settings in " + sent);
  }

  private static String chain(Sent sent) throws Exception {
    return sent.resources(Secret.class)
        .getFirst()
        .getTlsCertificate()
        .getCertificateChain()
        .getInlineBytes()
        .toStringUtf8();
  }

  @Test
  void aCertificateThatEnvoyRefuses() throws Exception {
    java.follow(SECRETS);
    assertThat(toldToJava()).isEmpty();
    envoy.follow(SECRETS, CERTIFICATE);
    Sent first = envoy.next(SECRETS);
    assertThat(chain(first)).isEqualTo("one");
    envoy.refuse(first, "no certificate");
    assertThat(toldToJava()).containsExactly("envoy Secret refused: no certificate");
    write("cert.pem", "two");
    Sent second = envoy.next(SECRETS);
    assertThat(chain(second)).isEqualTo("two");
    envoy.take(second);
    assertThat(toldToJava()).isEmpty();
  }

  @Test
  void aChannelThatEnvoyRefuses() throws Exception {
    java.follow(SECRETS);
    assertThat(toldToJava()).isEmpty();
    envoy.follow(CLUSTERS);
    envoy.take(envoy.next(CLUSTERS));
    write("sluice.yaml", configuration("b"));
    envoy.refuse(envoy.next(CLUSTERS), "b is wrong");
    assertThat(toldToJava()).containsExactly("envoy Cluster refused: b is wrong");
    Sent back = envoy.next(CLUSTERS);
    assertThat(back.response().toString()).contains("a@http").doesNotContain("b@http");
    envoy.take(back);
    write("sluice.yaml", configuration("c"));
    Sent union = envoy.next(CLUSTERS);
    assertThat(union.response().toString()).contains("a@http", "c@http").doesNotContain("b@http");
    envoy.take(union);
    assertThat(toldToJava()).isEmpty();
  }
}
