package dev.sluice.media;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** One medium on its way: at most one connection at a time, over up to three redirections. */
final class Download {
  private static final int REDIRECTIONS = 3;
  private static final int MOST_HEADERS = 16 * 1024;

  private final Fetcher fetcher;
  private final Errand errand;
  private final Fetcher.Medium medium;
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private int redirections;
  private volatile @Nullable Channel channel;

  Download(Fetcher fetcher, Errand errand, Fetcher.Medium medium) {
    this.fetcher = fetcher;
    this.errand = errand;
    this.medium = medium;
  }

  String url() {
    return medium.url();
  }

  void begin() {
    try {
      go(new URI(medium.url()));
    } catch (URISyntaxException e) {
      fail("is at no address");
    }
  }

  void cancel() {
    Channel open = channel;
    if (open != null) {
      var _ = open.close();
    }
  }

  private void fail(String why) {
    errand.fail(medium.url(), false, why);
  }

  private void go(URI at) {
    String scheme = at.getScheme() == null ? "" : at.getScheme().toLowerCase(Locale.ROOT);
    String host = at.getHost();
    if (host == null || at.getRawUserInfo() != null || at.getPort() == 0 || at.getPort() > 65_535) {
      fail("is at no address");
    } else if (scheme.equals("https") || scheme.equals("http")) {
      boolean secure = scheme.equals("https");
      int port = at.getPort() > 0 ? at.getPort() : secure ? 443 : 80;
      try {
        fetcher.lookups().execute(() -> look(at, host, port, secure));
      } catch (RejectedExecutionException e) {
        errand.fail(medium.url(), true, "waits behind too many others");
      }
    } else {
      fail("is at an address of '" + scheme + "', and only http and https are fetched");
    }
  }

  private void look(URI at, String host, int port, boolean secure) {
    if (errand.over()) {
      return;
    }
    try {
      String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
      List<InetAddress> open =
          Arrays.stream(fetcher.names().of(bare)).filter(fetcher.open()).toList();
      if (open.isEmpty()) {
        fail("is at a host without a public address");
      } else {
        connect(at, open, port, secure);
      }
    } catch (UnknownHostException e) {
      fail("is at a host that is not known");
    }
  }

