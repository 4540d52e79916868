package dev.sluice.xds.publish;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.xds.type.matcher.v3.Matcher;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.sluice.protos.Headers;
import dev.sluice.protos.Xds;
import dev.sluice.xds.configuration.ConfigurationFile;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.type.matcher.v3.HttpRequestHeaderMatchInput;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where the attempt listener sends what extproc has chosen, and how long it waits there. */
final class RoutesTest {
  @TempDir Path folder = Path.of("");

  private RouteConfiguration routes = RouteConfiguration.getDefaultInstance();

  @BeforeEach
  void read() throws Exception {
    Path file = folder.resolve("sluice.yaml");
    Files.writeString(
        file,
        """
        edge: {http: "127.0.0.1:10000"}
        channels:
          a:
            protocol: openai-chat
            base_urls: ["http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1"]
            accounts: [{name: main, key: k}]
            models: [{match: "*"}]
            timeouts: {stream: 70s, request: 40s, idle: 50s, first_token: 60s}
          a.b:
            protocol: openai-chat
            base_urls: ["http://127.0.0.1:3/v1"]
            accounts: [{name: main, key: k}]
            models: [{match: "*"}]
            timeouts: {stream: 7s, request: 4s, idle: 5s, first_token: 3s}
        """);
    routes = Routes.attempt(ConfigurationFile.read(file, Map.of()).channels());
  }

  /** As Envoy walks through the tree. */
  private Route route(String cluster, String mode) throws InvalidProtocolBufferException {
    Matcher root = routes.getVirtualHosts(0).getMatcher();
    assertThat(input(root)).isEqualTo(Headers.CLUSTER);
    Matcher.OnMatch found =
        root.getMatcherTree().getExactMatchMap().getMapOrDefault(cluster, root.getOnNoMatch());
    if (found.hasMatcher()) {
      assertThat(input(found.getMatcher())).isEqualTo(Headers.MODE);
      found =
          found
              .getMatcher()
              .getMatcherTree()
              .getExactMatchMap()
              .getMapOrDefault(mode, root.getOnNoMatch());
    }
    return found.getAction().getTypedConfig().unpack(Route.class);
  }

  private static String input(Matcher matcher) throws InvalidProtocolBufferException {
    return matcher
        .getMatcherTree()
        .getInput()
        .getTypedConfig()
        .unpack(HttpRequestHeaderMatchInput.class)
        .getHeaderName();
  }

  @ParameterizedTest
  @CsvSource({
    // cluster, mode, route, timeout s, idle s
    "a@http://127.0.0.1:1/v1,   stream, a/stream,   70, 60",
    "a@http://127.0.0.1:2/v1,   stream, a/stream,   70, 60",
    "a@http://127.0.0.1:2/v1,   whole,  a/whole,    40, 50",
    "a.b@http://127.0.0.1:3/v1, stream, a.b/stream,  7, 5",
    "a.b@http://127.0.0.1:3/v1, whole,  a.b/whole,   4, 5"
  })
  void eachClusterHasItsChannelsTimeouts(
      String cluster, String mode, String name, long timeout, long idle) throws Exception {
    Route route = route(cluster, mode);
    assertThat(route.getName()).isEqualTo(name);
    assertThat(route.getRoute().getClusterHeader()).isEqualTo(Headers.CLUSTER);
    assertThat(route.getRoute().getTimeout().getSeconds()).isEqualTo(timeout);
    assertThat(route.getRoute().getIdleTimeout().getSeconds()).isEqualTo(idle);
    assertThat(route.getRequestHeadersToRemoveList()).contains(Headers.CLUSTER, "x-request-id");
  }

  @Test
  void theKeeperIsSentTheRequestAsItIs() throws Exception {
    Route route = route(Xds.KEEPER, "");
    assertThat(route.getRoute().getCluster()).isEqualTo(Xds.KEEPER);
    assertThat(route.getRequestHeadersToRemoveList()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"b@http://127.0.0.1:1/v1, stream", "a@, whole", "'', stream"})
  void whatIsNotThereIsNotFound(String cluster, String mode) throws Exception {
    assertThat(route(cluster, mode).getDirectResponse().getStatus()).isEqualTo(404);
  }
}
