package dev.sluice.examples.bench;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A client's connections to one address. Everything happens on one event loop; {@link #ask} is
 * called there alone.
 */
sealed interface Lines {
  /** Sends a request on a free connection, or a new one. */
  void ask(Question question, int id, Answer answer, Runnable after);

  /** Closes all of them. */
  void close();

  /** HTTP/1.1: a connection for every request that is under way, kept for the next one. */
  final class Separate implements Lines {
    private final Bootstrap bootstrap;
    private final Deque<Line> idle = new ArrayDeque<>();
    private final Set<Channel> open = new HashSet<>();

    Separate(EventLoop loop, InetSocketAddress address) {
      bootstrap =
          new Bootstrap()
              .group(loop)
              .channel(Loops.client())
              .option(ChannelOption.TCP_NODELAY, true)
              .remoteAddress(address)
              .handler(
                  new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel connection) {
                      connection
                          .pipeline()
                          .addLast(new HttpResponseDecoder(8192, 65_536, 65_536), new Line());
                    }
                  });
    }

    @Override
    public void ask(Question question, int id, Answer answer, Runnable after) {
      Line line = idle.pollLast();
      if (line != null) {
        line.ask(question, id, answer, after);
        return;
      }
      var connecting = bootstrap.connect();
      open.add(connecting.channel());
      var _ =
          connecting.addListener(
              done -> {
                if (done.isSuccess()) {
                  connecting.channel().pipeline().get(Line.class).ask(question, id, answer, after);
                } else {
                  open.remove(connecting.channel());
                  answer.cut();
                  after.run();
                }
              });
    }

    @Override
    public void close() {
      idle.clear();
      for (Channel each : List.copyOf(open)) {
        var _ = each.close();
      }
    }

    private final class Line extends SimpleChannelInboundHandler<HttpObject> {
      private @Nullable ChannelHandlerContext context;
      private @Nullable Answer answer;
      private Runnable after = () -> {};

      @Override
      public void handlerAdded(ChannelHandlerContext added) {
        context = added;
      }

      void ask(Question question, int id, Answer coming, Runnable then) {
        answer = coming;
        after = then;
        ChannelHandlerContext at = context;
        if (at != null) {
          var _ = at.writeAndFlush(question.bytes(at.alloc(), id));
        }
      }

      @Override
      protected void channelRead0(ChannelHandlerContext at, HttpObject message) {
        Answer coming = answer;
        if (coming != null && coming.take(message)) {
          answer = null;
          idle.addLast(this);
          after.run();
        }
      }

      @Override
      public void channelInactive(ChannelHandlerContext at) {
        open.remove(at.channel());
        idle.remove(this);
        Answer coming = answer;
        if (coming != null) {
          answer = null;
          coming.cut();
          after.run();
        }
      }

      @Override
      public void exceptionCaught(ChannelHandlerContext at, Throwable cause) {
        var _ = at.close();
      }
    }
  }

  /** HTTP/2 without TLS: so many requests share a connection. */
  final class Shared implements Lines {
    private static final int WINDOW = 1 << 20;

    private final Bootstrap bootstrap;
    private final int each;
    private final List<Channel> open = new ArrayList<>();
    private final Deque<Channel> free = new ArrayDeque<>();

    Shared(EventLoop loop, InetSocketAddress address, int each) {
      this.each = each;
      bootstrap =
          new Bootstrap()
              .group(loop)
              .channel(Loops.client())
              .option(ChannelOption.TCP_NODELAY, true)
              .remoteAddress(address)
              .handler(
                  new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel connection) {
                      connection
                          .pipeline()
                          .addLast(
                              Http2FrameCodecBuilder.forClient()
                                  .initialSettings(
                                      Http2Settings.defaultSettings().initialWindowSize(WINDOW))
                                  .build(),
                              new Http2MultiplexHandler(
                                  new ChannelInitializer<Channel>() {
                                    @Override
                                    protected void initChannel(Channel pushed) {}
                                  }));
                    }
                  });
    }

    @Override
    public void ask(Question question, int id, Answer answer, Runnable after) {
      Channel connection = free.pollFirst();
      if (connection == null) {
        var connecting = bootstrap.connect();
        Channel made = connecting.channel();
        open.add(made);
        for (int i = 1; i < each; i++) {
          free.addLast(made);
        }
        var _ =
            connecting.addListener(
                done -> {
                  if (done.isSuccess()) {
                    stream(made, question, id, answer, after);
                  } else {
                    answer.cut();
                    after.run();
                  }
                });
      } else if (connection.isActive()) {
        stream(connection, question, id, answer, after);
      } else {
        // Not connected yet, or no more; its own listener cannot tell us, so try a little later.
        var _ =
            connection
                .eventLoop()
                .schedule(
                    () -> stream(connection, question, id, answer, after),
                    20,
                    java.util.concurrent.TimeUnit.MILLISECONDS);
      }
    }

    private void stream(
        Channel connection, Question question, int id, Answer answer, Runnable after) {
      Runnable back =
          () -> {
            free.addLast(connection);
            after.run();
          };
      var _ =
          new Http2StreamChannelBootstrap(connection)
              .handler(
                  new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel stream) {
                      stream
                          .pipeline()
                          .addLast(
                              new Http2StreamFrameToHttpObjectCodec(false),
                              new OneAnswer(answer, back));
                    }
                  })
              .open()
              .addListener(
                  done -> {
                    if (done.isSuccess()) {
                      var _ = ((Channel) done.getNow()).writeAndFlush(question.message(id));
                    } else {
                      answer.cut();
                      back.run();
                    }
                  });
    }

    @Override
    public void close() {
      for (Channel each : open) {
        var _ = each.close();
      }
    }

    private static final class OneAnswer extends SimpleChannelInboundHandler<HttpObject> {
      private final Answer answer;
      private final Runnable after;
      private boolean over;

      OneAnswer(Answer answer, Runnable after) {
        this.answer = answer;
        this.after = after;
      }

      @Override
      protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
        if (answer.take(message)) {
          over = true;
          after.run();
        }
      }

      @Override
      public void channelInactive(ChannelHandlerContext context) {
        if (!over) {
          over = true;
          answer.cut();
          after.run();
        }
      }

      @Override
      public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        var _ = context.close();
      }
    }
  }
}
