package dev.sluice.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.sun.net.httpserver.HttpServer;
import dev.sluice.access.Access;
import dev.sluice.catalog.Account;
import dev.sluice.catalog.Aim;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Fetching;
import dev.sluice.catalog.Group;
import dev.sluice.catalog.Key;
import dev.sluice.catalog.Limits;
import dev.sluice.catalog.Model;
import dev.sluice.catalog.Pattern;
import dev.sluice.catalog.Timeouts;
import dev.sluice.catalog.Tolerance;
import dev.sluice.catalog.Trouble;
import dev.sluice.conversation.Origin;
import dev.sluice.history.Bounds;
import dev.sluice.history.History;
import dev.sluice.media.Nearby;
import dev.sluice.protocol.Carrier;
import dev.sluice.protocol.chat.Chat;
import dev.sluice.protocol.gemini.Gemini;
import dev.sluice.protocol.messages.Messages;
import dev.sluice.protocol.responses.Responses;
import dev.sluice.protos.Headers;
import dev.sluice.routing.Router;
import io.envoyproxy.envoy.config.core.v3.HeaderMap;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.service.ext_proc.v3.ExternalProcessorGrpc;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpBody;
import io.envoyproxy.envoy.service.ext_proc.v3.HttpHeaders;
import io.envoyproxy.envoy.service.ext_proc.v3.ImmediateResponse;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingRequest;
import io.envoyproxy.envoy.service.ext_proc.v3.ProcessingResponse;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.HashedWheelTimer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Media that are fetched for a try, over real gRPC, with this test in Envoy's place. */
final class FetchedMediaTest {
  private static final byte[] PDF = "%PDF-1.7 a page".getBytes(StandardCharsets.US_ASCII);
  private static final String BASE64 = Base64.getEncoder().encodeToString(PDF);
  private static final String EVENTS = "text/event-stream";
  private static final Duration LONG = Duration.ofSeconds(30);
  private static final Fetching ALLOWED = new Fetching(4096, LONG);

  private static final EventLoopGroup LOOPS =
      new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
  private static final ExecutorService EXECUTOR = Executors.newFixedThreadPool(2);
  private static final HashedWheelTimer TIMER =
      new HashedWheelTimer(Thread.ofPlatform().daemon().factory(), 5, TimeUnit.MILLISECONDS);
  private static final AtomicInteger ASKED = new AtomicInteger();
  private static final CountDownLatch END = new CountDownLatch(1);
  private static HttpServer media;

  private final BlockingQueue<ProcessingResponse> said = new LinkedBlockingQueue<>();
  private @Nullable Server server;
  private @Nullable ManagedChannel channel;

