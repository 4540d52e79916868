package dev.sluice.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class EnvoyBinaryTest {
  @TempDir Path folder;

  @Test
  void takesTheNamedOneOfThePinnedVersion() throws IOException {
    Path named = envoy("deep/down/envoy", "1.40.0");
    assertThat(find(named.toString(), "")).isEqualTo(named);
  }

  @Test
  void refusesTheNamedOneOfAnotherVersion() throws IOException {
    Path named = envoy("old/envoy", "1.39.1");
    assertThatThrownBy(() -> find(named.toString(), ""))
        .isInstanceOf(IOException.class)
        .hasMessage("$ENVOY is " + named + " of version 1.39.1; it must be Envoy 1.40.0.");
  }

  @Test
  void refusesTheNamedOneThatIsNotThere() {
    Path named = folder.resolve("nowhere");
    assertThatThrownBy(() -> find(named.toString(), ""))
        .isInstanceOf(IOException.class)
        .hasMessage("$ENVOY is " + named + ", which does not run; it must be Envoy 1.40.0.");
  }

  @Test
  void passesOverAnotherVersionOnThePath() throws IOException {
    Path old = envoy("old/envoy", "1.38.4");
    Path right = envoy("right/envoy", "1.40.0");
    assertThat(find("", old.getParent() + ":" + right.getParent())).isEqualTo(right);
  }

  @Test
  void takesTheOneThatWasFetchedBefore() throws IOException {
    Path fetched = envoy("cache/envoy-1.40.0", "1.40.0");
    assertThat(find("", "")).isEqualTo(fetched);
  }

  private Path find(String named, String path) throws IOException {
    return EnvoyBinary.find(Map.of("ENVOY", named, "PATH", path), folder.resolve("cache"));
  }

  /** Something that answers {@code --version} as Envoy does: with its own path first. */
  private Path envoy(String at, String version) throws IOException {
    Path file = folder.resolve(at);
    Files.createDirectories(file.getParent());
    Files.writeString(
        file,
        "#!/bin/sh\necho; echo \"$0  version: 0123abcd/"
            + version
            + "/Clean/RELEASE/BoringSSL\"\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    return file;
  }
}
