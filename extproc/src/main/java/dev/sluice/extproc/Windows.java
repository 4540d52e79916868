package dev.sluice.extproc;

import io.grpc.netty.GrpcHttp2ConnectionHandler;
import io.grpc.netty.InternalProtocolNegotiator;
import io.grpc.netty.InternalProtocolNegotiators;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.ChannelHandler;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.AsciiString;

/**
 * How many bytes Envoy may send to extproc before extproc has taken them in: few on one stream,
 * many on a connection, which all streams of one of Envoy's threads share. gRPC gives a connection
 * the same window as a stream; when large bodies fill it, Envoy sends nothing of what else begins
 * until they are through.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9113#section-5.2">RFC 9113, 5.2</a>
 */
final class Windows implements InternalProtocolNegotiator.ProtocolNegotiator {
  private static final int STREAM_BYTES = 32 * 1024;
  private static final int CONNECTION_BYTES = 16 * 1024 * 1024;

  private final InternalProtocolNegotiator.ProtocolNegotiator plain =
      InternalProtocolNegotiators.serverPlaintext();

  private Windows() {}

  /** Gives these windows to a server without TLS. */
  static NettyServerBuilder on(NettyServerBuilder server) {
    return server.flowControlWindow(STREAM_BYTES).protocolNegotiator(new Windows());
  }

  @Override
  public AsciiString scheme() {
    return plain.scheme();
  }

  @Override
  public ChannelHandler newHandler(GrpcHttp2ConnectionHandler handler) {
    Http2Connection connection = handler.connection();
    connection.addListener(
        new Http2ConnectionAdapter() {
          @Override
          public void onStreamAdded(Http2Stream first) {
            connection.removeListener(this);
            widen(connection);
          }
        });
    return plain.newHandler(handler);
  }

  /** On the connection's event loop; the update goes out with whatever is flushed next. */
  private static void widen(Http2Connection connection) {
    Http2LocalFlowController flow = connection.local().flowController();
    Http2Stream all = connection.connectionStream();
    try {
      flow.incrementWindowSize(all, CONNECTION_BYTES - flow.initialWindowSize(all));
    } catch (Http2Exception e) {
      throw new IllegalStateException("a connection's window cannot be widened", e);
    }
  }

  @Override
  public void close() {
    plain.close();
  }
}
