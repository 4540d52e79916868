package dev.sluice.it;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.Ports;
import dev.sluice.examples.simulator.Dialect;
import dev.sluice.examples.simulator.Provider;
import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The launcher as the {@code sluice} script starts it, from its jar. */
@Timeout(90)
@Execution(ExecutionMode.CONCURRENT)
final class LauncherIT {
  private static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();

  /** A process group of its own that Ctrl-C ends, as a shell gives to what is typed into it. */
  private static final List<String> TERMINAL = List.of("env", "--default-signal=INT", "setsid");

  /** As long as the launcher itself waits. */
  private static final Duration READY = Duration.ofSeconds(30);

  /** A stream of six words. */
  private static final String SLOWLY = "one two three four five six";

  private Provider provider;

  @TempDir Path folder;

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @BeforeEach
  void start() {
    provider = Provider.start("sim", Dialect.CHAT, 0);
  }

  @AfterEach
  void stop() {
    provider.close();
  }

  private Path configuration(int http, int admin) throws IOException {
    return configuration("http: 127.0.0.1:" + http, admin);
  }

  private Path configuration(String edge, int admin) throws IOException {
    Path file = folder.resolve("sluice.yaml");
    Files.writeString(
        file,
        """
        edge:
          %s
        admin: 127.0.0.1:%d
        groups:
          default: {channels: [sim]}
        channels:
          sim:
            protocol: openai-chat
            base_urls: ["%s"]
            accounts: [{name: a, key: k}]
            models: [{alias: m, model: real}]
        keys:
          - {name: test, key: sk-test, group: default}
        """
            .formatted(edge, admin, provider.baseUrl()));
    return file;
  }

  private Process launcher(String... arguments) throws IOException {
    var command = new ArrayList<>(TERMINAL);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-jar", ROOT.resolve("envoy/target/envoy.jar").toString(), ROOT.toString()));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("out").toFile())
        .start();
  }

  private String out() throws IOException {
    return Files.readString(folder.resolve("out"));
  }

  private void awaitOut(String text, Duration patience) throws Exception {
    long end = System.nanoTime() + patience.toNanos();
    while (!out().contains(text)) {
      assertThat(System.nanoTime()).as(out()).isLessThan(end);
      Thread.sleep(20);
    }
  }

