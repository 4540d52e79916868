package dev.sluice.envoy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One process of the gateway. It runs in a session of its own, so that Ctrl-C reaches us alone, and
 * dies with us where {@code setpriv} can see to that. Its output goes to a log file.
 */
final class Part {
  private static final int KEPT_LINES = 20;
  private static final long MAX_LOG = 32L << 20;

  private final String name;
  private final List<String> command;
  private final Path log;
  private final Deque<String> last = new ArrayDeque<>();
  private @Nullable Process process;
  private boolean asked;
  private long startedNanos;

  Part(String name, List<String> command, Path logs) {
    this.name = name;
    this.command = List.copyOf(command);
    this.log = logs.resolve(name + ".log");
  }

  String name() {
    return name;
  }

  /**
   * Starts it. The future holds the first line that contains {@code mark}; it fails where it ends
   * before.
   */
  CompletableFuture<String> start(String mark) throws IOException {
    var ready = new CompletableFuture<String>();
    var full = new ArrayList<String>();
    if (Files.isExecutable(Path.of("/usr/bin/setpriv"))
        && Files.isExecutable(Path.of("/usr/bin/setsid"))) {
      full.addAll(List.of("/usr/bin/setpriv", "--pdeathsig", "KILL", "--", "/usr/bin/setsid"));
    }
    full.addAll(command);
    var builder = new ProcessBuilder(full).redirectErrorStream(true);
    // Else glibc keeps freed memory for each of many threads.
    builder.environment().putIfAbsent("MALLOC_ARENA_MAX", "2");
    Process started = builder.start();
    started.getOutputStream().close();
    process = started;
    asked = false;
    startedNanos = System.nanoTime();
    Thread.ofPlatform().daemon().name(name + "-log").start(() -> copy(started, mark, ready));
    return ready;
  }

  private void copy(Process from, String mark, CompletableFuture<String> ready) {
    try (var lines = from.inputReader(StandardCharsets.UTF_8);
        var file = new LogFile(log, MAX_LOG)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        file.write(line);
        remember(line);
        if (line.contains(mark)) {
          ready.complete(line);
        }
      }
    } catch (IOException e) {
      remember(String.valueOf(e.getMessage()));
    }
    ready.completeExceptionally(new IOException(name + " ended"));
  }

  private synchronized void remember(String line) {
    last.addLast(line);
    if (last.size() > KEPT_LINES) {
      last.removeFirst();
    }
  }

  /** What it said last. */
  synchronized List<String> last() {
    return List.copyOf(last);
  }

  boolean alive() {
    Process now = process;
    return now != null && now.isAlive();
  }

  /** Its exit status; -1 while it runs. */
  int status() {
    Process now = process;
    return now == null || now.isAlive() ? -1 : now.exitValue();
  }

  /** How long ago it was started. */
  Duration age() {
    return Duration.ofNanos(System.nanoTime() - startedNanos);
  }

  /** Asks it to end, once, and does not wait for that. */
  void ask() {
    Process now = process;
    if (now != null && !asked) {
      asked = true;
      // Process.destroy() would also close the pipe to which it may still have something to say.
      now.toHandle().destroy();
    }
  }

  /** Ends it, by force where it does not end in time. */
  void stop(Duration patience) throws InterruptedException {
    Process now = process;
    if (now != null && now.isAlive()) {
      ask();
      if (!now.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
        now.destroyForcibly();
        now.waitFor();
      }
    }
  }
}