  @BeforeAll
  static void start() throws Exception {
    media = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    media.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    media.createContext(
        "/page.pdf",
        exchange -> {
          ASKED.incrementAndGet();
          exchange.getResponseHeaders().set("content-type", "application/pdf");
          exchange.sendResponseHeaders(200, PDF.length);
          exchange.getResponseBody().write(PDF);
          exchange.close();
        });
    media.createContext(
        "/slow",
        _ -> {
          try {
            END.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    media.start();
  }

  @AfterAll
  static void end() {
    END.countDown();
    media.stop(0);
    TIMER.stop();
    EXECUTOR.shutdownNow();
    var _ = LOOPS.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  @AfterEach
  void stop() {
    if (channel != null && server != null) {
      channel.shutdownNow();
      server.shutdownNow();
    }
  }

  private static final Access ACCESS =
      Access.open(new Access.Places(null, null, null), () -> null, InstantSource.system());

  private static Channel chat(String name, @Nullable Fetching fetching, Duration firstToken) {
    String base = "https://" + name;
    return new Channel(
        name,
        Origin.CHAT,
        List.of(new Channel.Url(base, name, "", name + "@" + base)),
        List.of(new Account("a", 1, Set.of(), "secret")),
        List.of(new Model.Alias("m", "real")),
        List.of(),
        1,
        1,
        new Timeouts(firstToken, LONG),
        Limits.NONE,
        Set.of(Trouble.values()),
        OptionalInt.empty(),
        name,
        false,
        fetching,
        null,
        Tolerance.USUAL);
  }

  private static Catalog catalog(Channel... channels) throws Exception {
    var group =
        new Group(
            "g",
            null,
            4,
            Duration.ZERO,
            Duration.ZERO,
            List.of(channels).stream().map(Channel::name).toList(),
            Group.Ambiguous.SCORE,
            Aim.STABILITY,
            0);
    byte[] digest =
        MessageDigest.getInstance("SHA-256").digest("sk".getBytes(StandardCharsets.UTF_8));
    return new Catalog(
        List.of(channels).stream()
            .collect(java.util.stream.Collectors.toMap(Channel::name, each -> each)),
        Map.of("g", group),
        Map.of(ByteBuffer.wrap(digest), new Key("k", "g", List.of(Pattern.of("*")), Limits.NONE)),
        List.of(),
        1 << 20,
        "00",
        Catalog.Responses.DEFAULT,
        new Catalog.Status(Instant.EPOCH, List.of()));
  }

  private static ByteString body(boolean stream, String path) {
    String url = "http://localhost:" + media.getAddress().getPort() + path;
    return ByteString.copyFromUtf8(
        """
        {"model":"m","max_tokens":9,"stream":%s,"messages":[{"role":"user","content":[
        {"type":"text","text":"Read."},{"type":"document","source":{"type":"url","url":"%s"}}]}]}
        """
            .formatted(stream, url));
  }

  /**
   * Asks as Envoy would, with a document at an address, and gives the stream.
   *
   * @param room how many bytes the gateway may hold beside the body
   */
  private StreamObserver<ProcessingRequest> ask(
      Catalog catalog, long room, boolean stream, String path) throws Exception {
    return ask(catalog, room, "one", body(stream, path));
  }

  private StreamObserver<ProcessingRequest> ask(
      Catalog catalog, long room, String id, ByteString body) throws Exception {
    if (server == null) {
      var carrier = new Carrier(() -> new byte[] {1});
      server =
          NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
              .channelType(NioServerSocketChannel.class)
              .bossEventLoopGroup(LOOPS)
              .workerEventLoopGroup(LOOPS)
              .executor(EXECUTOR)
              .addService(
                  new ExtProcService(
                      () -> catalog,
                      new Router(new Random(1), System::nanoTime, InstantSource.system()),
                      new Protocols(
                          List.of(
                              new Messages(carrier),
                              new Responses(carrier),
                              new Gemini(carrier),
                              new Chat(carrier))),
                      TIMER,
                      EXECUTOR,
                      InstantSource.system(),
                      (_, _) -> {},
                      new Keeping(),
                      ACCESS.keys(),
                      ACCESS.budgets(),
                      History.open(
                          null, () -> new Bounds(false, LONG, 1 << 20), InstantSource.system()),
                      Nearby.fetcher(LOOPS),
                      body.size() + room))
              .build()
              .start();
      channel =
          NettyChannelBuilder.forAddress(server.getListenSockets().getFirst())
              .channelType(NioSocketChannel.class)
              .eventLoopGroup(LOOPS)
              .usePlaintext()
              .build();
    }
    StreamObserver<ProcessingRequest> to =
        ExternalProcessorGrpc.newStub(channel)
            .process(
                new StreamObserver<>() {
                  @Override
                  public void onNext(ProcessingResponse response) {
                    said.add(response);
                  }

                  @Override
                  public void onError(Throwable error) {}

                  @Override
                  public void onCompleted() {}
                });
    to.onNext(
        ProcessingRequest.newBuilder()
            .setRequestHeaders(
                HttpHeaders.newBuilder()
                    .setHeaders(
                        headers(
                            Map.of(
                                ":method", "POST",
                                ":path", "/v1/messages",
                                "x-request-id", id,
                                "x-api-key", "sk"))))
            .build());
    to.onNext(
        ProcessingRequest.newBuilder()
            .setRequestBody(HttpBody.newBuilder().setBody(body).setEndOfStream(true))
            .build());
    return to;
  }

  private static HeaderMap headers(Map<String, String> values) {
    var headers = HeaderMap.newBuilder();
    values.forEach(
        (name, value) ->
            headers.addHeaders(
                HeaderValue.newBuilder().setKey(name).setRawValue(ByteString.copyFromUtf8(value))));
    return headers.build();
  }

  private ProcessingResponse next() throws InterruptedException {
    ProcessingResponse response = said.poll(20, TimeUnit.SECONDS);
    assertThat(response).isNotNull();
    return response;
  }

  /** What goes to the provider. */
  private String sent() throws InterruptedException {
    assertThat(next().hasRequestHeaders()).isTrue();
    return next()
        .getRequestBody()
        .getResponse()
        .getBodyMutation()
        .getStreamedResponse()
        .getBody()
        .toStringUtf8();
  }

  private ImmediateResponse refused() throws InterruptedException {
    ProcessingResponse response = next();
    assertThat(response.hasImmediateResponse()).isTrue();
    return response.getImmediateResponse();
  }

  @Test
  void aChannelThatAllowsItGetsTheBytes() throws Exception {
    ask(catalog(chat("a", ALLOWED, LONG)), 1 << 20, false, "/page.pdf");
    assertThat(sent()).contains("\"file_data\":\"data:application/pdf;base64," + BASE64 + "\"");
  }

  @Test
  void aChannelThatDoesNotGetsNeitherBytesNorAddress() throws Exception {
    int before = ASKED.get();
    ask(catalog(chat("a", null, LONG)), 1 << 20, false, "/page.pdf");
    assertThat(sent()).contains("Read.").doesNotContain("file_data").doesNotContain("localhost");
    assertThat(ASKED).hasValue(before);
  }

  @Test
  void whatCannotBeHadIsTheRequestsMistake() throws Exception {
    ask(catalog(chat("a", ALLOWED, LONG)), 1 << 20, false, "/none");
    ImmediateResponse refused = refused();
    assertThat(refused.getStatus().getCodeValue()).isEqualTo(400);
    assertThat(refused.getBody().toStringUtf8())
        .contains("The medium at 'messages[0].content[1]' answered 404.");
  }

  @Test
  void whereThereIsNoRoomTheClientMayTryAgain() throws Exception {
    ask(catalog(chat("a", ALLOWED, LONG)), 10, false, "/page.pdf");
    ImmediateResponse refused = refused();
    assertThat(refused.getStatus().getCodeValue()).isEqualTo(503);
    assertThat(refused.getBody().toStringUtf8()).contains("finds no room in the gateway");
  }

  @Test
  void theFirstTokensTimeCountsTheFetch() throws Exception {
    ask(catalog(chat("a", ALLOWED, Duration.ofMillis(50))), 1 << 20, true, "/slow");
    ImmediateResponse refused = refused();
    assertThat(refused.getStatus().getCodeValue()).isEqualTo(504);
    assertThat(refused.getBody().toStringUtf8()).contains("No first token within 50 ms.");
  }

  @Test
  void aLaterTryHasThemAlready() throws Exception {
    int before = ASKED.get();
    Catalog catalog = catalog(chat("a", ALLOWED, LONG), chat("b", ALLOWED, LONG));
    var first = ask(catalog, 1 << 20, false, "/page.pdf");
    assertThat(sent()).contains(BASE64);
    first.onNext(
        ProcessingRequest.newBuilder()
            .setResponseHeaders(
                HttpHeaders.newBuilder()
                    .setHeaders(headers(Map.of(":status", "503")))
                    .setEndOfStream(true))
            .build());
    assertThat(refused().getHeaders().getSetHeadersList())
        .anyMatch(header -> header.getHeader().getKey().equals(Headers.FAILOVER));
    ask(catalog, 1 << 20, false, "/page.pdf");
    assertThat(sent()).contains(BASE64);
    assertThat(ASKED).hasValue(before + 1);
  }

  /** There is room for one body, and two streams of one each are under way at last. */
  @Test
  void aStreamUnderWayHoldsItsRequestNoLonger() throws Exception {
    var body =
        ByteString.copyFromUtf8(
            """
            {"model":"m","max_tokens":9,"stream":true,"messages":[{"role":"user","content":"%s"}]}
            """
                .formatted("word ".repeat(4000)));
    Catalog catalog = catalog(chat("a", null, LONG));
    StreamObserver<ProcessingRequest> first = ask(catalog, 0, "one", body);
    assertThat(sent()).contains("word word");
    ask(catalog, 0, "two", body);
    assertThat(refused().getStatus().getCodeValue()).isEqualTo(503);
    first.onNext(
        ProcessingRequest.newBuilder()
            .setResponseHeaders(
                HttpHeaders.newBuilder()
                    .setHeaders(headers(Map.of(":status", "200", "content-type", EVENTS))))
            .build());
    first.onNext(
        ProcessingRequest.newBuilder()
            .setResponseBody(
                HttpBody.newBuilder()
                    .setBody(
                        ByteString.copyFromUtf8(
                            """
                            data: {"id":"c","object":"chat.completion.chunk","model":"real","choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"}}]}

                            """)))
            .build());
    assertThat(next().hasResponseHeaders()).isTrue();
    assertThat(next().getResponseBody().getResponse().getBodyMutation().getBody().toStringUtf8())
        .contains("Hi");
    ask(catalog, 0, "three", body);
    assertThat(sent()).contains("word word");
  }
}
