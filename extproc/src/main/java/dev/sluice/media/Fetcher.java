package dev.sluice.media;

import dev.sluice.conversation.Block.Kind;
import dev.sluice.conversation.Block.Source.Inline;
import io.netty.channel.EventLoopGroup;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import java.util.function.Predicate;
import javax.net.ssl.SSLException;

/**
 * Fetches media by GET over HTTP/1.1. Only {@code http} and {@code https}, without credentials;
 * only public addresses, and each connection goes to the very address that was looked at, so that a
 * name cannot come to mean another host in between; three redirections at most, each looked at
 * anew. Blocks nobody. Safe for any number of threads.
 */
public final class Fetcher {
  /** The most media of one request. */
  public static final int MOST = 16;

  private static final int LOOKUPS = 8;
  private static final int WAITING_LOOKUPS = 1024;

  private final EventLoopGroup loops;
  private final Names names;
  private final Predicate<InetAddress> open;
  private final SslContext tls;
  private final ThreadPoolExecutor lookups;

  /** Looks names up as the system does. */
  interface Names {
    /** All addresses of a host. */
    InetAddress[] of(String host) throws UnknownHostException;
  }

  /** Fetches on these event loops. */
  public Fetcher(EventLoopGroup loops) {
    this(loops, InetAddress::getAllByName, Reach::open, trusted());
  }

  /** For tests: with other names, a wider reach, and other authorities. */
  Fetcher(EventLoopGroup loops, Names names, Predicate<InetAddress> open, SslContext tls) {
    this.loops = loops;
    this.names = names;
    this.open = open;
    this.tls = tls;
    this.lookups =
        new ThreadPoolExecutor(
            LOOKUPS,
            LOOKUPS,
            1,
            TimeUnit.MINUTES,
            new LinkedBlockingQueue<>(WAITING_LOOKUPS),
            Thread.ofPlatform().daemon().name("lookup-", 0).factory());
    lookups.allowCoreThreadTimeOut(true);
  }

  private static SslContext trusted() {
    try {
      return SslContextBuilder.forClient().endpointIdentificationAlgorithm("HTTPS").build();
    } catch (SSLException e) {
      throw new IllegalStateException("every Java has TLS", e);
    }
  }

  /**
   * A medium at an address.
   *
   * @param url as the client wrote it
   * @param kind what it must be
   */
  public record Medium(String url, Kind kind) {}

  /**
   * What bounds the media of one request.
   *
   * @param maxSize of all together, in bytes
   * @param timeout for all together
   * @param share asked for every further piece, by its bytes; false where there is no room for it
   */
  public record Bounds(long maxSize, Duration timeout, LongPredicate share) {}

  /** How it went. */
  public sealed interface Outcome {}

  /** All media, by their addresses. */
  public record Fetched(Map<String, Inline> media) implements Outcome {
    /** Copies the map. */
    public Fetched {
      media = Map.copyOf(media);
    }
  }

  /**
   * One of them could not be had.
   *
   * @param url which
   * @param full whether only the gateway's own room for bodies is to blame
   * @param why goes on after the medium, such as {@code "answered 404"}
   */
  public record Failed(String url, boolean full, String why) implements Outcome {}

  /** Media that are being fetched. */
  public interface Running {
    /** Nobody waits for them any more; nothing is said then. */
    void cancel();
  }

  /**
   * Begins to fetch.
   *
   * @param media at least one; of several with one address the first counts
   * @param done is told once, on an event loop or a thread that looks names up
   */
  public Running fetch(List<Medium> media, Bounds bounds, Consumer<Outcome> done) {
    var errand = new Errand(loops.next(), bounds, done);
    if (media.stream().map(Medium::url).distinct().count() > MOST) {
      errand.fail(media.getLast().url(), false, "is one of more than " + MOST);
    } else {
      errand.begin(media, medium -> new Download(this, errand, medium));
    }
    return errand;
  }

  EventLoopGroup loops() {
    return loops;
  }

  Names names() {
    return names;
  }

  Predicate<InetAddress> open() {
    return open;
  }

  SslContext tls() {
    return tls;
  }

  ThreadPoolExecutor lookups() {
    return lookups;
  }
}
