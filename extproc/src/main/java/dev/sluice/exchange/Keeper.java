package dev.sluice.exchange;

import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Failure.Kind;
import dev.sluice.protocol.Call;
import dev.sluice.protocol.Protocol;
import dev.sluice.protos.Headers;
import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Holds streams for groups with {@code commit_after}. It sends a request on to the inner listener,
 * where it is tried and retried like any other; when no answer has come by the group's time, it
 * begins the stream by itself, with a keep-alive now and then, and puts the answer into it, or the
 * protocol's own error event. One connection to the inner listener for each request; never reads
 * ahead of a slow side.
 */
public final class Keeper implements AutoCloseable {
  private static final long KEEP_ALIVE_MILLIS = 5_000;
  private static final int FAILURE_BYTES = 256 * 1024;

  private final Protocols protocols;
  private final Keeping keeping;
  private final String inner;
  private final AtomicLong ids = new AtomicLong();
  private final Channel server;

  /**
   * Listens.
   *
   * @param path of its Unix socket
   * @param inner path of the inner listener's
   */
  public Keeper(
      String path, String inner, EventLoopGroup loops, Protocols protocols, Keeping keeping) {
    this.protocols = protocols;
    this.keeping = keeping;
    this.inner = inner;
    this.server =
        new ServerBootstrap()
            .group(loops)
            .channel(EpollServerDomainSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new HttpServerCodec(), new Front());
                  }
                })
            .bind(new DomainSocketAddress(path))
            .syncUninterruptibly()
            .channel();
  }

  @Override
  public void close() {
    server.close().syncUninterruptibly();
  }

  /** The side of Envoy that waits. */
  private final class Front extends ChannelInboundHandlerAdapter {
    private @Nullable Held held;

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (message instanceof HttpRequest request) {
        held = new Held(context.channel(), request);
      }
      Held now = held;
      if (now == null) {
        ReferenceCountUtil.release(message);
      } else {
        now.request(message);
      }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      Held now = held;
      if (now != null) {
        now.back.channel().config().setAutoRead(context.channel().isWritable());
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      Held now = held;
      if (now != null) {
        now.end();
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      var _ = context.close();
    }
  }

  /** One request and its answer. Everything happens on its channel's event loop. */
  private final class Held extends ChannelInboundHandlerAdapter {
    private final Channel front;
    private final Protocol client;
    private final Call call;
    private final String id = "kept-" + ids.incrementAndGet();
    private final ChannelFuture back;
    private final ByteArrayOutputStream failure = new ByteArrayOutputStream();
    private @Nullable Future<?> timer;
    private @Nullable HttpResponse refused;
    private boolean answered;
    private boolean begun;
    private boolean over;

    Held(Channel front, HttpRequest request) {
      this.front = front;
      Map<String, String> headers = map(request.headers());
      Protocols.Endpoint endpoint =
          protocols.endpoint(request.method().name(), request.uri(), headers);
      client = endpoint == null ? protocols.guess(request.uri()) : endpoint.protocol();
      call = endpoint == null ? new Call(Call.Operation.GENERATE, null, true) : endpoint.call();
      long millis = Long.parseLong(headers.getOrDefault(Headers.COMMIT, "0"));
      request.headers().remove(Headers.COMMIT).set(Headers.KEPT, id);
      front.config().setAutoRead(false);
      back =
          new Bootstrap()
              .group(front.eventLoop())
              .channel(EpollDomainSocketChannel.class)
              .option(ChannelOption.AUTO_READ, true)
              .handler(
                  new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      channel.pipeline().addLast(new HttpClientCodec(), Held.this);
                    }
                  })
              .connect(new DomainSocketAddress(inner));
      var _ =
          back.addListener(
              done -> {
                if (done.isSuccess()) {
                  front.config().setAutoRead(true);
                } else {
                  broken();
                }
              });
      timer = front.eventLoop().schedule(this::begin, millis, TimeUnit.MILLISECONDS);
    }

    void request(Object message) {
      if (back.isSuccess()) {
        var _ = back.channel().writeAndFlush(message);
        front.config().setAutoRead(back.channel().isWritable());
      } else {
        var _ =
            back.addListener(
                done -> {
                  if (done.isSuccess()) {
                    var _ = back.channel().writeAndFlush(message);
                  } else {
                    ReferenceCountUtil.release(message);
                  }
                });
      }
    }

    /** The time has come: headers and a keep-alive go out, and the answer has to fit to them. */
    private void begin() {
      if (answered || over) {
        return;
      }
      if (!begun) {
        begun = true;
        keeping.begin(id);
        var head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
        head.headers()
            .set(HttpHeaderNames.CONTENT_TYPE, client.streamType(call))
            .set(HttpHeaderNames.CACHE_CONTROL, "no-cache")
            .set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        var _ = front.write(head);
      }
      send(client.keepAlive(call));
      timer = front.eventLoop().schedule(this::begin, KEEP_ALIVE_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void send(byte[] bytes) {
      var _ = front.writeAndFlush(new DefaultHttpContent(Unpooled.wrappedBuffer(bytes)));
    }

    // ---- what comes from the inner listener

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      if (over) {
        ReferenceCountUtil.release(message);
        return;
      }
      if (message instanceof HttpResponse response) {
        stopTimer();
        answered = true;
        if (!begun) {
          var _ = front.writeAndFlush(response);
        } else if (!response.status().equals(HttpResponseStatus.OK)) {
          refused = response;
        }
      }
      if (message instanceof HttpContent content) {
        content(content);
      }
    }

    private void content(HttpContent content) {
      HttpResponse no = refused;
      boolean last = content instanceof LastHttpContent;
      if (no == null) {
        var _ = front.writeAndFlush(content);
        back.channel().config().setAutoRead(front.isWritable());
      } else {
        ByteBuf bytes = content.content();
        if (failure.size() < FAILURE_BYTES) {
          byte[] copy = new byte[bytes.readableBytes()];
          bytes.readBytes(copy);
          failure.writeBytes(copy);
        }
        content.release();
        if (last) {
          breakOff(client.failure(no.status().code(), map(no.headers()), failure.toByteArray()));
        }
      }
      if (last) {
        end();
      }
    }

    private void breakOff(Failure why) {
      send(client.breakOff(call, why));
      var _ = front.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
      front.config().setAutoRead(context.channel().isWritable());
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      broken();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      broken();
    }

    /**
     * No more comes: an error event where the stream has begun and holds nothing yet, else a reset.
     */
    private void broken() {
      if (over) {
        return;
      }
      if (begun && !answered) {
        breakOff(Failure.of(Kind.UNAVAILABLE, "The gateway lost the request; try again."));
      } else {
        var _ = front.close();
      }
      end();
    }

    void end() {
      if (!over) {
        over = true;
        stopTimer();
        keeping.end(id);
        var _ = back.addListener(done -> close(done.isSuccess()));
      }
    }

    private void close(boolean connected) {
      if (connected) {
        var _ = back.channel().close().addListener(ChannelFutureListener.CLOSE);
      }
    }

    private void stopTimer() {
      Future<?> running = timer;
      if (running != null) {
        running.cancel(false);
        timer = null;
      }
    }
  }

  private static Map<String, String> map(io.netty.handler.codec.http.HttpHeaders headers) {
    var map = new LinkedHashMap<String, String>();
    headers.forEach(h -> map.putIfAbsent(h.getKey().toLowerCase(Locale.ROOT), h.getValue()));
    return map;
  }
}
