package dev.sluice.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class JarTest {
  @TempDir Path home;

  @Test
  void startsWithWhatTheRehearsalLeft() throws Exception {
    Path cache = home.resolve("xds-server/target/xds-server.aot");
    assertThat(Jar.command(home, "xds-server", 256, home))
        .noneMatch(option -> option.startsWith("-XX:AOT"));
    assertThat(Jar.rehearsing(home, "xds-server", 256, home))
        .contains("-XX:AOTCacheOutput=" + cache);

    Files.createDirectories(cache.getParent());
    Files.createFile(cache);

    assertThat(Jar.command(home, "xds-server", 256, home))
        .contains("-XX:AOTCache=" + cache)
        .endsWith("-jar", home + "/xds-server/target/xds-server.jar");
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
