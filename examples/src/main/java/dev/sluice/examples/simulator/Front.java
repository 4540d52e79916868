package dev.sluice.examples.simulator;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2StreamChannel;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.ApplicationProtocolNegotiationHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** A provider's connections: HTTP/1.1, or over TLS the newest HTTP that both sides speak. */
final class Front extends ChannelInitializer<Channel> {
  private static final int MAX_BODY = 128 << 20;

  private final @Nullable SslContext tls;
  private final Supplier<ChannelHandler> answers;

  Front(@Nullable Tls tls, Supplier<ChannelHandler> answers) {
    this.tls = tls == null ? null : context(tls);
    this.answers = answers;
  }

  private static SslContext context(Tls tls) {
    List<String> protocols =
        tls.http2()
            ? List.of(ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1)
            : List.of(ApplicationProtocolNames.HTTP_1_1);
    try {
      return SslContextBuilder.forServer(tls.certificate().toFile(), tls.privateKey().toFile())
          .sslProvider(SslProvider.JDK)
          .applicationProtocolConfig(
              new ApplicationProtocolConfig(
                  Protocol.ALPN,
                  SelectorFailureBehavior.NO_ADVERTISE,
                  SelectedListenerFailureBehavior.ACCEPT,
                  protocols))
          .build();
    } catch (SSLException e) {
      throw new IllegalArgumentException(tls + " cannot be used: " + e.getMessage(), e);
    }
  }

  @Override
  protected void initChannel(Channel connection) {
    if (tls == null) {
      http1(connection);
      return;
    }
    connection
        .pipeline()
        .addLast(
            tls.newHandler(connection.alloc()),
            new ApplicationProtocolNegotiationHandler(ApplicationProtocolNames.HTTP_1_1) {
              @Override
              protected void configurePipeline(ChannelHandlerContext context, String protocol) {
                if (protocol.equals(ApplicationProtocolNames.HTTP_2)) {
                  http2(context.channel());
                } else {
                  http1(context.channel());
                }
              }

              @Override
              protected void handshakeFailure(ChannelHandlerContext context, Throwable cause) {
                var _ = context.close();
              }
            });
  }

  private void http1(Channel connection) {
    connection
        .pipeline()
        .addLast(new HttpServerCodec(), new HttpObjectAggregator(MAX_BODY), answers.get());
  }

  private void http2(Channel connection) {
    connection
        .pipeline()
        .addLast(
            Http2FrameCodecBuilder.forServer().build(),
            new Http2MultiplexHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel stream) {
                    stream
                        .pipeline()
                        .addLast(
                            new Http2StreamFrameToHttpObjectCodec(true),
                            new HttpObjectAggregator(MAX_BODY),
                            answers.get());
                  }
                }));
  }

  /** The version of HTTP a request came over. */
  static String http(Channel channel) {
    return channel instanceof Http2StreamChannel ? "2" : "1.1";
  }

  /** The name that its TLS asked for; empty: none. */
  static String sni(Channel channel) {
    Channel connection = channel instanceof Http2StreamChannel ? channel.parent() : channel;
    SslHandler ssl = connection.pipeline().get(SslHandler.class);
    if (ssl == null || !(ssl.engine().getSession() instanceof ExtendedSSLSession session)) {
      return "";
    }
    return session.getRequestedServerNames().stream()
        .filter(SNIHostName.class::isInstance)
        .map(name -> ((SNIHostName) name).getAsciiName())
        .findFirst()
        .orElse("");
  }
}
