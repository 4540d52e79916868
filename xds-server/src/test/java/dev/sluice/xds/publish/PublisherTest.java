package dev.sluice.xds.publish;

import static dev.sluice.xds.Subscriber.CLUSTERS;
import static dev.sluice.xds.Subscriber.SECRETS;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import com.google.protobuf.ByteString;
import dev.sluice.protos.Xds;
import dev.sluice.xds.Subscriber;
import dev.sluice.xds.Subscriber.Sent;
import dev.sluice.xds.configuration.Configuration;
import dev.sluice.xds.configuration.ConfigurationFile;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.slf4j.LoggerFactory;

/** The order in which Envoy and Java hear of a change, and what comes of a refusal. */
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
final class PublisherTest {
  /** How long a publisher waits for an answer, with some leeway for clocks. */
  private static final Duration PATIENCE = Duration.ofMillis(900);

  private static final Publisher.Certificate CERTIFICATE =
      new Publisher.Certificate(ByteString.copyFromUtf8("chain"), ByteString.copyFromUtf8("key"));

  @TempDir Path folder = Path.of("");

  private final Publisher publisher = new Publisher("127.0.0.1:1", Path.of("roots.pem"));
  private Server server;
  private Subscriber envoy;
  private Subscriber java;

  @BeforeEach
  void start() throws Exception {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(publisher.server().getAggregatedDiscoveryServiceImpl())
            .build()
            .start();
    envoy = new Subscriber(server.getPort(), Xds.ENVOY);
    java = new Subscriber(server.getPort(), Xds.EXTPROC);
  }

  @AfterEach
  void stop() {
    envoy.close();
    java.close();
    server.shutdownNow();
  }

  private Configuration configuration(String... channels) throws Exception {
    Path file = folder.resolve("sluice.yaml");
    Files.writeString(
        file,
        """
        edge: {http: "127.0.0.1:10000"}
        groups:
          default: {channels: [%s]}
        channels:
        %s
        keys:
          - {name: n, key: k, group: default}
        """
            .formatted(
                String.join(", ", channels),
                Arrays.stream(channels)
                    .map(
                        name ->
                            """
                              %s:
                                protocol: openai-chat
                                base_urls: ["http://127.0.0.1:1"]
                                accounts: [{name: a, key: k}]
                                models: [{match: "*"}]
                            """
                                .formatted(name))
                    .collect(Collectors.joining())));
    return ConfigurationFile.read(file, Map.of());
  }

  private List<String> publish(Configuration configuration) {
    return publisher.publish(configuration, CERTIFICATE, Instant.EPOCH, List.of());
  }

  private CompletableFuture<List<String>> publishing(Configuration configuration) {
    return CompletableFuture.supplyAsync(() -> publish(configuration));
  }

  /** Both follow the clusters and have taken those of a first configuration. */
  private void startWith(String... channels) throws Exception {
    publish(configuration(channels));
    for (Subscriber each : List.of(envoy, java)) {
      each.follow(CLUSTERS);
      Sent first = each.next(CLUSTERS);
      assertThat(channels(first)).containsExactlyInAnyOrder(channels);
      each.take(first);
    }
  }

  /** Returns when the server has heard what was said before; nothing else has come since. */
  private static void heard(Subscriber who) throws Exception {
    who.follow(SECRETS);
    who.next(SECRETS);
  }

  private static List<String> channels(Sent sent) throws Exception {
    return sent.resources(Cluster.class).stream()
        .map(Cluster::getName)
        .filter(name -> name.contains("@"))
        .map(name -> name.substring(0, name.indexOf('@')))
        .toList();
  }

  @Test
  void envoyKnowsANewChannelBeforeJava() throws Exception {
    startWith("a");
    var done = publishing(configuration("a", "b"));
    Sent toEnvoy = envoy.next(CLUSTERS);
    assertThat(channels(toEnvoy)).containsExactlyInAnyOrder("a", "b");
    assertThat(java.idle()).isTrue();
    envoy.take(toEnvoy);
    Sent toJava = java.next(CLUSTERS);
    assertThat(channels(toJava)).containsExactlyInAnyOrder("a", "b");
    java.take(toJava);
    assertThat(done.get(10, TimeUnit.SECONDS)).isEmpty();
    assertThat(envoy.idle()).isTrue();
  }

