package dev.sluice.examples.bench;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What Linux says about processes and cores. */
final class Kernel {
  @SuppressWarnings("restricted")
  private static final MethodHandle CLOCK_GETTIME =
      Linker.nativeLinker()
          .downcallHandle(
              Linker.nativeLinker().defaultLookup().findOrThrow("clock_gettime"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));

  private static final int PROCESS_CLOCK = 2;
  private static final long TICK_NANOS = 10_000_000;
  private static final int IDLE = 4;
  private static final int WAIT = 5;

  private Kernel() {}

  /**
   * The CPU time in nanoseconds that a process has used so far, all its threads together; 0 for one
   * that is gone. It is the clock that utime and stime of /proc/PID/stat are rounded from.
   */
  static long cpu(long pid) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment time = arena.allocate(ValueLayout.JAVA_LONG, 2);
      int clock = (~(int) pid << 3) | PROCESS_CLOCK;
      if ((int) CLOCK_GETTIME.invokeExact(clock, time) != 0) {
        return 0;
      }
      return time.getAtIndex(ValueLayout.JAVA_LONG, 0) * 1_000_000_000L
          + time.getAtIndex(ValueLayout.JAVA_LONG, 1);
    } catch (Throwable e) {
      throw new IllegalStateException("clock_gettime", e);
    }
  }

  /** The CPU time in nanoseconds of a process's threads so far, by name without its numbers. */
  static Map<String, Long> threads(long pid) {
    var sums = new TreeMap<String, Long>();
    try (Stream<Path> tasks = Files.list(Path.of("/proc/" + pid + "/task"))) {
      for (Path task : tasks.toList()) {
        add(task, sums);
      }
    } catch (IOException e) {
      return Map.of();
    }
    return sums;
  }

  private static void add(Path task, Map<String, Long> sums) {
    try {
      String name = Files.readString(task.resolve("comm")).replaceAll("[-#]?\\d+", "").strip();
      String spent = Files.readString(task.resolve("schedstat"));
      sums.merge(name, Long.parseLong(spent.substring(0, spent.indexOf(' '))), Long::sum);
    } catch (IOException _) {
      // It ended in between.
    }
  }

  /** The resident memory of a process in KiB; 0 for one that is gone. */
  static long resident(long pid) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
        if (line.startsWith("VmRSS:")) {
          return Long.parseLong(line.replaceAll("[^0-9]", ""));
        }
      }
    } catch (IOException e) {
      return 0;
    }
    return 0;
  }

  /** The time in nanoseconds that a core was not idle so far, whoever used it. */
  static long busy(int core) {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/stat"))) {
        if (line.startsWith("cpu" + core + " ")) {
          List<String> words = List.of(line.trim().split(" +", -1));
          long ticks = 0;
          for (int i = 1; i <= 8 && i < words.size(); i++) {
            if (i != IDLE && i != WAIT) {
              ticks += Long.parseLong(words.get(i));
            }
          }
          return ticks * TICK_NANOS;
        }
      }
    } catch (IOException e) {
      return 0;
    }
    return 0;
  }

  /** One line of a file below /proc or /etc, from after the separator; empty: it has none. */
  static String said(String file, String key, String separator) {
    try {
      for (String line : Files.readAllLines(Path.of(file))) {
        if (line.startsWith(key)) {
          return line.substring(line.indexOf(separator) + 1).trim().replace("\"", "");
        }
      }
    } catch (IOException e) {
      return "";
    }
    return "";
  }

  /** The load average of the last minute. */
  static double load() {
    try {
      String all = Files.readString(Path.of("/proc/loadavg"));
      return Double.parseDouble(all.substring(0, all.indexOf(' ')));
    } catch (IOException e) {
      return Double.NaN;
    }
  }
}