  private HttpRequest request(int port, String text) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/v1/chat/completions"))
        .header("authorization", "Bearer sk-test")
        .timeout(Duration.ofSeconds(30))
        .POST(HttpRequest.BodyPublishers.ofString(Requests.body(Dialect.CHAT, "m", true, text)))
        .build();
  }

  /** Sends a signal to a process, or to a whole group where the id is negative. */
  private static void signal(String name, long id) throws Exception {
    assertThat(new ProcessBuilder("kill", "-" + name, "--", Long.toString(id)).start().waitFor())
        .isZero();
  }

  @Test
  void itMendsWhatDies() throws Exception {
    int port = Ports.free();
    Path file = configuration(port, Ports.free());
    Process up = launcher("up", "--config", file.toString(), "--data", folder + "/data");
    try {
      awaitOut("sluice: ready http=http://127.0.0.1:" + port, READY);
      var first = client.send(request(port, "hello"), HttpResponse.BodyHandlers.ofString());
      assertThat(first.body()).contains("sim ").contains("[DONE]");
      for (String part : List.of("extproc.jar", "xds-server.jar")) {
        ProcessHandle victim =
            up.descendants()
                .filter(p -> p.info().commandLine().orElse("").contains(part))
                .findFirst()
                .orElseThrow();
        signal("KILL", victim.pid());
        awaitServed(port, Duration.ofSeconds(15));
      }
    } finally {
      end(up);
    }
  }

  /** To the launcher alone as a service is told to stop, and to all of its group as Ctrl-C does. */
  @ParameterizedTest(name = "{0}, to its whole group: {1}")
  @CsvSource({"TERM, false", "INT, true"})
  void itEndsInOrder(String signal, boolean group) throws Exception {
    int port = Ports.free();
    Path file = configuration(port, Ports.free());
    Process up = launcher("up", "--config", file.toString(), "--data", folder + "/data");
    try {
      awaitOut("sluice: ready http=http://127.0.0.1:" + port, READY);
      endsInOrder(up, client, request(port, SLOWLY), signal, group);
    } finally {
      end(up);
    }
  }

  private void endsInOrder(
      Process up, HttpClient by, HttpRequest request, String signal, boolean group)
      throws Exception {
    provider.pace(Duration.ofMillis(250));
    CompletableFuture<HttpResponse<InputStream>> begun =
        by.sendAsync(request, HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream stream = begun.get(15, TimeUnit.SECONDS).body()) {
      int first = stream.read();
      var children = up.descendants().toList();
      signal(signal, group ? -up.pid() : up.pid());
      String rest = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      assertThat((char) first + rest).startsWith("data: ").contains("six").contains("[DONE]");
      assertThat(up.waitFor(25, TimeUnit.SECONDS)).isTrue();
      assertThat(children).isNotEmpty().noneMatch(ProcessHandle::isAlive);
    }
  }

  private static void end(Process up) {
    up.descendants().forEach(ProcessHandle::destroyForcibly);
    up.destroyForcibly();
  }

  @Test
  void anEdgeOfTlsAloneIsReadyWhenItServesAndEndsOnInt() throws Exception {
    Authority.Issued identity =
        Authority.create(folder, "ca").issue("edge", "dns:gateway.example.com,ip:127.0.0.1");
    int port = Ports.free();
    Path file =
        configuration(
            "https: {address: 127.0.0.1:%d, certificate: %s, private_key: %s}"
                .formatted(port, identity.chain(), identity.privateKey()),
            Ports.free());
    Process up = launcher("up", "--config", file.toString(), "--data", folder + "/data");
    try (var trusting = HttpClient.newBuilder().sslContext(identity.trusted()).build()) {
      awaitOut("sluice: ready https=https://127.0.0.1:" + port, READY);
      HttpRequest request =
          HttpRequest.newBuilder(request(port, SLOWLY), (_, _) -> true)
              .uri(URI.create("https://127.0.0.1:" + port + "/v1/chat/completions"))
              .build();
      endsInOrder(up, trusting, request, "INT", false);
    } finally {
      end(up);
    }
  }

  private void awaitServed(int port, Duration patience) throws Exception {
    long end = System.nanoTime() + patience.toNanos();
    int good = 0;
    while (good < 3) {
      var answer = client.send(request(port, "again"), HttpResponse.BodyHandlers.ofString());
      good = answer.statusCode() == 200 ? good + 1 : 0;
      assertThat(System.nanoTime()).as(answer.body()).isLessThan(end);
      Thread.sleep(50);
    }
  }

  private List<String> refused(String... arguments) throws Exception {
    Process process = launcher(arguments);
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(out()).isEqualTo(2);
    return out().lines().filter(line -> !line.startsWith("sluice: reading")).toList();
  }

  @Test
  void aTakenPortIsOneLine() throws Exception {
    try (var taken = new ServerSocket(0)) {
      Path file = configuration(taken.getLocalPort(), Ports.free());
      assertThat(refused("up", "--config", file.toString(), "--data", folder + "/data"))
          .singleElement()
          .asString()
          .contains("edge.http")
          .contains(Integer.toString(taken.getLocalPort()));
    }
  }

  @Test
  void aMissingFileIsOneLine() throws Exception {
    assertThat(refused("up", "--config", folder + "/none.yaml"))
        .singleElement()
        .asString()
        .contains("none.yaml")
        .contains("no such file");
  }

  @Test
  void aWrongKeyIsOneLine() throws Exception {
    Path file = configuration(Ports.free(), Ports.free());
    Files.writeString(file, Files.readString(file).replace("protocol:", "protocoll:"));
    assertThat(refused("up", "--config", file.toString(), "--data", folder + "/data"))
        .anyMatch(line -> line.contains("sluice.yaml:8: channels.sim.protocoll"));
    assertThat(refused("check", "--config", file.toString()))
        .anyMatch(line -> line.contains("sluice.yaml:8: channels.sim.protocoll"));
  }
}
