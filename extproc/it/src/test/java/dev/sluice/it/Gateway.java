package dev.sluice.it;

import dev.sluice.Ports;
import dev.sluice.envoy.Bootstrap;
import dev.sluice.envoy.Jar;
import java.io.IOException;
import java.io.UncheckedIOException;
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
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * xds-server and extproc as processes from their jars, and the pinned Envoy, on free ports and with
 * a folder of their own.
 */
final class Gateway implements AutoCloseable {
  static final String KEY = "sk-test";

  private static final Duration START = Duration.ofSeconds(60);
  private static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();
  private final String edge;
  private final Map<String, String> environment;
  private final Path folder;
  private final int port;
  private final int admin;
  private final List<Process> processes = new ArrayList<>();
  private @Nullable Process extproc;
  private @Nullable EnvoyServer envoy;

  private Gateway(Path folder, int port, int admin, String edge, Map<String, String> environment) {
    this.edge = edge;
    this.environment = environment;
    this.folder = folder;
    this.port = port;
    this.admin = admin;
  }

  /**
   * Starts one.
   *
   * @param rest the configuration without {@code edge}, {@code admin} and {@code keys}; the one key
   *     {@link #KEY} belongs to the group {@code default}
   */
  static Gateway start(String rest) {
    return start(rest, "");
  }

  /** The same with variables for its processes. */
  static Gateway startWithEnvironment(Map<String, String> environment, String rest) {
    return start(rest, "", "", environment);
  }

  /** The same with more under {@code edge}. */
  static Gateway startWithEdge(String edge, String rest) {
    return start(rest, "", edge);
  }

  /** The same with further keys, as items of the list. */
  static Gateway start(String rest, String keys) {
    return start(rest, keys, "");
  }

  private static Gateway start(String rest, String keys, String edge) {
    return start(rest, keys, edge, Map.of());
  }

