package dev.sluice.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the pinned Envoy itself says to the bootstrap. */
final class BootstrapTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"unix:/tmp/xds.sock", "127.0.0.1:18000", "xds-server.example:18000"})
  void isAcceptedByEnvoy(String xds) throws IOException, InterruptedException {
    Path file = Files.writeString(folder.resolve("envoy.yaml"), Bootstrap.yaml("test", xds));
    Path envoy = EnvoyBinary.find(System.getenv(), Path.of("..", ".cache").toAbsolutePath());
    Path said = folder.resolve("said");
    Process process =
        new ProcessBuilder(
                envoy.toString(),
                "--mode",
                "validate",
                "--use-dynamic-base-id",
                "-c",
                file.toString())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(Files.readString(said)).contains("OK").doesNotContainIgnoringCase("deprecated");
    assertThat(process.exitValue()).isZero();
  }
}