  @Test
  void javaForgetsAChannelBeforeEnvoy() throws Exception {
    startWith("a", "b");
    var done = publishing(configuration("a"));
    Sent toJava = java.next(CLUSTERS);
    assertThat(channels(toJava)).containsExactly("a");
    assertThat(envoy.idle()).isTrue();
    java.take(toJava);
    Sent toEnvoy = envoy.next(CLUSTERS);
    assertThat(channels(toEnvoy)).containsExactly("a");
    envoy.take(toEnvoy);
    assertThat(done.get(10, TimeUnit.SECONDS)).isEmpty();
  }

  @Test
  void whatReplacesAnotherIsThereWithItForAWhile() throws Exception {
    startWith("a");
    var done = publishing(configuration("b"));
    Sent union = envoy.next(CLUSTERS);
    assertThat(channels(union)).containsExactlyInAnyOrder("a", "b");
    envoy.take(union);
    Sent toJava = java.next(CLUSTERS);
    assertThat(channels(toJava)).containsExactly("b");
    java.take(toJava);
    Sent toEnvoy = envoy.next(CLUSTERS);
    assertThat(channels(toEnvoy)).containsExactly("b");
    envoy.take(toEnvoy);
    assertThat(done.get(10, TimeUnit.SECONDS)).isEmpty();
  }

  /** This also shows that each waits for the other's word and not just for its turn. */
  @Test
  void whoSaysNothingHoldsTheOtherUpForASecondOnly() throws Exception {
    startWith("a");
    var done = publishing(configuration("b"));
    Sent union = envoy.next(CLUSTERS);
    Sent toJava = java.next(CLUSTERS);
    assertThat(Duration.ofNanos(toJava.nanos() - union.nanos())).isGreaterThan(PATIENCE);
    assertThat(done.get(10, TimeUnit.SECONDS)).isEmpty();
    envoy.take(union);
    Sent last = envoy.next(CLUSTERS);
    assertThat(channels(last)).containsExactly("b");
  }

  @Test
  void whatEnvoyRefusesIsLoggedAndTheOldStays() throws Exception {
    var log = new ListAppender<ILoggingEvent>();
    var logger = (Logger) LoggerFactory.getLogger(Publisher.class);
    logger.addAppender(log);
    log.start();
    try {
      startWith("a");
      var done = publishing(configuration("a", "b"));
      envoy.refuse(envoy.next(CLUSTERS), "b is wrong");
      assertThat(done.get(10, TimeUnit.SECONDS))
          .containsExactly("envoy Cluster refused: b is wrong");
      Sent back = envoy.next(CLUSTERS);
      assertThat(channels(back)).containsExactly("a");
      envoy.take(back);
      heard(envoy);
      heard(java);
      assertThat(publisher.rejections()).isEmpty();
      assertThat(log.list)
          .extracting(ILoggingEvent::getFormattedMessage)
          .containsOnlyOnce("envoy Cluster refused: b is wrong");
    } finally {
      logger.detachAppender(log);
    }
  }

  @Test
  void aRefusedVersionIsNotSentAgainAndTheNextOneIs() throws Exception {
    publish(configuration("a"));
    envoy.follow(CLUSTERS);
    envoy.refuse(envoy.next(CLUSTERS), "a is wrong");
    heard(envoy);
    assertThat(publisher.rejections()).containsExactly("envoy Cluster refused: a is wrong");
    var done = publishing(configuration("b"));
    Sent next = envoy.next(CLUSTERS);
    assertThat(channels(next)).as("nothing of what was refused").containsExactly("b");
    envoy.take(next);
    assertThat(done.get(10, TimeUnit.SECONDS)).isEmpty();
    heard(envoy);
    assertThat(publisher.rejections()).isEmpty();
  }
}
