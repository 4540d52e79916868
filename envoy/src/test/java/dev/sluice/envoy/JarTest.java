package dev.sluice.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class JarTest {
  @TempDir Path home;

  private Path jar(String module) throws IOException {
    Path target = Files.createDirectories(home.resolve(module).resolve("target"));
    return Files.writeString(target.resolve(module + ".jar"), "one");
  }

  @Test
  void startsWithWhatTheRehearsalLeft() throws Exception {
    Path jar = jar("xds-server");
    Path cache = Jar.cache(home, "xds-server");
    assertThat(Jar.command(home, "xds-server", 256, home))
        .noneMatch(option -> option.startsWith("-XX:AOT"));
    assertThat(Jar.rehearsing(home, "xds-server", 256, home))
        .contains("-XX:AOTCacheOutput=" + cache);

    Files.createFile(cache);

    assertThat(Jar.command(home, "xds-server", 256, home))
        .contains("-XX:AOTCache=" + cache)
        .endsWith("-jar", jar.toString());
  }

  @ParameterizedTest
  @CsvSource({"xds-server.jar, two!", "lib/grpc.jar, two!", "lib/netty.jar, new"})
  void doesNotStartWithWhatAnotherBuildLeft(String file, String changed) throws Exception {
    jar("xds-server");
    Path target = home.resolve("xds-server/target");
    Files.createDirectories(target.resolve("lib"));
    Files.writeString(target.resolve("lib/grpc.jar"), "one");
    Path cache = Files.createFile(Jar.cache(home, "xds-server"));

    Files.writeString(target.resolve(file), changed);

    assertThat(Jar.command(home, "xds-server", 256, home))
        .noneMatch(option -> option.startsWith("-XX:AOT"));
    Jar.forget(home, "xds-server");
    assertThat(cache).doesNotExist();
  }

  @Test
  void aJarOfTheSameSizeIsAnotherBuildByItsTime() throws Exception {
    Path jar = jar("extproc");
    Path before = Jar.cache(home, "extproc");

    Files.setLastModifiedTime(jar, FileTime.from(Instant.EPOCH));

    assertThat(Jar.cache(home, "extproc")).isNotEqualTo(before);
  }

  @Test
  void leavesNoImageOfTheMemory() {
    assertThat(Jar.command(home, "extproc", 1024, home.resolve("logs")))
        .contains(
            "-XX:-CreateCoredumpOnCrash", "-XX:ErrorFile=" + home + "/logs/extproc-crash.log");
  }

  @Test
  void theLaunchersArchiveIsMadeAsTheScriptStartsIt() throws Exception {
    List<String> command = Jar.archiving(home, home.resolve("envoy.jsa"));
    List<String> options = command.subList(1, command.indexOf("-jar"));

    assertThat(options).contains("-XX:ArchiveClassesAtExit=" + home + "/envoy.jsa");
    String script = Files.readString(Path.of("../sluice"));
    assertThat(script.lines())
        .contains("exec \"$java\" " + String.join(" ", options.subList(0, 3)) + " \"$@\"");
  }

  @Test
  void theLauncherStartsWithItsArchiveWhereThereIsOne() throws Exception {
    Path archive = Jar.archive(home);
    assertThat(Jar.launcher(home)).noneMatch(option -> option.startsWith("-XX:SharedArchive"));

    Files.createDirectories(archive.getParent());
    Files.createFile(archive);

    assertThat(Jar.launcher(home))
        .contains("-XX:SharedArchiveFile=" + archive)
        .endsWith("-jar", home + "/envoy/target/envoy.jar", home.toString());
  }
}
