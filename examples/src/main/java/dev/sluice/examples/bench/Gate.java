package dev.sluice.examples.bench;

import dev.sluice.examples.simulator.Dialect;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that stands between client and provider.
 *
 * @param name for the table
 * @param version of it
 * @param port where it listens on the loopback
 * @param program its processes; null where the client asks the provider itself
 * @param readyMillis how long it took until it was ready
 */
record Gate(String name, String version, int port, @Nullable Program program, long readyMillis)
    implements AutoCloseable {
  static final int CHAT = 28101;
  static final int MESSAGES = 28102;
  static final int GEMINI = 28103;
  static final int BARE = 28201;
  static final int TWO = 28202;
  static final int NATIVE = 28203;
  static final int SLUICE = 28210;
  static final int LITELLM = 28221;
  static final int PORTKEY = 28222;

  static final String KEY = "sk-bench";
  private static final String LITELLM_VERSION = "1.106.2";
  private static final String PORTKEY_VERSION = "1.15.2";

  /** With newer versions of its HTTP server it answers every stream with 500. */
  private static final String PORTKEY_PACKAGE =
      """
      {
        "private": true,
        "dependencies": {"@portkey-ai/gateway": "%s"},
        "overrides": {"@hono/node-server": "1.3.3"}
      }
      """
          .formatted(PORTKEY_VERSION);

  private static final Duration READY = Duration.ofSeconds(90);
  private static final Order PROBE = new Order(false, 1, 1, 0);

  /** Where the files of this folder are, what they start, and on which core. */
  record Place(Path home, Path work, Path envoy, int core) {
    Path config(String name) {
      return home.resolve("examples/bench").resolve(name + ".yaml");
    }

    Path logs() {
      return work.resolve("logs");
    }

    Path peers() {
      return home.resolve(".cache/peers");
    }
  }

  InetSocketAddress address() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
  }

  static Gate direct(int port) {
    return new Gate("no gateway", "", port, null, 0);
  }

  static Gate envoy(Place place, String name, String config, int port) throws IOException {
    free(port);
    return start(
        name,
        "1.40.0",
        place,
        config,
        port,
        List.of(
            place.envoy().toString(),
            "-c",
            place.config(config).toString(),
            "--use-dynamic-base-id",
            "--log-level",
            "error"),
        Map.of(),
        Question.of(Dialect.CHAT, "bench", Map.of(), PROBE, 0));
  }

  static Gate sluice(Place place) throws IOException {
    free(SLUICE);
    return start(
        "Sluice",
        "",
        place,
        "sluice",
        SLUICE,
        List.of(
            place.home().resolve("sluice").toString(),
            "up",
            "--config",
            place.config("sluice").toString(),
            "--data",
            place.work().resolve("data").toString()),
        Map.of("ENVOY", place.envoy().toString()),
        Question.of(Dialect.CHAT, "same", bearer(), PROBE, 0));
  }

  static Map<String, String> bearer() {
    return Map.of("authorization", "Bearer " + KEY);
  }

  static Gate litellm(Place place) throws IOException {
    free(LITELLM);
    Path venv = place.peers().resolve("litellm");
    Path binary = venv.resolve("bin/litellm");
    if (!Files.isExecutable(binary)) {
      Files.createDirectories(place.peers());
      Program.output(List.of("python3", "-m", "venv", venv.toString()));
      Program.output(
          List.of(
              venv.resolve("bin/pip").toString(),
              "install",
              "--quiet",
              "litellm[proxy]==" + LITELLM_VERSION));
    }
    return start(
        "LiteLLM",
        installed(venv, "litellm"),
        place,
        "litellm",
        LITELLM,
        List.of(
            binary.toString(),
            "--config",
            place.config("litellm").toString(),
            "--host",
            "127.0.0.1",
            "--port",
            Integer.toString(LITELLM),
            "--num_workers",
            "1",
            "--telemetry",
            "False"),
        Map.of(
            "LITELLM_MODE", "PRODUCTION",
            "LITELLM_LOG", "ERROR",
            "LITELLM_LOCAL_MODEL_COST_MAP", "True"),
        Question.of(Dialect.CHAT, "messages", bearer(), PROBE, 0));
  }

  private static String installed(Path venv, String name) throws IOException {
    try (var all = Files.walk(venv, 5)) {
      return all.map(p -> p.getFileName().toString())
          .filter(f -> f.startsWith(name + "-") && f.endsWith(".dist-info"))
          .map(f -> f.substring(name.length() + 1, f.length() - ".dist-info".length()))
          .findFirst()
          .orElse("");
    }
  }

  static Gate portkey(Place place) throws IOException {
    free(PORTKEY);
    Path folder = place.peers().resolve("portkey");
    Path server = folder.resolve("node_modules/@portkey-ai/gateway/build/start-server.js");
    Path wanted = folder.resolve("package.json");
    if (!Files.isReadable(server) || !Files.readString(wanted).equals(PORTKEY_PACKAGE)) {
      Files.createDirectories(folder);
      Files.writeString(wanted, PORTKEY_PACKAGE);
      Program.output(
          List.of(
              "npm",
              "install",
              "--prefix",
              folder.toString(),
              "--no-fund",
              "--no-audit",
              "--ignore-scripts"));
    }
    return start(
        "Portkey",
        PORTKEY_VERSION,
        place,
        "portkey",
        PORTKEY,
        List.of("node", server.toString(), "--port=" + PORTKEY, "--headless"),
        Map.of("NODE_ENV", "production", "TRUSTED_CUSTOM_HOSTS", "127.0.0.1,localhost"),
        Question.of(Dialect.CHAT, "bench", portkeyTo(true), PROBE, 0));
  }

  /** What tells Portkey where to send a request. */
  static Map<String, String> portkeyTo(boolean messages) {
    return Map.of(
        "authorization",
        "Bearer bench",
        "x-portkey-provider",
        messages ? "anthropic" : "openai",
        "x-portkey-custom-host",
        "http://127.0.0.1:" + (messages ? MESSAGES : CHAT) + "/v1");
  }

  private static Gate start(
      String name,
      String version,
      Place place,
      String log,
      int port,
      List<String> command,
      Map<String, String> environment,
      Question probe)
      throws IOException {
    long began = System.nanoTime();
    Program program =
        Program.start(log, place.core(), place.logs(), new ArrayList<>(command), environment);
    String said = "";
    while (System.nanoTime() - began < READY.toNanos()) {
      if (!program.alive()) {
        throw new IOException(name + " ended at once: " + program.last());
      }
      said = asked(port, probe);
      if (said.isEmpty()) {
        return new Gate(name, version, port, program, (System.nanoTime() - began) / 1_000_000);
      }
      Bench.sleep(Duration.ofMillis(25));
    }
    program.close();
    throw new IOException(
        name + " gave no good answer in " + READY.toSeconds() + " s; the last was: " + said);
  }

  /** Why it is not ready; empty: it is. */
  private static String asked(int port, Question probe) {
    try {
      var connection =
          (HttpURLConnection)
              URI.create("http://127.0.0.1:" + port + probe.path()).toURL().openConnection();
      connection.setRequestMethod("POST");
      connection.setDoOutput(true);
      connection.setConnectTimeout(1000);
      connection.setReadTimeout(5000);
      connection.setRequestProperty("content-type", "application/json");
      probe.headers().forEach(connection::setRequestProperty);
      try (var out = connection.getOutputStream()) {
        out.write(probe.body());
      }
      int status = connection.getResponseCode();
      try (var in = status < 400 ? connection.getInputStream() : connection.getErrorStream()) {
        String body = in == null ? "" : new String(in.readAllBytes(), StandardCharsets.UTF_8);
        return status == 200 && body.contains("~00000001.") ? "" : status + " " + body;
      }
    } catch (IOException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static void free(int port) throws IOException {
    try (var socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (IOException e) {
      throw new IOException("127.0.0.1:" + port + " is in use; end what listens there", e);
    }
  }

  @Override
  public void close() {
    Program running = program;
    if (running != null) {
      running.close();
    }
  }
}