  private void connect(URI at, List<InetAddress> addresses, int port, boolean secure) {
    if (errand.over()) {
      return;
    }
    EventLoop loop = fetcher.loops().next();
    new Bootstrap()
        .group(loop)
        .channel(type(loop))
        .disableResolver()
        .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, errand.millis())
        .handler(
            new ChannelInitializer<SocketChannel>() {
              @Override
              protected void initChannel(SocketChannel channel) {
                if (secure) {
                  channel
                      .pipeline()
                      .addLast(fetcher.tls().newHandler(channel.alloc(), at.getHost(), port));
                }
                channel
                    .pipeline()
                    .addLast(new HttpClientCodec(4096, MOST_HEADERS, 8192), new Taking(at, secure));
              }
            })
        .connect(new InetSocketAddress(addresses.getFirst(), port))
        .addListener(
            (io.netty.channel.ChannelFuture connected) -> {
              if (connected.isSuccess()) {
                channel = connected.channel();
                if (errand.over()) {
                  cancel();
                }
              } else if (addresses.size() > 1) {
                connect(at, addresses.subList(1, addresses.size()), port, secure);
              } else {
                fail("is at a host that cannot be reached");
              }
            });
  }

  private static Class<? extends Channel> type(EventLoop loop) {
    return Epoll.isAvailable()
            && loop instanceof io.netty.channel.IoEventLoop io
            && io.isIoType(EpollIoHandler.class)
        ? EpollSocketChannel.class
        : NioSocketChannel.class;
  }

  /** Asks on one connection and takes what comes. */
  private final class Taking extends SimpleChannelInboundHandler<HttpObject> {
    private final URI at;
    private final boolean secure;
    private @Nullable String type;
    private boolean early;
    private boolean done;

    Taking(URI at, boolean secure) {
      this.at = at;
      this.secure = secure;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
      if (!secure) {
        ask(context);
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
      if (event instanceof SslHandshakeCompletionEvent handshake) {
        if (handshake.isSuccess()) {
          ask(context);
        } else {
          end(context, "is at a host whose TLS is not trusted");
        }
      }
    }

    private void ask(ChannelHandlerContext context) {
      String path = at.getRawPath() == null || at.getRawPath().isEmpty() ? "/" : at.getRawPath();
      String query = at.getRawQuery() == null ? "" : "?" + at.getRawQuery();
      var request = new DefaultFullHttpRequest(HttpVersion.HTTP_1_1, HttpMethod.GET, path + query);
      request
          .headers()
          .set(HttpHeaderNames.HOST, at.getRawAuthority())
          .set(HttpHeaderNames.USER_AGENT, "sluice")
          .set(HttpHeaderNames.ACCEPT, "*/*")
          .set(HttpHeaderNames.ACCEPT_ENCODING, HttpHeaderValues.IDENTITY)
          .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
      var _ = context.writeAndFlush(request);
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, HttpObject message) {
      DecoderResult decoded = message.decoderResult();
      if (done) {
        return;
      }
      if (decoded.isFailure()) {
        end(context, "came in no good HTTP");
        return;
      }
      if (message instanceof HttpResponse response) {
        early = response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
        if (!early) {
          head(context, response);
        }
      }
      if (!done && !early && message instanceof HttpContent content) {
        body(context, content.content());
        if (!done && message instanceof LastHttpContent) {
          complete(context);
        }
      }
    }

    private void head(ChannelHandlerContext context, HttpResponse response) {
      int status = response.status().code();
      String location = response.headers().get(HttpHeaderNames.LOCATION);
      if (location != null && List.of(301, 302, 303, 307, 308).contains(status)) {
        redirected(context, location);
        return;
      }
      String encoding = response.headers().get(HttpHeaderNames.CONTENT_ENCODING, "identity");
      type = MediaType.said(response.headers().get(HttpHeaderNames.CONTENT_TYPE));
      if (status != 200) {
        end(context, "answered " + status);
      } else if (!encoding.equalsIgnoreCase("identity")) {
        end(context, "came encoded though that was not asked for");
      } else if (type != null && !MediaType.fits(type, medium.kind())) {
        wrong(context, type);
      } else if (!errand.fits(HttpUtil.getContentLength(response, 0L))) {
        end(context, "makes more than " + errand.maxSize() + " bytes of media");
      }
    }

    private void redirected(ChannelHandlerContext context, String location) {
      if (redirections++ == REDIRECTIONS) {
        end(context, "was redirected more than " + REDIRECTIONS + " times");
        return;
      }
      done = true;
      var _ = context.close();
      try {
        go(at.resolve(new URI(location)));
      } catch (URISyntaxException e) {
        fail("was redirected to no address");
      }
    }

    private void body(ChannelHandlerContext context, ByteBuf content) {
      int size = content.readableBytes();
      if (size > 0 && errand.take(medium.url(), size)) {
        byte[] piece = new byte[size];
        content.readBytes(piece);
        bytes.writeBytes(piece);
      } else if (size > 0) {
        done = true;
        var _ = context.close();
      }
    }

    private void complete(ChannelHandlerContext context) {
      byte[] whole = bytes.toByteArray();
      String known = type == null ? MediaType.of(whole) : type;
      if (whole.length == 0) {
        end(context, "is empty");
      } else if (known == null) {
        end(context, "is of no known type");
      } else if (!MediaType.fits(known, medium.kind())) {
        wrong(context, known);
      } else {
        done = true;
        var _ = context.close();
        bytes.reset();
        errand.had(medium.url(), known, whole);
      }
    }

    private void wrong(ChannelHandlerContext context, String what) {
      String expected = medium.kind().name().toLowerCase(Locale.ROOT);
      end(context, "is of the type " + what + ", where " + expected + " is expected");
    }

    private void end(ChannelHandlerContext context, String why) {
      if (!done) {
        done = true;
        var _ = context.close();
        fail(why);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      end(context, "broke off");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      end(context, "broke off");
    }
  }
}