  /** The same with all of these. */
  static Gateway start(String rest, String keys, String edge, Map<String, String> environment) {
    try {
      var gateway =
          new Gateway(
              Files.createTempDirectory("sluice-it"),
              Ports.free(),
              Ports.free(),
              edge,
              environment);
      gateway.configure(rest, keys);
      try {
        gateway.launch();
      } catch (IOException | InterruptedException e) {
        gateway.close();
        throw e;
      }
      return gateway;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Writes the configuration anew; the gateway finds out by itself. */
  void configure(String rest, String keys) throws IOException {
    String text =
        """
        edge:
          http: 127.0.0.1:%d
          max_request_body: 40MiB
          %s
        admin: 127.0.0.1:%d
        retries: {share: 1, floor: 1000}
        %s
        keys:
          - {name: test, key: %s, group: default}
        %s
        """
            .formatted(port, edge, admin, patient(rest), KEY, keys);
    Path next = folder.resolve("next.yaml");
    Files.writeString(next, text);
    Files.move(next, file(), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
  }

  /** Providers fail on purpose here, again and again, and are asked all the same. */
  private static String patient(String rest) {
    return rest.replaceAll("(?m)^( +)(protocol: )", "$1breaker: {rest: 0s}\n$1$2");
  }

  Path file() {
    return folder.resolve("sluice.yaml");
  }

  /** Where logs and everything else is. */
  Path folder() {
    return folder;
  }

  /** Where extproc keeps things. */
  Path data() {
    return folder.resolve("data");
  }

  /** Sends a signal to extproc. */
  void signalExtproc(String signal) throws IOException, InterruptedException {
    Process running = extproc;
    if (running != null) {
      new ProcessBuilder("kill", "-" + signal, Long.toString(running.pid())).start().waitFor();
      running.waitFor();
    }
  }

  private String socket(String name) {
    return "unix:" + folder.resolve(name);
  }

  private void launch() throws IOException, InterruptedException {
    startXdsServer();
    awaitLog("xds-server", "xds-server: ready");
    startExtproc();
    Path bootstrap = folder.resolve("envoy.yaml");
    Files.writeString(bootstrap, Bootstrap.yaml("test", socket("xds.sock")));
    envoy = EnvoyServer.start(folder);
    awaitServed();
    awaitLog("extproc", "extproc: ready");
  }

  private void startXdsServer() throws IOException {
    processes.add(
        process(
            "xds-server",
            java(
                "xds-server",
                "serve",
                "--config",
                file().toString(),
                "--listen",
                socket("xds.sock"),
                "--extproc",
                socket("extproc.sock"))));
  }

  /** Ends the xds-server at once and starts another. */
  void replaceXdsServer() throws IOException, InterruptedException {
    processes.removeLast().destroyForcibly().waitFor();
    startXdsServer();
  }

  /** Ends Envoy at once and starts another. */
  void replaceEnvoy() throws IOException {
    if (envoy != null) {
      envoy.kill();
    }
    envoy = EnvoyServer.start(folder);
  }

  void startExtproc() throws IOException, InterruptedException {
    extproc =
        process(
            "extproc",
            java(
                "extproc",
                "--listen",
                socket("extproc.sock"),
                "--xds",
                socket("xds.sock"),
                "--admin",
                "127.0.0.1:" + admin,
                "--data",
                folder.resolve("data").toString()));
  }

  /** Ends extproc as the kernel would: at once, in the middle of whatever it does. */
  void killExtproc() throws InterruptedException {
    Process running = extproc;
    if (running != null) {
      running.destroyForcibly().waitFor();
    }
  }

  /**
   * As the launcher starts it, but for the optimising compiler, which tests give no time to pay.
   */
  private List<String> java(String module, String... arguments) {
    var command = new ArrayList<>(Jar.command(ROOT, module, 1024, folder));
    command.add(1, "-XX:TieredStopAtLevel=1");
    command.addAll(List.of(arguments));
    return command;
  }

  private Process process(String name, List<String> command) throws IOException {
    Path log = folder.resolve(name + ".log");
    var builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().putAll(environment);
    return builder.start();
  }

  private void awaitLog(String name, String text) throws IOException, InterruptedException {
    long end = System.nanoTime() + START.toNanos();
    while (!log(name).contains(text)) {
      if (System.nanoTime() > end) {
        throw new IOException(name + " did not get ready:\n" + log(name));
      }
      Thread.sleep(20);
    }
  }

  /** Waits until a request without a key gets Java's 401. */
  void awaitServed() throws IOException, InterruptedException {
    long end = System.nanoTime() + START.toNanos();
    while (true) {
      try {
        var request = HttpRequest.newBuilder(edge("/v1/models")).timeout(Duration.ofSeconds(2));
        if (client.send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode()
            == 401) {
          return;
        }
      } catch (IOException _) {
        // Not yet.
      }
      if (System.nanoTime() > end) {
        throw new IOException(
            "the edge does not answer:\n" + log("envoy") + log("extproc") + log("xds-server"));
      }
      Thread.sleep(50);
    }
  }

  String log(String name) throws IOException {
    Path log = folder.resolve(name + ".log");
    return Files.exists(log) ? Files.readString(log) : "";
  }

  /** What Envoy's admin interface says at a path. */
  String envoyAdmin(String path) throws IOException, InterruptedException {
    String address = Files.readString(folder.resolve("admin")).strip();
    return client
        .send(
            HttpRequest.newBuilder(URI.create("http://" + address + path)).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  URI edge(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }

  String base() {
    return "http://127.0.0.1:" + port;
  }

  URI console(String path) {
    return URI.create("http://127.0.0.1:" + admin + path);
  }

  HttpClient client() {
    return client;
  }

  /** A request with the test's key. */
  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(edge(path))
        .timeout(Duration.ofSeconds(30))
        .header("authorization", "Bearer " + KEY)
        .header("content-type", "application/json")
        // Each request is a conversation of its own, unless a test says otherwise.
        .header("x-sluice-session", UUID.randomUUID().toString());
  }

  /** Posts a body and takes the whole answer. */
  Reply post(String path, byte[] body, Map<String, String> headers)
      throws IOException, InterruptedException {
    var request = request(path).POST(HttpRequest.BodyPublishers.ofByteArray(body));
    headers.forEach(request::setHeader);
    HttpResponse<byte[]> response =
        client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    return new Reply(response.statusCode(), response.headers().map(), response.body());
  }

  Reply post(String path, String body) throws IOException, InterruptedException {
    return post(path, body.getBytes(StandardCharsets.UTF_8), Map.of());
  }

  /** An answer. */
  record Reply(int status, Map<String, List<String>> headers, byte[] body) {
    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    String header(String name) {
      return String.join(",", headers.getOrDefault(name, List.of()));
    }
  }

  @Override
  public void close() {
    if (envoy != null) {
      envoy.close();
    }
    var all = new ArrayList<>(processes);
    if (extproc != null) {
      all.add(extproc);
    }
    all.reversed().forEach(Process::destroy);
    try {
      for (Process process : all) {
        if (!process.waitFor(5, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    client.close();
  }
}
