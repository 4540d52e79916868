package dev.sluice.media;

import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.InetAddress;
import javax.net.ssl.SSLException;

/** A fetcher for tests of other rooms, which speaks to this host and no other. */
public final class Nearby {
  private Nearby() {}

  public static Fetcher fetcher(EventLoopGroup loops) throws SSLException {
    return new Fetcher(
        loops,
        InetAddress::getAllByName,
        InetAddress::isLoopbackAddress,
        SslContextBuilder.forClient().build());
  }
}
