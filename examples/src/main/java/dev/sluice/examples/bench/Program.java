package dev.sluice.examples.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;

/** A process that was started to be measured, with those that it started in turn. */
final class Program implements AutoCloseable {
  private static final Duration STOP = Duration.ofSeconds(20);

  private final String name;
  private final Path log;
  private final Process process;

  private Program(String name, Path log, Process process) {
    this.name = name;
    this.log = log;
    this.process = process;
  }

  /**
   * Starts it; it dies with us.
   *
   * @param core the only one that it may use; -1: all
   */
  static Program start(
      String name, int core, Path logs, List<String> command, Map<String, String> environment)
      throws IOException {
    var full = new ArrayList<String>();
    if (Files.isExecutable(Path.of("/usr/bin/setpriv"))) {
      full.addAll(List.of("/usr/bin/setpriv", "--pdeathsig", "TERM", "--"));
    }
    if (core >= 0) {
      full.addAll(List.of("taskset", "-c", Integer.toString(core)));
    }
    full.addAll(command);
    Files.createDirectories(logs);
    Path log = logs.resolve(name + ".log");
    var builder =
        new ProcessBuilder(full)
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    return new Program(name, log, builder.start());
  }

  boolean alive() {
    return process.isAlive();
  }

  /** The last lines that it wrote. */
  String last() {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 5), lines.size()));
    } catch (IOException e) {
      return "";
    }
  }

  /** The process ids by what they are. */
  Map<String, List<Long>> parts() {
    var parts = new TreeMap<String, List<Long>>();
    Stream.concat(Stream.of(process.toHandle()), process.descendants())
        .forEach(each -> parts.computeIfAbsent(part(each), _ -> new ArrayList<>()).add(each.pid()));
    return parts;
  }

  private String part(ProcessHandle of) {
    String command;
    try {
      command =
          Files.readString(Path.of("/proc/" + of.pid() + "/cmdline")).replace('\0', ' ').strip();
    } catch (IOException e) {
      return name;
    }
    for (String jar : List.of("extproc", "xds-server")) {
      if (command.contains("/" + jar + ".jar")) {
        return jar;
      }
    }
    if (command.contains("/envoy.jar")) {
      return "launcher";
    }
    String program = command.contains(" ") ? command.substring(0, command.indexOf(' ')) : command;
    return program.contains("envoy") ? "envoy" : name;
  }

  /** CPU time in nanoseconds so far, by part. */
  Map<String, Long> cpu() {
    return sum(Kernel::cpu);
  }

  /** Resident memory in KiB, by part. */
  Map<String, Long> resident() {
    return sum(Kernel::resident);
  }

  private Map<String, Long> sum(ToLongFunction<Long> of) {
    var sums = new LinkedHashMap<String, Long>();
    parts().forEach((part, pids) -> sums.put(part, pids.stream().mapToLong(of).sum()));
    return sums;
  }

  @Override
  public void close() {
    List<ProcessHandle> children = process.descendants().toList();
    process.destroy();
    try {
      if (!process.waitFor(STOP.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
    }
    children.forEach(ProcessHandle::destroyForcibly);
  }

  /** Runs a command to its end and gives back what it said. */
  static String output(List<String> command) throws IOException {
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(Path.of("/dev/null").toFile())
            .start();
    String said =
        new String(
            process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
    try {
      int status = process.waitFor();
      if (status != 0) {
        throw new IOException(
            String.join(" ", command) + " ended with " + status + ": " + said.strip());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UncheckedIOException(new IOException("interrupted", e));
    }
    return said;
  }
}
