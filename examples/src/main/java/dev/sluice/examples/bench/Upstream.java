package dev.sluice.examples.bench;

import dev.sluice.examples.simulator.Dialect;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A provider that costs as little as it can: it looks for an {@link Order} in the first 64 KiB of a
 * request and carries it out with bytes that are ready. Each event is written on its own.
 */
final class Upstream implements AutoCloseable {
  private static final int LOOKED_AT = 64 * 1024;
  private static final byte[] NOT_FOUND =
      "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final Script script;
  private final Channel server;

  Upstream(Dialect dialect, int port, EventLoopGroup loop) {
    script = Script.of(dialect);
    server =
        new ServerBootstrap()
            .group(loop)
            .channel(Loops.server())
            .option(ChannelOption.SO_BACKLOG, 16_384)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel connection) {
                    connection
                        .pipeline()
                        .addLast(new HttpRequestDecoder(8192, 16_384, LOOKED_AT), new Answers());
                  }
                })
            .bind("127.0.0.1", port)
            .syncUninterruptibly()
            .channel();
  }

  @Override
  public void close() {
    server.close().syncUninterruptibly();
  }

  private final class Answers extends SimpleChannelInboundHandler<HttpObject> {
    private byte[] begin = new byte[4096];
    private int have;

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
      if (message instanceof HttpRequest) {
        have = 0;
      }
      if (message instanceof HttpContent content) {
        keep(content.content());
        if (content instanceof LastHttpContent) {
          Order order = Order.find(begin, have);
          if (order == null) {
            var _ = context.writeAndFlush(Unpooled.wrappedBuffer(NOT_FOUND));
          } else if (order.stream()) {
            stream(context, order);
          } else {
            ByteBuf whole = context.alloc().buffer(script.whole().length);
            whole.writeBytes(script.whole());
            Mark.set(whole, script.wholeMark(), order.id(), 0, System.nanoTime());
            var _ = context.writeAndFlush(whole);
          }
        }
      }
    }

    private void keep(ByteBuf content) {
      int more = Math.min(content.readableBytes(), LOOKED_AT - have);
      if (have + more > begin.length) {
        begin = java.util.Arrays.copyOf(begin, Math.min(LOOKED_AT, 2 * (have + more)));
      }
      content.getBytes(content.readerIndex(), begin, have, more);
      have += more;
    }

    private void stream(ChannelHandlerContext context, Order order) {
      var _ = context.writeAndFlush(Unpooled.wrappedBuffer(script.opening()));
      if (order.gapMillis() == 0) {
        for (int i = 0; i < order.events(); i++) {
          var _ = context.writeAndFlush(event(context, order.id(), i));
        }
        var _ = context.writeAndFlush(Unpooled.wrappedBuffer(script.closing()));
      } else {
        new Paced(context, order, System.nanoTime()).run();
      }
    }

    private ByteBuf event(ChannelHandlerContext context, int id, int number) {
      ByteBuf event = context.alloc().buffer(script.event().length);
      event.writeBytes(script.event());
      Mark.set(event, script.eventMark(), id, number, System.nanoTime());
      return event;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, @Nullable Throwable cause) {
      var _ = context.close();
    }

    /** Sends the next event when its time has come, counted from the first one. */
    private final class Paced implements Runnable {
      private final ChannelHandlerContext context;
      private final Order order;
      private final long began;
      private int next;

      Paced(ChannelHandlerContext context, Order order, long began) {
        this.context = context;
        this.order = order;
        this.began = began;
      }

      @Override
      public void run() {
        if (!context.channel().isActive()) {
          return;
        }
        if (next == order.events()) {
          var _ = context.writeAndFlush(Unpooled.wrappedBuffer(script.closing()));
          return;
        }
        var _ = context.writeAndFlush(event(context, order.id(), next++));
        long due = began + TimeUnit.MILLISECONDS.toNanos((long) next * order.gapMillis());
        var _ =
            context
                .executor()
                .schedule(this, Math.max(0, due - System.nanoTime()), TimeUnit.NANOSECONDS);
      }
    }
  }
}
