package dev.sluice.envoy;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The gateway run once after it is built, so that it starts quickly ever after: each process writes
 * what it has loaded and learnt into the cache that {@link Jar} starts the next one with. What is
 * asked of it here is what a start and the first requests ask.
 */
final class Rehearsal {
  /** As long as a process may take to write its cache. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private static final int PROVIDERS = 4;
  private static final int ROUNDS = 3;
  private static final String KEY = "rehearsal";

  private static final String GEMINI =
      """
      {"contents":[{"role":"user","parts":[{"text":"Hello"}]}]}\
      """;

  private final Path file;
  private final Path data;
  private final int provider;

  private Rehearsal(Path file, Path data, int provider) {
    this.file = file;
    this.data = data;
    this.provider = provider;
  }

  /**
   * Writes a configuration.
   *
   * @param folder where to; everything else that the processes write goes there too
   */
  static Rehearsal in(Path folder) throws IOException {
    int first = freePorts(PROVIDERS);
    Path file = folder.resolve("sluice.yaml");
    Files.writeString(
        file,
        """
        edge: {http: "127.0.0.1:%d"}
        admin: "127.0.0.1:%d"
        groups:
          default: {channels: [failing, good, claude]}
        channels:
          failing:
            protocol: openai-chat
            base_urls: ["http://127.0.0.1:%d/v1"]
            accounts: [{name: main, key: none}]
            models: [{alias: gpt, model: gpt-failing}]
          good:
            protocol: openai-chat
            base_urls: ["http://127.0.0.1:%d/v1"]
            accounts: [{name: main, key: none}]
            models: [{alias: gpt, model: gpt-good}]
            prices: [{model: "*", input: 1, output: 2}]
            priority: 2
          claude:
            protocol: anthropic
            base_urls: ["http://127.0.0.1:%d"]
            accounts: [{name: main, key: none}]
            models: [{alias: claude, model: claude-good}]
        keys:
          - {name: rehearsal, key: %s, group: default}
        """
            .formatted(freePorts(1), freePorts(1), first + 1, first, first + 3, KEY));
    return new Rehearsal(file, folder.resolve("data"), first);
  }

  /** So many that follow one another. */
  private static int freePorts(int count) throws IOException {
    while (true) {
      var held = new ArrayList<ServerSocket>();
      try {
        held.add(new ServerSocket(0));
        int first = held.getFirst().getLocalPort();
        for (int i = 1; i < count; i++) {
          held.add(new ServerSocket(first + i));
        }
        return first;
      } catch (IOException | IllegalArgumentException e) {
        if (held.isEmpty()) {
          throw e;
        }
      } finally {
        for (ServerSocket socket : held) {
          socket.close();
        }
      }
    }
  }

  Path file() {
    return file;
  }

  Path data() {
    return data;
  }

  /** The first port of the simulated providers. */
  int provider() {
    return provider;
  }

  /** Asks it for answers. */
  void play(Map<String, String> addresses) throws IOException, InterruptedException {
    String edge = "http://" + addresses.get("http");
    String admin = "http://" + addresses.get("admin");
    try (var client = HttpClient.newHttpClient()) {
      for (int round = 0; round < ROUNDS; round++) {
        for (String model : List.of("gpt", "claude")) {
          for (boolean stream : List.of(false, true)) {
            ask(client, edge + "/v1/chat/completions", chat(model, stream));
            ask(client, edge + "/v1/messages", messages(model, stream));
            ask(client, edge + "/v1/responses", responses(model, stream));
            ask(
                client,
                edge
                    + "/v1beta/models/"
                    + model
                    + (stream ? ":streamGenerateContent?alt=sse" : ":generateContent"),
                GEMINI);
          }
        }
      }
      Path token = data.resolve("admin-token");
      String bearer = Files.isReadable(token) ? Files.readString(token).strip() : "";
      for (String page :
          List.of("/health", "/metrics", "/admin/usage", "/admin/requests", "/admin/keys")) {
        var request =
            HttpRequest.newBuilder(URI.create(admin + page))
                .timeout(PATIENCE)
                .header("authorization", "Bearer " + bearer);
        client.send(request.build(), HttpResponse.BodyHandlers.discarding());
      }
    }
  }

  /**
   * Lets the launcher ask the gateway once, so that it leaves what {@code sluice} starts it with.
   */
  void inquire(Path home) throws IOException, InterruptedException {
    Path archive = Jar.archive(home.normalize());
    Path fresh = archive.resolveSibling("envoy.jsa.new");
    var command = new ArrayList<>(Jar.archiving(home.normalize(), fresh));
    command.addAll(List.of("usage", "--data", data.toString()));
    Process launcher =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!launcher.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
      launcher.destroyForcibly();
      throw new IOException("sluice usage did not end");
    }
    if (Files.exists(fresh)) {
      Files.move(fresh, archive, StandardCopyOption.ATOMIC_MOVE);
    }
  }

  private static void ask(HttpClient client, String url, String body)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(URI.create(url))
            .timeout(PATIENCE)
            .header("authorization", "Bearer " + KEY)
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body, StandardCharsets.UTF_8));
    HttpResponse<String> answer =
        client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IOException(url + " answered " + answer.statusCode() + ": " + answer.body());
    }
  }

  private static String chat(String model, boolean stream) {
    return """
    {"model":"%s","stream":%b,"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":"Hello"}]}\
    """
        .formatted(model, stream);
  }

  private static String messages(String model, boolean stream) {
    return """
    {"model":"%s","max_tokens":100,"stream":%b,"system":"Be brief.","messages":[{"role":"user","content":"Hello"}]}\
    """
        .formatted(model, stream);
  }

  private static String responses(String model, boolean stream) {
    return """
    {"model":"%s","stream":%b,"instructions":"Be brief.","input":"Hello"}\
    """
        .formatted(model, stream);
  }
}
