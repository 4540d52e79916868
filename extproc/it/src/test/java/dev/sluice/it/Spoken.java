package dev.sluice.it;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A provider that streams files byte by byte as they are, in the pieces that they name.
 *
 * <p>A file's first line is a comment with what shall come of it. {@code ¦} is where a piece ends,
 * and {@code {300 x}} stands for three hundred times {@code x}.
 */
final class Spoken implements AutoCloseable {
  private static final Path FOLDER = Path.of("src/test/said");
  private static final Pattern FILL = Pattern.compile("\\{(\\d+) ([^}]+)}");

  private final HttpServer server;
  private final Map<String, String> streams;

  private Spoken(HttpServer server, Map<String, String> streams) {
    this.server = server;
    this.streams = streams;
  }

  static Spoken start() throws IOException {
    var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    var spoken = new Spoken(server, streams());
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", spoken::answer);
    server.start();
    return spoken;
  }

  private static Map<String, String> streams() throws IOException {
    var streams = new TreeMap<String, String>();
    try (var files = Files.walk(FOLDER)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        streams.put(FOLDER.relativize(file).toString().replace(".sse", ""), Files.readString(file));
      }
    }
    return streams;
  }

  /** Protocol and case of each, and what shall come of it. */
  static Map<String, String> expected() throws IOException {
    var expected = streams();
    expected.replaceAll((_, stream) -> stream.substring(2, stream.indexOf('\n')));
    return expected;
  }

  String baseUrl() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    String asked = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String name = streams.keySet().stream().filter(asked::contains).findFirst().orElseThrow();
    String stream = streams.getOrDefault(name, "");
    String body =
        FILL.matcher(stream.substring(stream.indexOf('\n') + 1))
            .replaceAll(
                fill ->
                    Matcher.quoteReplacement(
                        fill.group(2).repeat(Integer.parseInt(fill.group(1)))));
    exchange.getResponseHeaders().set("content-type", "text/event-stream");
    exchange.sendResponseHeaders(200, 0);
    try (OutputStream out = exchange.getResponseBody()) {
      for (String piece : body.split("¦", -1)) {
        out.write(piece.getBytes(StandardCharsets.UTF_8));
        out.flush();
        pause();
      }
    }
  }

  /** So long that Envoy gets a piece before the next is written. */
  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
