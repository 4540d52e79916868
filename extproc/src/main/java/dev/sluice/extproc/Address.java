package dev.sluice.extproc;

import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * An address on the command line: {@code unix:/path/to.sock} or {@code host:port}.
 *
 * @param socket what it stands for
 */
record Address(SocketAddress socket) {
  /**
   * Reads one.
   *
   * @throws IllegalArgumentException it is neither form, or a Unix socket where Netty has no epoll;
   *     the message is for people
   */
  static Address of(String text) {
    if (text.startsWith("unix:")) {
      if (!Epoll.isAvailable()) {
        throw new IllegalArgumentException(
            text + ": Unix sockets need Linux on x86-64 or arm64; use host:port");
      }
      return new Address(new DomainSocketAddress(text.substring(5)));
    }
    int colon = text.lastIndexOf(':');
    if (colon > 0) {
      try {
        int port = Integer.parseInt(text.substring(colon + 1));
        String host = text.substring(0, colon);
        if (host.startsWith("[") && host.endsWith("]")) {
          host = host.substring(1, host.length() - 1);
        }
        return new Address(new InetSocketAddress(host, port));
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(text + ": the port is no number from 0 to 65535", e);
      }
    }
    throw new IllegalArgumentException(text + ": expected unix:/path/to.sock or host:port");
  }

  boolean unix() {
    return socket instanceof DomainSocketAddress;
  }

  /** A gRPC channel to it. Its host is looked up again for each new connection. */
  NettyChannelBuilder channel() {
    if (socket instanceof InetSocketAddress inet) {
      String host = inet.getHostString();
      return NettyChannelBuilder.forTarget(
              "dns:///" + (host.contains(":") ? "[" + host + "]" : host) + ":" + inet.getPort())
          .channelType(Epoll.isAvailable() ? EpollSocketChannel.class : NioSocketChannel.class);
    }
    return NettyChannelBuilder.forAddress(socket).channelType(EpollDomainSocketChannel.class);
  }

  Class<? extends ServerChannel> server() {
    return unix()
        ? EpollServerDomainSocketChannel.class
        : Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
  }

  /** Event loops that fit to {@link #channel} and {@link #server}. */
  static EventLoopGroup loops(int threads) {
    IoHandlerFactory io =
        Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    return new MultiThreadIoEventLoopGroup(threads, io);
  }
}
