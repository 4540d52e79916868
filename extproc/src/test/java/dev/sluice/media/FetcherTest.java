package dev.sluice.media;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.sluice.conversation.Block.Kind;
import dev.sluice.conversation.Block.Source.Inline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongPredicate;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Media from a server on this host, which only a test's fetcher may speak to. */
final class FetcherTest {
  private static final byte[] PNG =
      "\u0089PNG\r\n\u001a\n picture".getBytes(StandardCharsets.ISO_8859_1);
  private static final Duration SOON = Duration.ofSeconds(20);

  private static final EventLoopGroup LOOPS =
      new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
  private static final Map<String, AtomicInteger> ASKED = new ConcurrentHashMap<>();
  private static final CountDownLatch END = new CountDownLatch(1);
  private static final AtomicInteger LOOKUPS = new AtomicInteger();
  private static HttpServer server;
  private static Fetcher fetcher;

  @BeforeAll
  static void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", FetcherTest::answer);
    server.start();
    fetcher =
        new Fetcher(LOOPS, FetcherTest::names, InetAddress::isLoopbackAddress, trusting(null));
  }

  @AfterAll
  static void stop() {
    END.countDown();
    server.stop(0);
    var _ = LOOPS.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  private static SslContext trusting(@Nullable KeyStore store) throws Exception {
    var tls = SslContextBuilder.forClient().endpointIdentificationAlgorithm("HTTPS");
    if (store != null) {
      var managers =
          javax.net.ssl.TrustManagerFactory.getInstance(
              javax.net.ssl.TrustManagerFactory.getDefaultAlgorithm());
      managers.init(store);
      tls.trustManager(managers);
    }
    return tls.build();
  }

  /** Names of the test's own; the second look-up of one says something else than the first. */
  private static InetAddress[] names(String host) throws UnknownHostException {
    return switch (host) {
      case "media.test" -> new InetAddress[] {InetAddress.getLoopbackAddress()};
      case "both.test" ->
          new InetAddress[] {InetAddress.getByName("10.0.0.1"), InetAddress.getLoopbackAddress()};
      case "private.test" -> new InetAddress[] {InetAddress.getByName("192.168.7.7")};
      case "rebound.test" ->
          new InetAddress[] {
            LOOKUPS.getAndIncrement() == 0
                ? InetAddress.getLoopbackAddress()
                : InetAddress.getByName("192.168.7.7")
          };
      case "unknown.test" -> throw new UnknownHostException(host);
      default -> InetAddress.getAllByName(host);
    };
  }

  private static void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().toString();
    ASKED.computeIfAbsent(path, _ -> new AtomicInteger()).incrementAndGet();
    var headers = exchange.getResponseHeaders();
    try (exchange) {
      switch (path.replaceFirst("\\?.*", "")) {
        case "/a.png", "/b.png" -> {
          headers.set("content-type", "image/png; charset=binary");
          exchange.sendResponseHeaders(200, PNG.length);
          exchange.getResponseBody().write(PNG);
        }
        case "/chunked" -> {
          headers.set("content-type", "image/png");
          exchange.sendResponseHeaders(200, 0);
          for (byte each : PNG) {
            exchange.getResponseBody().write(each);
            exchange.getResponseBody().flush();
          }
        }
        case "/untyped" -> {
          headers.set("content-type", "application/octet-stream");
          exchange.sendResponseHeaders(200, PNG.length);
          exchange.getResponseBody().write(PNG);
        }
        case "/unknown" -> {
          exchange.sendResponseHeaders(200, 3);
          exchange.getResponseBody().write(new byte[3]);
        }
        case "/html" -> {
          headers.set("content-type", "text/html");
          exchange.sendResponseHeaders(200, 4);
          exchange.getResponseBody().write("<p/>".getBytes(StandardCharsets.UTF_8));
        }
        case "/gzip" -> {
          headers.set("content-type", "image/png");
          headers.set("content-encoding", "gzip");
          exchange.sendResponseHeaders(200, PNG.length);
          exchange.getResponseBody().write(PNG);
        }
        case "/empty" -> {
          headers.set("content-type", "image/png");
          exchange.sendResponseHeaders(200, -1);
        }
        case "/said" -> {
          headers.set("content-type", "image/png");
          exchange.sendResponseHeaders(200, 1 << 20);
          exchange.getResponseBody().write(new byte[1 << 20]);
        }
        case "/endless" -> {
          headers.set("content-type", "image/png");
          exchange.sendResponseHeaders(200, 0);
          while (END.getCount() > 0) {
            exchange.getResponseBody().write(new byte[8192]);
          }
        }
        case "/short" -> {
          headers.set("content-type", "image/png");
          exchange.sendResponseHeaders(200, 100);
          exchange.getResponseBody().write(PNG);
        }
        case "/slow" -> {
          END.await();
          exchange.sendResponseHeaders(200, -1);
        }
        case "/1", "/2", "/3", "/4" -> {
          int left = path.charAt(1) - '1';
          headers.set("location", left == 0 ? "/a.png" : "/" + left);
          exchange.sendResponseHeaders(302, -1);
        }
        case "/away" -> {
          headers.set("location", exchange.getRequestURI().getQuery());
          exchange.sendResponseHeaders(307, -1);
        }
        default -> exchange.sendResponseHeaders(404, -1);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static String at(String host, String path) {
    return "http://" + host + ":" + server.getAddress().getPort() + path;
  }

  private static Fetcher.Outcome fetch(Fetcher with, LongPredicate share, Fetcher.Medium... media)
      throws Exception {
    return fetch(with, new Fetcher.Bounds(4096, SOON, share), media);
  }

  private static Fetcher.Outcome fetch(Fetcher with, Fetcher.Bounds bounds, Fetcher.Medium... media)
      throws Exception {
    var outcome = new CompletableFuture<Fetcher.Outcome>();
    with.fetch(List.of(media), bounds, outcome::complete);
    return outcome.get(30, TimeUnit.SECONDS);
  }

  private static Fetcher.Outcome fetch(String url) throws Exception {
    return fetch(fetcher, _ -> true, new Fetcher.Medium(url, Kind.IMAGE));
  }

  @Test
  void severalAtOnceEachAddressOnce() throws Exception {
    var taken = new AtomicLong();
    var first = new Fetcher.Medium(at("media.test", "/a.png?x=1"), Kind.IMAGE);
    var second = new Fetcher.Medium(at("media.test", "/b.png"), Kind.DOCUMENT);
    var outcome = fetch(fetcher, n -> taken.addAndGet(n) > 0, first, second, first);
    var bytes = new Inline("image/png", Base64.getEncoder().encodeToString(PNG));
    assertThat(outcome)
        .isEqualTo(new Fetcher.Fetched(Map.of(first.url(), bytes, second.url(), bytes)));
    assertThat(ASKED.get("/a.png?x=1")).hasValue(1);
    assertThat(taken).hasValue(2L * bytes.base64().length());
  }

  @ParameterizedTest
  @CsvSource({"/chunked", "/untyped", "/1", "/2", "/3"})
  void itComes(String path) throws Exception {
    String url = at("media.test", path);
    assertThat(fetch(url)).isInstanceOf(Fetcher.Fetched.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/none | answered 404",
        "/html | is of the type text/html, where image is expected",
        "/unknown | is of no known type",
        "/gzip | came encoded though that was not asked for",
        "/empty | is empty",
        "/said | makes more than 4096 bytes of media",
        "/endless | makes more than 4096 bytes of media",
        "/short | broke off",
        "/4 | was redirected more than 3 times",
        "/away?http://private.test/ | is at a host without a public address",
        "/away?http://169.254.169.254/latest | is at a host without a public address",
        "/away?ftp://media.test/x | is at an address of 'ftp', and only http and https are fetched",
        "/away?http://user:pass@media.test/x | is at no address",
      })
  void itDoesNotCome(String path, String why) throws Exception {
    String url = at("media.test", path);
    assertThat(fetch(url)).isEqualTo(new Fetcher.Failed(url, false, why));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "http://private.test/a.png | is at a host without a public address",
        "http://192.168.7.7/a.png | is at a host without a public address",
        "http://[::ffff:10.0.0.1]/a.png | is at a host without a public address",
        "http://unknown.test/a.png | is at a host that is not known",
        "http://u:p@media.test/a.png | is at no address",
        "file:///etc/passwd | is at no address",
        "http://bad host/ | is at no address",
      })
  void itIsNotAskedFor(String url, String why) throws Exception {
    assertThat(fetch(url)).isEqualTo(new Fetcher.Failed(url, false, why));
  }

  @Test
  void withoutATestsWiderReachThisHostIsNotSpokenTo() throws Exception {
    var usual = new Fetcher(LOOPS);
    for (String host : List.of("127.0.0.1", "localhost", "[::1]", "0.0.0.0", "2130706433")) {
      String url = at(host, "/usual");
      assertThat(fetch(usual, _ -> true, new Fetcher.Medium(url, Kind.IMAGE)))
          .isEqualTo(new Fetcher.Failed(url, false, "is at a host without a public address"));
    }
    assertThat(ASKED).doesNotContainKey("/usual");
  }

  @Test
  void ofSeveralAddressesOnlyThePublicOnesAreUsed() throws Exception {
    assertThat(fetch(at("both.test", "/a.png"))).isInstanceOf(Fetcher.Fetched.class);
  }

  /** The connection goes where the one look-up said, and a redirection is looked up anew. */
  @Test
  void aNameThatComesToMeanAnotherHost() throws Exception {
    LOOKUPS.set(0);
    assertThat(fetch(at("rebound.test", "/a.png"))).isInstanceOf(Fetcher.Fetched.class);
    assertThat(LOOKUPS).hasValue(1);
    LOOKUPS.set(0);
    String url = at("rebound.test", "/1");
    assertThat(fetch(url))
        .isEqualTo(new Fetcher.Failed(url, false, "is at a host without a public address"));
  }

  @Test
  void allTogetherAreBounded() throws Exception {
    var bounds = new Fetcher.Bounds(PNG.length + 3L, SOON, _ -> true);
    var outcome =
        fetch(
            fetcher,
            bounds,
            new Fetcher.Medium(at("media.test", "/a.png"), Kind.IMAGE),
            new Fetcher.Medium(at("media.test", "/b.png"), Kind.IMAGE));
    assertThat(outcome).isInstanceOf(Fetcher.Failed.class);
  }

  @Test
  void moreThanSixteenAreTooMany() throws Exception {
    var media = new Fetcher.Medium[17];
    Arrays.setAll(media, i -> new Fetcher.Medium(at("media.test", "/a.png?" + i), Kind.IMAGE));
    assertThat(fetch(fetcher, _ -> true, media))
        .isEqualTo(new Fetcher.Failed(media[16].url(), false, "is one of more than 16"));
    assertThat(ASKED).doesNotContainKey("/a.png?0");
  }

  @Test
  void whereThereIsNoRoomItIsTheGatewaysFault() throws Exception {
    String url = at("media.test", "/a.png");
    assertThat(fetch(fetcher, _ -> false, new Fetcher.Medium(url, Kind.IMAGE)))
        .isEqualTo(new Fetcher.Failed(url, true, "finds no room in the gateway"));
  }

  @Test
  void itsTimeIsBounded() throws Exception {
    String url = at("media.test", "/slow");
    var bounds = new Fetcher.Bounds(4096, Duration.ofMillis(50), _ -> true);
    assertThat(fetch(fetcher, bounds, new Fetcher.Medium(url, Kind.IMAGE)))
        .isEqualTo(new Fetcher.Failed(url, false, "did not come within 50 ms"));
  }

  @Test
  void aCertificateOfAnotherNameIsNotTrusted(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("store.p12");
    var keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-J-XX:TieredStopAtLevel=1",
                "-J-XX:+UseSerialGC",
                "-genkeypair",
                "-alias",
                "server",
                "-dname",
                "CN=test",
                "-keyalg",
                "EC",
                "-ext",
                "san=dns:media.test",
                "-keystore",
                file.toString(),
                "-storepass",
                "password")
            .redirectErrorStream(true)
            .start();
    assertThat(keytool.waitFor()).isZero();
    KeyStore store = KeyStore.getInstance(file.toFile(), "password".toCharArray());
    var keys = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    keys.init(store, "password".toCharArray());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(keys.getKeyManagers(), null, null);
    var secure = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    secure.setHttpsConfigurator(new HttpsConfigurator(context));
    secure.createContext("/", FetcherTest::answer);
    secure.start();
    KeyStore trust = KeyStore.getInstance(KeyStore.getDefaultType());
    trust.load(null, null);
    trust.setCertificateEntry("only", store.getCertificate("server"));
    var trusting =
        new Fetcher(LOOPS, FetcherTest::names, InetAddress::isLoopbackAddress, trusting(trust));
    String good = "https://media.test:" + secure.getAddress().getPort() + "/a.png";
    String bad = "https://both.test:" + secure.getAddress().getPort() + "/a.png";
    try {
      assertThat(fetch(trusting, _ -> true, new Fetcher.Medium(good, Kind.IMAGE)))
          .isInstanceOf(Fetcher.Fetched.class);
      assertThat(fetch(trusting, _ -> true, new Fetcher.Medium(bad, Kind.IMAGE)))
          .isEqualTo(new Fetcher.Failed(bad, false, "is at a host whose TLS is not trusted"));
      assertThat(fetch(fetcher, _ -> true, new Fetcher.Medium(good, Kind.IMAGE)))
          .isEqualTo(new Fetcher.Failed(good, false, "is at a host whose TLS is not trusted"));
    } finally {
      secure.stop(0);
    }
  }
}
