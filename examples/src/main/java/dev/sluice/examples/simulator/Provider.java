package dev.sluice.examples.simulator;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A simulated provider. It answers its dialect's endpoint whole and streamed, well or with the
 * fault that is set, and keeps what it received.
 */
public final class Provider implements AutoCloseable {
  /** Long enough for what was sent to be on its way to the client. */
  private static final Duration UNTIL_CUT = Duration.ofMillis(500);

  private static final EventLoopGroup LOOPS =
      new MultiThreadIoEventLoopGroup(
          2,
          Thread.ofPlatform().daemon().name("provider-", 0).factory(),
          NioIoHandler.newFactory());

  private final String name;
  private final Dialect dialect;
  private final Seals seals;
  private final boolean secure;
  private final Channel server;
  private final List<Received> received = new CopyOnWriteArrayList<>();
  private final Queue<Fault> script = new ConcurrentLinkedQueue<>();
  private volatile Fault fault = new Fault.None();
  private volatile Duration pace = Duration.ZERO;
  private volatile String credential = "";

  private Provider(String name, Dialect dialect, String host, int port, @Nullable Tls tls) {
    this.name = name;
    this.dialect = dialect;
    this.seals = new Seals(dialect, name);
    this.secure = tls != null;
    this.server =
        new ServerBootstrap()
            .group(LOOPS)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 1024)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(new Front(tls, Answers::new))
            .bind(host, port)
            .syncUninterruptibly()
            .channel();
  }

  /**
   * Starts one on the loopback.
   *
   * @param name stands in its answers
   * @param port 0 for any that is free
   */
  public static Provider start(String name, Dialect dialect, int port) {
    return start(name, dialect, "127.0.0.1", port);
  }

  /** The same at another address of this machine. */
  public static Provider start(String name, Dialect dialect, String host, int port) {
    return new Provider(name, dialect, host, port, null);
  }

  /** Starts one on the loopback that speaks HTTPS and nothing else. */
  public static Provider start(String name, Dialect dialect, int port, Tls tls) {
    return new Provider(name, dialect, "127.0.0.1", port, tls);
  }

  /** Where it listens. */
  public int port() {
    return ((java.net.InetSocketAddress) server.localAddress()).getPort();
  }

  /** Its base URL, as a channel names it. */
  public String baseUrl() {
    return baseUrl("127.0.0.1");
  }

  /** The same by another name for the loopback. */
  public String baseUrl(String host) {
    String root = (secure ? "https://" : "http://") + host + ":" + port();
    return switch (dialect) {
      case CHAT, RESPONSES -> root + "/v1";
      case MESSAGES -> root;
      case GEMINI -> root + "/v1beta";
    };
  }

  /** From now on it answers like this. */
  public Provider fault(Fault now) {
    fault = now;
    script.clear();
    return this;
  }

  /** The next requests are answered like these, one each; after them as before. */
  public Provider next(Fault... faults) {
    script.addAll(List.of(faults));
    return this;
  }

  /** How long it waits between two events. */
  public Provider pace(Duration between) {
    pace = between;
    return this;
  }

  /** Refuses every other credential with 401; empty: takes any. */
  public Provider credential(String only) {
    credential = only;
    return this;
  }

  /** What it received since the last {@link #forget}. */
  public List<Received> received() {
    return List.copyOf(received);
  }

  /** Every signature, and every thought under seal, that it ever gave out. */
  public Set<String> sealed() {
    return seals.issued();
  }

  /** Forgets what it received and every fault. */
  public void forget() {
    received.clear();
    fault(new Fault.None());
    pace = Duration.ZERO;
  }

  @Override
  public void close() {
    server.close().syncUninterruptibly();
  }

  private final class Answers extends SimpleChannelInboundHandler<FullHttpRequest> {
    private CompletableFuture<Void> gone = new CompletableFuture<>();
    private boolean answered = true;
    private boolean array;

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      if (!answered) {
        gone.complete(null);
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      var _ = context.close();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      byte[] body = new byte[request.content().readableBytes()];
      request.content().readBytes(body);
      var headers = new LinkedHashMap<String, String>();
      request
          .headers()
          .forEach(h -> headers.putIfAbsent(h.getKey().toLowerCase(Locale.ROOT), h.getValue()));
      gone = new CompletableFuture<>();
      answered = false;
      received.add(
          new Received(
              request.method().name(),
              request.uri(),
              headers,
              body,
              Front.http(context.channel()),
              Front.sni(context.channel()),
              gone));
      Fault now = script.poll();
      answer(context, request.uri(), headers, body, now == null ? fault : now);
    }

    private void answer(
        ChannelHandlerContext context,
        String path,
        Map<String, String> headers,
        byte[] body,
        Fault now) {
      String presented =
          headers.getOrDefault("authorization", "")
              + headers.getOrDefault("x-api-key", "")
              + headers.getOrDefault("x-goog-api-key", "");
      if (!credential.isEmpty() && !presented.replace("Bearer ", "").equals(credential)) {
        json(context, 401, Map.of(), Errors.of(dialect, 401));
        return;
      }
      if (!known(path)) {
        json(context, 404, Map.of(), Errors.of(dialect, 404));
        return;
      }
      if (path.endsWith("/count_tokens") || path.contains(":countTokens")) {
        if (now instanceof Fault.Status(int status, var more)) {
          json(context, status, more, Errors.of(dialect, status));
        } else {
          String count =
              "{\"%s\":%d}"
                  .formatted(
                      dialect == Dialect.GEMINI ? "totalTokens" : "input_tokens", body.length);
          json(context, 200, Map.of(), count.getBytes(StandardCharsets.UTF_8));
        }
        return;
      }
      Script script;
      try {
        script = new Script(dialect, name, seals, body, path);
      } catch (UncheckedIOException e) {
        json(context, 400, Map.of(), Errors.of(dialect, 400));
        return;
      }
      String complaint = kept(path) ? "" : script.complaint();
      if (!complaint.isEmpty()) {
        json(context, 400, Map.of(), Errors.of(dialect, 400, complaint));
        return;
      }
      array = dialect == Dialect.GEMINI && script.stream() && !path.contains("alt=sse");
      perform(context, script, script.stream(), now);
    }

    /** Whether it is about an earlier response, or only asks for less than an answer. */
    private boolean kept(String path) {
      return dialect == Dialect.RESPONSES && path.startsWith("/v1/responses/");
    }

    private boolean known(String path) {
      return switch (dialect) {
        case CHAT -> path.startsWith("/v1/chat/completions");
        case RESPONSES -> path.startsWith("/v1/responses");
        case MESSAGES -> path.startsWith("/v1/messages");
        case GEMINI -> path.startsWith("/v1beta/models/");
      };
    }

    private void perform(ChannelHandlerContext context, Script script, boolean stream, Fault now) {
      switch (now) {
        case Fault.None() -> good(context, script, stream);
        case Fault.Slow(Duration before) ->
            later(context, before, () -> good(context, script, stream));
        case Fault.Status(int status, var more) ->
            json(context, status, more, Errors.of(dialect, status));
        case Fault.ErrorInside() -> {
          if (stream) {
            events(context, List.of(script.errorEvent()), true);
          } else {
            json(context, 200, Map.of(), Errors.of(dialect, 503));
          }
        }
        case Fault.Silent() -> {}
        case Fault.HeadersOnly() -> begin(context, stream);
        case Fault.HeadersThenReset() -> {
          begin(context, stream);
          later(context, Duration.ofMillis(50), () -> reset(context));
        }
        case Fault.Reset() -> reset(context);
        case Fault.CutAfter(int count) -> {
          events(context, first(script, count), false);
          later(context, UNTIL_CUT, () -> reset(context));
        }
        case Fault.EndsAfter(int count) -> events(context, first(script, count), true);
        case Fault.ErrorAfter(int count) -> {
          if (stream) {
            var events = new ArrayList<>(first(script, count));
            events.add(script.errorEvent());
            events(context, events, true);
          } else {
            json(context, 200, Map.of(), Errors.of(dialect, 503));
          }
        }
        case Fault.Empty() -> whole(context, 200, "application/json", Map.of(), new byte[0]);
        case Fault.PingsOnly() -> {
          begin(context, true);
          pings(context, script);
        }
        case Fault.Html() ->
            whole(
                context,
                200,
                "text/html",
                Map.of(),
                "<!doctype html><title>Sign in</title>".getBytes(StandardCharsets.UTF_8));
        case Fault.HalfJson() -> {
          byte[] all = script.whole();
          json(context, 200, Map.of(), java.util.Arrays.copyOf(all, all.length / 2));
        }
      }
    }

    private static List<byte[]> first(Script script, int count) {
      List<byte[]> events = script.events();
      return events.subList(0, Math.min(count, events.size()));
    }

    private void good(ChannelHandlerContext context, Script script, boolean stream) {
      if (stream) {
        events(context, script.events(), true);
      } else {
        json(context, 200, Map.of(), script.whole());
      }
    }

    private void later(ChannelHandlerContext context, Duration delay, Runnable what) {
      var _ = context.executor().schedule(what, delay.toMillis(), TimeUnit.MILLISECONDS);
    }

    private void json(
        ChannelHandlerContext context, int status, Map<String, String> more, byte[] body) {
      whole(context, status, "application/json", more, body);
    }

    private void whole(
        ChannelHandlerContext context,
        int status,
        String type,
        Map<String, String> more,
        byte[] body) {
      var response =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1,
              HttpResponseStatus.valueOf(status),
              Unpooled.wrappedBuffer(body));
      response.headers().set(HttpHeaderNames.CONTENT_TYPE, type);
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, body.length);
      more.forEach((key, value) -> response.headers().set(key, value));
      answered = true;
      var _ = context.writeAndFlush(response);
    }

    private void begin(ChannelHandlerContext context, boolean stream) {
      var response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
      response
          .headers()
          .set(
              HttpHeaderNames.CONTENT_TYPE,
              stream && !array ? "text/event-stream" : "application/json")
          .set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
      var _ = context.writeAndFlush(response);
    }

    private void events(ChannelHandlerContext context, List<byte[]> events, boolean end) {
      begin(context, true);
      if (pace.isZero()) {
        for (int i = 0; i < events.size(); i++) {
          write(context, events, i);
        }
        if (end) {
          end(context);
        }
      } else {
        paced(context, events, 0, end);
      }
    }

    private void paced(ChannelHandlerContext context, List<byte[]> events, int at, boolean end) {
      if (!context.channel().isActive()) {
        return;
      }
      if (at < events.size()) {
        write(context, events, at);
        later(context, pace, () -> paced(context, events, at + 1, end));
      } else if (end) {
        end(context);
      }
    }

    private void write(ChannelHandlerContext context, List<byte[]> events, int at) {
      byte[] bytes = array ? Wire.element(events.get(at), at == 0) : events.get(at);
      var _ = context.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(bytes)));
    }

    private void pings(ChannelHandlerContext context, Script script) {
      if (context.channel().isActive()) {
        var _ =
            context.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(script.ping())));
        later(context, Duration.ofMillis(100), () -> pings(context, script));
      }
    }

    private void end(ChannelHandlerContext context) {
      answered = true;
      if (array) {
        byte[] close = {']'};
        var _ = context.write(new DefaultHttpContent(Unpooled.wrappedBuffer(close)));
      }
      var _ = context.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    }

    private void reset(ChannelHandlerContext context) {
      answered = true;
      context.channel().config().setOption(ChannelOption.SO_LINGER, 0);
      var _ = context.close().addListener(ChannelFutureListener.CLOSE);
    }
  }
}
