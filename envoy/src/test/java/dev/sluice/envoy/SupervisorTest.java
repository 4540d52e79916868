package dev.sluice.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SupervisorTest {
  @TempDir Path data;

  @Test
  void keepsTheClassArchiveInTheDataFolder() {
    assertThat(Supervisor.java(Path.of("/home"), "xds-server", 256, data))
        .contains("-XX:SharedArchiveFile=" + data.resolve("xds-server.jsa"))
        .endsWith("-jar", "/home/xds-server/target/xds-server.jar");
  }

  /** A JVM that cannot write its archive ends with status 1, whatever the program said. */
  @Test
  void hasNoClassArchiveWhereThereIsNoFolderForIt() {
    assertThat(Supervisor.java(Path.of("/home"), "xds-server", 256, data.resolve("none")))
        .noneMatch(option -> option.contains("Archive"));
  }

  @Test
  void anAddressThatOnlyTakesConnectionsDoesNotAnswer() throws Exception {
    try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      var at = (InetSocketAddress) silent.getLocalSocketAddress();
      assertThat(Supervisor.answers("https", at)).isFalse();
      assertThat(Supervisor.answers("http", at)).isFalse();
    }
  }
}
