package dev.sluice.envoy;

import dev.sluice.envoy.Sluice.Unusable;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Starts the gateway's processes, says when a request would be served, starts one anew that dies,
 * and ends them all in order: the edge stops taking requests first and has ten seconds for open
 * streams.
 */
final class Supervisor {
  private static final Duration START = Duration.ofSeconds(30);
  private static final Duration DRAIN = Duration.ofSeconds(10);
  private static final Duration STOP = Duration.ofSeconds(3);
  private static final long LOOK_MILLIS = 50;
  private static final int WRONG = 2;
  private static final int DEMO_PACE_MILLIS = 50;
  private static final SSLContext ANY = anyCertificate();

  /** Where the demo's providers listen. */
  private static final List<Integer> SIMULATED = List.of(19101, 19102, 19103, 19104);

  private final Path home;
  private final @Nullable Path config;
  private final Path data;
  private final @Nullable Rehearsal rehearsal;
  private final List<Part> parts = new ArrayList<>();
  private final Map<Part, String> marks = new LinkedHashMap<>();
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);
  private @Nullable Path adminAddress;

  Supervisor(Path home, @Nullable Path config, Path data) {
    this(home, config, data, null);
  }

  /** One that ends by itself when the rehearsal has been played. */
  Supervisor(Path home, Rehearsal rehearsal) {
    this(home, rehearsal.file(), rehearsal.data(), rehearsal);
  }

  private Supervisor(Path home, @Nullable Path config, Path data, @Nullable Rehearsal rehearsal) {
    this.home = home;
    this.config = config;
    this.data = data;
    this.rehearsal = rehearsal;
  }

  /** Runs until it is told to stop; the exit status. */
  int run() throws IOException, InterruptedException, Unusable {
    Path run =
        Files.createTempDirectory(
            "sluice",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  asked.countDown();
                  try {
                    ended.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                }));
    try {
      Map<String, String> addresses = start(run);
      if (addresses != null && rehearsal != null) {
        rehearsal.play(addresses);
        rehearsal.inquire(home);
      } else if (addresses != null) {
        ready(addresses);
        watch();
      }
      return 0;
    } catch (Unusable e) {
      System.err.println(e.getMessage());
      return WRONG;
    } finally {
      stop();
      EnvoyBinary.delete(run);
      ended.countDown();
    }
  }

  // ---- starting

  private @Nullable Map<String, String> start(Path run)
      throws IOException, InterruptedException, Unusable {
    Path logs = data.resolve("logs");
    Files.createDirectories(logs);
    String xds = "unix:" + run.resolve("xds.sock");
    String extproc = "unix:" + run.resolve("extproc.sock");
    Path file = config;
    if (file == null) {
      file = home.resolve("examples/demo/sluice.yaml");
      for (int port : SIMULATED) {
        free("a simulated provider", "127.0.0.1:" + port, file);
      }
      say("starting the simulated providers");
      simulate(SIMULATED.getFirst(), DEMO_PACE_MILLIS, logs);
    } else if (rehearsal != null) {
      simulate(rehearsal.provider(), 0, logs);
    }
    say("reading " + file);
    var server = new ArrayList<>(java("xds-server", 256, logs));
    server.addAll(
        List.of("serve", "--config", file.toString(), "--listen", xds, "--extproc", extproc));
    Map<String, String> addresses =
        addresses(await(part("xds-server", server, logs, "xds-server: ready")));
    for (String what : List.of("http", "https", "admin")) {
      String address = addresses.get(what);
      if (address != null) {
        free(what, address, file);
      }
    }
    say("looking for Envoy " + EnvoyBinary.VERSION);
    Path envoy;
    try {
      envoy = EnvoyBinary.find(System.getenv(), home.resolve(".cache"));
    } catch (IOException e) {
      throw new Unusable("sluice: " + e.getMessage());
    }
    Path bootstrap = run.resolve("envoy.yaml");
    Files.writeString(bootstrap, Bootstrap.yaml("sluice-" + ProcessHandle.current().pid(), xds));
    Path admin = run.resolve("admin");
    adminAddress = admin;
    say("starting extproc and Envoy");
    var service = new ArrayList<>(java("extproc", 1024, logs));
    service.addAll(List.of("--listen", extproc, "--xds", xds, "--data", data.toString()));
    if (addresses.get("admin") != null) {
      service.addAll(List.of("--admin", addresses.get("admin")));
    }
    Started java = part("extproc", service, logs, "extproc: ready");
    var _ =
        part(
            "envoy",
            List.of(
                envoy.toString(),
                "-c",
                bootstrap.toString(),
                "--use-dynamic-base-id",
                "--file-flush-interval-msec",
                "250",
                "--admin-address-path",
                admin.toString(),
                "--drain-time-s",
                Long.toString(DRAIN.toSeconds()),
                "--log-level",
                "warning"),
            logs,
            "");
    await(java);
    return asked.getCount() == 0 ? null : served(addresses);
  }

  private List<String> java(String module, int heapMib, Path logs) {
    return rehearsal == null
        ? Jar.command(home, module, heapMib, logs)
        : Jar.rehearsing(home, module, heapMib, logs);
  }

  private void simulate(int firstPort, int paceMillis, Path logs)
      throws IOException, InterruptedException, Unusable {
    var simulator = new ArrayList<>(Jar.command(home, "examples", 128, logs));
    simulator.addAll(
        List.of("127.0.0.1", Integer.toString(firstPort), Integer.toString(paceMillis)));
    await(part("simulator", simulator, logs, "simulator: ready"));
  }

  private record Started(Part part, CompletableFuture<String> ready) {}

  private Started part(String name, List<String> command, Path logs, String mark)
      throws IOException {
    var part = new Part(name, command, logs);
    parts.add(part);
    marks.put(part, mark);
    return new Started(part, part.start(mark));
  }

  private String await(Started started) throws IOException, InterruptedException, Unusable {
    long end = System.nanoTime() + START.toNanos();
    while (System.nanoTime() < end && asked.getCount() > 0) {
      try {
        return started.ready().get(LOOK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException _) {
        // Not yet; whether it shall stop is looked at in between.
      } catch (ExecutionException e) {
        throw dead(started.part());
      }
    }
    if (asked.getCount() == 0) {
      throw new Unusable("sluice: stopped before it was ready");
    }
    throw new IOException(started.part().name() + " did not get ready; see " + data + "/logs");
  }

  /**
   * One that ended before it was ready says why on its last lines; ours exit with 2 and say it in
   * one.
   */
  private Unusable dead(Part part) {
    List<String> last = part.last();
    return new Unusable(
        last.isEmpty()
            ? "sluice: " + part.name() + " ended at once; see " + data + "/logs"
            : String.join(
                "\n", part.status() == WRONG ? last : last.subList(last.size() - 1, last.size())));
  }

  private static Map<String, String> addresses(String line) {
    var addresses = new LinkedHashMap<String, String>();
    for (String word : line.split(" ", -1)) {
      int sign = word.indexOf('=');
      if (sign > 0) {
        addresses.put(word.substring(0, sign), word.substring(sign + 1));
      }
    }
    return addresses;
  }

  private static InetSocketAddress socket(String address) {
    int colon = address.lastIndexOf(':');
    String host = address.substring(0, colon).replaceAll("^\\[|\\]$", "");
    return new InetSocketAddress(host, Integer.parseInt(address.substring(colon + 1)));
  }

  private static void free(String what, String address, Path file) throws Unusable {
    try (var socket = new ServerSocket()) {
      socket.setReuseAddress(true);
      socket.bind(socket(address));
    } catch (IOException | IllegalArgumentException e) {
      String key = what.startsWith("http") ? "edge." + what : what;
      throw new Unusable(
          file
              + ": "
              + key
              + ": "
              + address
              + " cannot be used ("
              + e.getMessage()
              + "); choose another port or end what listens there.");
    }
  }

  /**
   * Waits until the edge answers and Java stands behind it: a request without a key gets its 401.
   */
  private @Nullable Map<String, String> served(Map<String, String> addresses)
      throws IOException, InterruptedException, Unusable {
    long end = System.nanoTime() + START.toNanos();
    while (System.nanoTime() < end) {
      if (asked.getCount() == 0) {
        return null;
      }
      for (Part part : parts) {
        if (!part.alive()) {
          throw dead(part);
        }
      }
      if (answers(addresses)) {
        return addresses;
      }
      Thread.sleep(LOOK_MILLIS);
    }
    throw new IOException("the edge does not answer; see " + data + "/logs/envoy.log");
  }

  private static boolean answers(Map<String, String> addresses) {
    return Stream.of("http", "https")
        .filter(addresses::containsKey)
        .allMatch(
            scheme -> answers(scheme, reachable(socket(String.valueOf(addresses.get(scheme))))));
  }

  /** Whether the edge answers at an address as it does where Java stands behind it. */
  static boolean answers(String scheme, InetSocketAddress at) {
    try {
      var url = new URI(scheme, null, at.getHostString(), at.getPort(), "/v1/models", null, null);
      var connection = (HttpURLConnection) url.toURL().openConnection();
      if (connection instanceof HttpsURLConnection tls) {
        tls.setSSLSocketFactory(ANY.getSocketFactory());
        tls.setHostnameVerifier((_, _) -> true);
      }
      connection.setConnectTimeout(1000);
      connection.setReadTimeout(1000);
      return connection.getResponseCode() == 401;
    } catch (IOException | URISyntaxException e) {
      return false;
    }
  }

  /**
   * Takes any certificate: we ask our own edge, by an address that its certificate need not name,
   * and tell it nothing.
   */
  private static SSLContext anyCertificate() {
    var any =
        new X509ExtendedTrustManager() {
          @Override
          public void checkClientTrusted(X509Certificate[] chain, String type) {}

          @Override
          public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

          @Override
          public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

          @Override
          public void checkServerTrusted(X509Certificate[] chain, String type) {}

          @Override
          public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

          @Override
          public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

          @Override
          public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
          }
        };
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, new TrustManager[] {any}, null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every Java has TLS", e);
    }
  }

  /** Where an address that stands for all of them can be reached. */
  private static InetSocketAddress reachable(InetSocketAddress address) {
    return address.getAddress() != null && address.getAddress().isAnyLocalAddress()
        ? new InetSocketAddress(InetAddress.getLoopbackAddress(), address.getPort())
        : address;
  }

  private void ready(Map<String, String> addresses) {
    var line = new StringBuilder("sluice: ready");
    addresses.forEach(
        (what, address) ->
            line.append(' ')
                .append(what)
                .append('=')
                .append(what.equals("https") ? "https://" : "http://")
                .append(address));
    System.out.println(line);
    if (config == null) {
      System.out.println(demo("http://" + addresses.get("http")));
    }
    System.out.flush();
  }

  private static String demo(String base) {
    return """

    The demo's key is sk-sluice-demo. Paste one of these:

      # the first channel for it is broken: the answer comes from the next, and you do not notice
      curl -sN %1$s/v1/chat/completions -H 'authorization: Bearer sk-sluice-demo' -d '{"model":"gpt-demo","stream":true,"messages":[{"role":"user","content":"Hello"}]}'

      # OpenAI's protocol in, Anthropic's behind it
      curl -s %1$s/v1/chat/completions -H 'authorization: Bearer sk-sluice-demo' -d '{"model":"claude-demo","messages":[{"role":"user","content":"Hello"}]}'

      # and the other way round
      curl -sN %1$s/v1/messages -H 'x-api-key: sk-sluice-demo' -d '{"model":"gpt-demo","max_tokens":100,"stream":true,"messages":[{"role":"user","content":"Hello"}]}'
    """
        .formatted(base);
  }

  // ---- while it runs

  private void watch() throws InterruptedException, IOException {
    var revival = new Revival(marks, Supervisor::tell);
    while (!asked.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      revival.look(parts, System.nanoTime());
    }
  }

  // ---- stopping

  private void stop() throws InterruptedException {
    Part envoy = null;
    for (Part part : parts) {
      if (part.name().equals("envoy") && part.alive()) {
        envoy = part;
      }
    }
    if (envoy != null) {
      say("stopping; open streams have " + DRAIN.toSeconds() + " s");
      drain();
      envoy.stop(STOP);
    }
    parts.forEach(Part::ask);
    for (Part part : parts.reversed()) {
      part.stop(rehearsal == null ? STOP : Rehearsal.PATIENCE);
    }
  }

  /** Takes no new requests and waits for those that are under way. */
  private void drain() throws InterruptedException {
    try {
      Path file = adminAddress;
      if (file == null) {
        return;
      }
      String admin = "http://" + Files.readString(file).strip();
      ask(admin + "/healthcheck/fail", "POST");
      ask(admin + "/drain_listeners?inboundonly", "POST");
      ask(admin + "/drain_listeners", "POST");
      long end = System.nanoTime() + DRAIN.toNanos();
      while (System.nanoTime() < end
          && active(ask(admin + "/stats?filter=http.edge.downstream_rq_active", "GET")) > 0) {
        Thread.sleep(LOOK_MILLIS);
      }
    } catch (IOException e) {
      say("Envoy's admin interface does not answer: " + e.getMessage());
    }
  }

  private static long active(String stats) {
    return stats
        .lines()
        .filter(line -> line.contains("downstream_rq_active:"))
        .mapToLong(line -> Long.parseLong(line.substring(line.lastIndexOf(':') + 1).strip()))
        .sum();
  }

  private static String ask(String url, String method) throws IOException {
    var connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
    connection.setRequestMethod(method);
    connection.setConnectTimeout(1000);
    connection.setReadTimeout(2000);
    try (var in = connection.getInputStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private void say(String what) {
    if (rehearsal == null) {
      tell(what);
    }
  }

  private static void tell(String what) {
    System.out.println("sluice: " + what);
    System.out.flush();
  }
}
