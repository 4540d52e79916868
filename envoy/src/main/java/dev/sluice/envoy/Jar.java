package dev.sluice.envoy;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * A Java process of one of our jars, as a command line.
 *
 * <p>Where the build has rehearsed the gateway, a cache of loaded and linked classes and of what
 * the JIT learnt lies beside the jar, and a start takes a third of the CPU (JEP 483, JEP 514, JEP
 * 515). The JVM ignores a cache that another Java has made, but may start with one of another
 * build, and then with that build's code; so a cache bears its build in its name.
 */
public final class Jar {
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();
  private static final int LARGE_MIB = 512;

  private Jar() {}

  /**
   * The command, without the program's own arguments.
   *
   * @param home the project's folder
   * @param module the module whose jar it is
   * @param heapMib the largest heap
   * @param logs where a report goes if the JVM crashes; never with an image of the memory, in which
   *     keys would stand
   */
  public static List<String> command(Path home, String module, int heapMib, Path logs) {
    Path cache = cache(home, module);
    return command(
        home,
        module,
        heapMib,
        logs,
        Files.isReadable(cache) ? List.of("-XX:AOTCache=" + cache) : List.of());
  }

  /** The same, writing the cache when it ends. */
  static List<String> rehearsing(Path home, String module, int heapMib, Path logs) {
    return command(
        home, module, heapMib, logs, List.of("-XX:AOTCacheOutput=" + cache(home, module)));
  }

  /** The launcher as the {@code sluice} script starts it, with the archive where there is one. */
  public static List<String> launcher(Path home) {
    Path archive = archive(home);
    return launcher(
        home,
        Files.isReadable(archive)
            ? List.of("-XX:SharedArchiveFile=" + archive, "-Xlog:cds*=off", "-Xlog:aot*=off")
            : List.of());
  }

  /**
   * The same, writing an archive of the classes that it has loaded when it ends: for a process as
   * short as this one it saves more than a cache does.
   */
  static List<String> archiving(Path home, Path archive) {
    return launcher(home, List.of("-XX:ArchiveClassesAtExit=" + archive));
  }

  private static List<String> launcher(Path home, List<String> classes) {
    var command = new ArrayList<String>();
    command.addAll(List.of(JAVA, "-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
    command.addAll(classes);
    command.addAll(
        List.of("-jar", home.resolve("envoy/target/envoy.jar").toString(), home.toString()));
    return command;
  }

  /** Where the launcher's archive is. */
  static Path archive(Path home) {
    return home.resolve("envoy/target/envoy.jsa");
  }

  /** Where a module's cache is, for its jar and its libraries as they are. */
  static Path cache(Path home, String module) {
    Path target = target(home, module);
    var build = new CRC32();
    build.update(look(target.resolve(module + ".jar")).getBytes(UTF_8));
    try (Stream<Path> libraries = Files.list(target.resolve("lib"))) {
      libraries.sorted().forEach(library -> build.update(look(library).getBytes(UTF_8)));
    } catch (IOException _) {
      build.update(0);
    }
    return target.resolve("%s-%08x.aot".formatted(module, build.getValue()));
  }

  /** Removes a module's caches, which a build leaves behind. */
  static void forget(Path home, String module) throws IOException {
    Path target = target(home, module);
    if (!Files.isDirectory(target)) {
      return;
    }
    try (DirectoryStream<Path> caches = Files.newDirectoryStream(target, module + "*.aot")) {
      for (Path cache : caches) {
        Files.delete(cache);
      }
    }
  }

  private static Path target(Path home, String module) {
    return home.resolve(module).resolve("target");
  }

  /** By what a file is known from another one of its name, without reading it. */
  private static String look(Path file) {
    try {
      return file.getFileName()
          + " "
          + Files.size(file)
          + " "
          + Files.getLastModifiedTime(file).toMillis();
    } catch (IOException _) {
      return file.getFileName() + " is not there";
    }
  }

  private static List<String> command(
      Path home, String module, int heapMib, Path logs, List<String> start) {
    var command = new ArrayList<String>();
    command.add(JAVA);
    command.add("-Xmx" + heapMib + "m");
    command.addAll(
        heapMib > LARGE_MIB
            ? List.of(
                "-Xms32m",
                "-XX:+UseG1GC",
                "-XX:MaxGCPauseMillis=10",
                // It would look for classes to unload in each remark, for tens of milliseconds.
                "-XX:-ClassUnloadingWithConcurrentMark",
                "-XX:G1PeriodicGCInterval=30000")
            : List.of("-XX:+UseSerialGC"));
    command.add("-XX:+UseCompactObjectHeaders");
    command.add("-XX:TrimNativeHeapInterval=10000");
    command.addAll(start);
    command.addAll(
        List.of(
            // A cache that does not fit is no news to whoever reads the logs.
            "-Xlog:aot=off",
            "-Xlog:cds=off",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:ErrorFile=" + logs.resolve(module + "-crash.log"),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-jar",
            target(home, module).resolve(module + ".jar").toString()));
    return command;
  }
}
