package dev.sluice.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How the {@code sluice} script finds a JDK. */
final class ScriptTest {
  private static final Path SCRIPT = Path.of("../sluice").toAbsolutePath().normalize();

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      textBlock =
          """
          # its file says, it says itself, javac, taken, started
          25.0.3,           -,               yes,   yes,   no
          26-ea,            -,               yes,   yes,   no
          99,               17,              yes,   yes,   no
          25,               -,               no,    no,    no
          17.0.15,          25,              yes,   no,    no
          1.8.0_402,        25,              yes,   no,    no
          -,                25,              yes,   yes,   yes
          -,                24,              yes,   no,    yes
          -,                -,               yes,   no,    yes
          unknown,          25,              yes,   yes,   yes
          """)
  void aCandidateIsAskedWhereNoFileSaysItsVersion(
      @Nullable String file, @Nullable String itself, String javac, String taken, String started)
      throws Exception {
    Path java = jdk("a JDK", file, itself, javac.equals("yes"));

    assertThat(found(folder.resolve("a JDK")).equals(java.toString()))
        .isEqualTo(taken.equals("yes"));
    assertThat(Files.exists(folder.resolve("started"))).isEqualTo(started.equals("yes"));
  }

  @Test
  void aLinkIsFollowedToTheFile() throws Exception {
    Path java = jdk("real", "25.0.3", null, true);
    Path bin = Files.createDirectories(folder.resolve("links/bin"));
    Files.createSymbolicLink(bin.resolve("java"), java);
    Files.createSymbolicLink(bin.resolve("javac"), java.resolveSibling("javac"));

    assertThat(found(folder.resolve("links"))).isEqualTo(bin.resolve("java").toString());
    assertThat(folder.resolve("started")).doesNotExist();
  }

  private Path jdk(String name, @Nullable String file, @Nullable String itself, boolean javac)
      throws IOException {
    Path home = folder.resolve(name);
    Path bin = Files.createDirectories(home.resolve("bin"));
    if (file != null) {
      Files.writeString(
          home.resolve("release"), "OS_NAME=\"Any\"\nJAVA_VERSION=\"" + file + "\"\n");
    }
    if (javac) {
      program(bin.resolve("javac"), "exit 1");
    }
    String says =
        itself == null ? "" : "echo '    java.specification.version = " + itself + "' >&2";
    return program(bin.resolve("java"), ": >'" + folder + "/started'\n" + says);
  }

  private static Path program(Path file, String does) throws IOException {
    Files.writeString(file, "#!/bin/sh\n" + does + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }

  /** What the script prints where JAVA_HOME is a folder; a real JDK where it takes another. */
  private static String found(Path javaHome) throws IOException, InterruptedException {
    var builder = new ProcessBuilder("sh", SCRIPT.toString(), "java").redirectErrorStream(true);
    builder.environment().put("JAVA_HOME", javaHome.toString());
    Process script = builder.start();
    String said = new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(script.waitFor(10, TimeUnit.SECONDS)).isTrue();
    return said.strip();
  }
}
