package dev.sluice.envoy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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

  /** As much as a pipe holds. */
  private static final int PIPE = 64 << 10;

  private final String name;
  private final List<String> command;
  private final Path log;
  private final Tail last = new Tail();
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

  /** As much at once as there is: a busy gateway says a thousand lines a second. */
  private void copy(Process from, String mark, CompletableFuture<String> ready) {
    var some = new byte[PIPE];
    int length = 0;
    try (var in = from.getInputStream();
        var file = new LogFile(log, MAX_LOG)) {
      for (int more = in.read(some); more >= 0; more = in.read(some, length, PIPE - length)) {
        length += more;
        int whole = wholeLines(some, length);
        take(file, some, whole, mark, ready);
        length -= whole;
        System.arraycopy(some, whole, some, 0, length);
      }
      if (length > 0) {
        some[length] = '\n';
        take(file, some, length + 1, mark, ready);
      }
    } catch (IOException e) {
      byte[] why = (e.getMessage() + "\n").getBytes(StandardCharsets.UTF_8);
      last.add(why, why.length);
    }
    ready.completeExceptionally(new IOException(name + " ended"));
  }

  /** How many bytes are whole lines; all of them where one line is longer than that. */
  private static int wholeLines(byte[] some, int length) {
    for (int end = length; end > 0; end--) {
      if (some[end - 1] == '\n') {
        return end;
      }
    }
    return length == some.length ? length : 0;
  }

  private void take(
      LogFile file, byte[] lines, int length, String mark, CompletableFuture<String> ready) {
    if (length == 0) {
      return;
    }
    file.write(lines, length);
    last.add(lines, length);
    if (!ready.isDone()) {
      new String(lines, 0, length, StandardCharsets.UTF_8)
          .lines()
          .filter(line -> line.contains(mark))
          .findFirst()
          .ifPresent(ready::complete);
    }
  }

  /** What it said last. */
  List<String> last() {
    return last.lines();
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

  /** The end of what a process said. */
  private static final class Tail {
    private final byte[] bytes = new byte[PIPE / 4];
    private int length;

    synchronized void add(byte[] more, int count) {
      int fresh = Math.min(count, bytes.length);
      int kept = Math.min(length, bytes.length - fresh);
      System.arraycopy(bytes, length - kept, bytes, 0, kept);
      System.arraycopy(more, count - fresh, bytes, kept, fresh);
      length = kept + fresh;
    }

    /** The last {@value #KEPT_LINES} lines at most; the first of them may be cut. */
    synchronized List<String> lines() {
      List<String> all = new String(bytes, 0, length, StandardCharsets.UTF_8).lines().toList();
      return all.subList(Math.max(0, all.size() - KEPT_LINES), all.size());
    }
  }
}
