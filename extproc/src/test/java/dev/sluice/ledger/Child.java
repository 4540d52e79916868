package dev.sluice.ledger;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** A {@link Scribe} in a process of its own. */
final class Child implements AutoCloseable {
  private final Process process;
  private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();
  private final Thread reading;
  private volatile long kept;
  private volatile long lost;
  private volatile String trouble = "null";

  Child(Path folder, long first, int perSecond, int waiting) throws IOException {
    kept = first - 1;
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                // What DuckDB unpacks is gone with the folder, not left behind by a kill.
                "-Djava.io.tmpdir=" + folder,
                "-Dlogback.configurationFile=silent.xml",
                "-cp",
                System.getProperty("java.class.path"),
                Scribe.class.getName(),
                folder.toString(),
                Long.toString(first),
                Integer.toString(perSecond),
                Integer.toString(waiting)));
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    reading = Thread.ofPlatform().daemon().start(this::read);
  }

  private void read() {
    try (BufferedReader out = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        String[] words = line.split(" ", 3);
        switch (words[0]) {
          case "kept" -> kept = Long.parseLong(words[1]);
          case "state" -> {
            lost = Long.parseLong(words[1]);
            trouble = words[2];
          }
          default -> lines.add(line);
        }
      }
    } catch (IOException _) {
      // It has been killed.
    }
  }

  /** The last of the records that must not be lost any more. */
  long kept() {
    return kept;
  }

  long lost() {
    return lost;
  }

  String trouble() {
    return trouble;
  }

  long pid() {
    return process.pid();
  }

  /** The next line that begins so. */
  String line(String with) throws InterruptedException {
    for (String line = lines.poll(60, TimeUnit.SECONDS);
        line != null;
        line = lines.poll(60, TimeUnit.SECONDS)) {
      if (line.startsWith(with)) {
        return line;
      }
    }
    throw new AssertionError("there is no line that begins with " + with);
  }

  /** Waits until the child says so. */
  void until(Predicate<Child> what) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (!what.test(this)) {
      if (System.nanoTime() > end || !process.isAlive()) {
        throw new AssertionError("it is not so: lost " + lost + ", trouble " + trouble);
      }
      Thread.sleep(10);
    }
  }

  /** Ends the writing; what it says at the end. */
  String stop() throws IOException, InterruptedException {
    try (Writer in = process.outputWriter(StandardCharsets.UTF_8)) {
      in.write("stop\n");
    }
    return line("done");
  }

  /** {@code kill -9}. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
    reading.join(5_000);
  }

  @Override
  public void close() {
    process.destroyForcibly();
  }
}
