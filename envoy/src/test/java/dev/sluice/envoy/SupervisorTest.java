package dev.sluice.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

final class SupervisorTest {
  @Test
  void anAddressThatOnlyTakesConnectionsDoesNotAnswer() throws Exception {
    try (var silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      var at = (InetSocketAddress) silent.getLocalSocketAddress();
      assertThat(Supervisor.answers("https", at)).isFalse();
      assertThat(Supervisor.answers("http", at)).isFalse();
    }
  }
}
