package dev.sluice.xds;

import com.google.protobuf.ByteString;
import dev.sluice.xds.configuration.Configuration;
import dev.sluice.xds.configuration.Configuration.Authorities;
import dev.sluice.xds.configuration.Configuration.Https;
import dev.sluice.xds.configuration.ConfigurationFile;
import dev.sluice.xds.configuration.InvalidConfiguration;
import dev.sluice.xds.configuration.Problem;
import dev.sluice.xds.publish.Publisher;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves a configuration and keeps up with its file. The file and the certificates are compared by
 * their bytes twice a second, which works with editors that replace files, with links that are
 * swapped, and on mounts that send no events.
 */
final class Serving {
  private static final Logger LOG = LoggerFactory.getLogger(Serving.class);
  private static final long LOOK_MILLIS = 500;
  private static final long END_SECONDS = 2;
  private static final List<String> ROOTS =
      List.of(
          "/etc/ssl/certs/ca-certificates.crt",
          "/etc/pki/tls/certs/ca-bundle.crt",
          "/etc/ssl/ca-bundle.pem",
          "/etc/ssl/cert.pem");

  private final Path file;
  private final Map<String, String> environment;
  private final String listen;
  private final Publisher publisher;
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch ended = new CountDownLatch(1);

  Serving(Path file, Map<String, String> environment, String listen, String extproc) {
    this.file = file;
    this.environment = environment;
    this.listen = listen;
    this.publisher = new Publisher(extproc, systemRoots(environment));
  }

  private static Path systemRoots(Map<String, String> environment) {
    String set = environment.get("SSL_CERT_FILE");
    if (set != null && Files.isReadable(Path.of(set))) {
      return Path.of(set);
    }
    return ROOTS.stream()
        .map(Path::of)
        .filter(Files::isReadable)
        .findFirst()
        .orElse(Path.of(ROOTS.getFirst()));
  }

  /** What was read of the disk at one moment. */
  private record Seen(
      ByteString file, ByteString chain, ByteString key, Map<Path, ByteString> authorities) {}

  /** Serves until the process ends or the thread is interrupted. */
  void run() throws InvalidConfiguration, IOException, InterruptedException {
    ByteString text = bytes(file);
    Configuration configuration = ConfigurationFile.read(file, environment);
    Seen seen = made(text, configuration);
    Instant applied = Instant.now();
    publish(configuration, seen, applied, List.of());
    Server server = start();
    Runtime.getRuntime().addShutdownHook(new Thread(this::end));
    System.out.println(ready(configuration));
    try {
      follow(configuration, seen, applied);
    } finally {
      server.shutdownNow();
      ended.countDown();
    }
  }

  /**
   * Waits until nothing of ours runs: a JVM that writes its class archive at its end crashes where
   * a thread still links lambdas.
   */
  private void end() {
    asked.countDown();
    try {
      var _ = ended.await(END_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void follow(Configuration configuration, Seen seen, Instant since)
      throws InterruptedException {
    Configuration current = configuration;
    Configuration newest = configuration;
    Seen good = seen;
    Seen last = seen;
    Instant applied = since;
    List<String> refused = List.of();
    List<String> told = List.of();
    while (!asked.await(LOOK_MILLIS, TimeUnit.MILLISECONDS)) {
      Seen now = look(newest);
      if (!now.equals(last)) {
        last = now;
        try {
          newest = ConfigurationFile.read(file, environment);
          last = made(now.file(), newest);
          List<String> notes = restart(configuration, newest);
          Instant moment = Instant.now();
          refused = publish(newest, last, moment, notes);
          if (refused.isEmpty()) {
            current = newest;
            good = last;
            applied = moment;
            refused = notes;
            told = notes;
            LOG.info("{}: the change is live", file);
          } else {
            LOG.error("{}: the change is not live, the one before stays", file);
          }
        } catch (InvalidConfiguration e) {
          refused = e.problems().stream().map(Problem::toString).toList();
          refused.forEach(line -> LOG.error("refused: {}", line));
        }
      }
      List<String> tell =
          Stream.concat(refused.stream(), publisher.rejections().stream()).distinct().toList();
      if (!tell.equals(told)) {
        told = tell;
        publish(current, good, applied, told);
      }
    }
  }

  private List<String> restart(Configuration before, Configuration now) {
    return String.valueOf(before.admin()).equals(String.valueOf(now.admin()))
        ? List.of()
        : List.of(file + ": admin: a new address holds after a restart.");
  }

  private List<String> publish(
      Configuration configuration, Seen seen, Instant applied, List<String> refused) {
    return publisher.publish(
        configuration,
        seen.chain().isEmpty() ? null : new Publisher.Certificate(seen.chain(), seen.key()),
        applied,
        refused);
  }

  /** What a configuration was made of, of which the file was {@code text}. */
  private static Seen made(ByteString text, Configuration read) {
    Https https = read.edge().https();
    return new Seen(
        text,
        bytes(https == null ? null : https.certificate()),
        bytes(https == null ? null : https.privateKey()),
        authorities(read));
  }

  /** The same as it is on the disk now. */
  private Seen look(Configuration configuration) {
    Seen seen = made(bytes(file), configuration);
    return new Seen(
        seen.file(),
        seen.chain(),
        seen.key(),
        seen.authorities().keySet().stream()
            .collect(Collectors.toMap(Function.identity(), Serving::bytes)));
  }

  /** The channels' files of authorities, as they were when the configuration was read. */
  private static Map<Path, ByteString> authorities(Configuration configuration) {
    return configuration.channels().stream()
        .map(Configuration.Channel::ca)
        .filter(Objects::nonNull)
        .collect(Collectors.toMap(Authorities::file, Authorities::pem, (_, later) -> later));
  }

  private static ByteString bytes(@Nullable Path path) {
    try {
      return path == null ? ByteString.EMPTY : ByteString.copyFrom(Files.readAllBytes(path));
    } catch (IOException e) {
      return ByteString.EMPTY;
    }
  }

  private Server start() throws IOException {
    boolean unix = listen.startsWith("unix:");
    EventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(
            2, unix ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    NettyServerBuilder builder;
    if (unix) {
      if (!Epoll.isAvailable()) {
        throw new IOException(
            listen + ": Unix sockets need Linux on x86-64 or arm64; use host:port");
      }
      Path socket = Path.of(listen.substring(5));
      Files.deleteIfExists(socket);
      builder =
          NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toString()))
              .channelType(EpollServerDomainSocketChannel.class);
    } else {
      int colon = listen.lastIndexOf(':');
      if (colon <= 0) {
        throw new IOException(listen + ": expected unix:/path/to.sock or host:port");
      }
      builder =
          NettyServerBuilder.forAddress(
                  new InetSocketAddress(
                      listen.substring(0, colon), Integer.parseInt(listen.substring(colon + 1))))
              .channelType(NioServerSocketChannel.class);
    }
    return builder
        .bossEventLoopGroup(loops)
        .workerEventLoopGroup(loops)
        .permitKeepAliveTime(1, TimeUnit.SECONDS)
        .addService(publisher.server().getAggregatedDiscoveryServiceImpl())
        .build()
        .start();
  }

  private static String ready(Configuration configuration) {
    var line = new StringBuilder("xds-server: ready");
    if (configuration.edge().http() != null) {
      line.append(" http=").append(configuration.edge().http());
    }
    if (configuration.edge().https() != null) {
      line.append(" https=").append(configuration.edge().https().address());
    }
    if (configuration.admin() != null) {
      line.append(" admin=").append(configuration.admin());
    }
    return line.toString();
  }
}
