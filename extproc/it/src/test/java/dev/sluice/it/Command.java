package dev.sluice.it;

import dev.sluice.envoy.Jar;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The command line as the {@code sluice} script starts it, from its jar. */
final class Command {
  private static final Path ROOT = Path.of("..", "..").toAbsolutePath().normalize();

  private Command() {}

  /** What it said. */
  record Said(int status, String out, String err) {}

  /** What starts it, with these arguments. */
  static List<String> line(String... arguments) {
    var line = new ArrayList<>(Jar.launcher(ROOT));
    line.addAll(List.of(arguments));
    return line;
  }

  /** Runs it to its end. */
  static Said run(Map<String, String> environment, String... arguments)
      throws IOException, InterruptedException {
    var builder = new ProcessBuilder(line(arguments));
    builder.environment().putAll(environment);
    Process process = builder.start();
    process.getOutputStream().close();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(30, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException("it did not end");
    }
    return new Said(process.exitValue(), out, err);
  }
}
