package dev.sluice.examples.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a result was measured on. */
final class Machine {
  private Machine() {}

  static Map<String, String> facts(Path home, double loadBefore) {
    var facts = new LinkedHashMap<String, String>();
    facts.put("when", Instant.now().truncatedTo(ChronoUnit.MINUTES).toString());
    facts.put("commit", commit(home));
    facts.put("cpu", Kernel.said("/proc/cpuinfo", "model name", ":"));
    facts.put("cores", Integer.toString(cores()));
    facts.put(
        "memory",
        Long.parseLong(Kernel.said("/proc/meminfo", "MemTotal", ":").replaceAll("[^0-9]", ""))
                / 1024
            + " MiB");
    facts.put("system", Kernel.said("/etc/os-release", "PRETTY_NAME", "="));
    facts.put("kernel", System.getProperty("os.version").replaceAll("[^0-9.].*", ""));
    facts.put("java", System.getProperty("java.vm.version"));
    facts.put("envoy", "1.40.0");
    facts.put("load average before", "%.2f".formatted(loadBefore));
    return facts;
  }

  /** All of them, not only those that we may use. */
  static int cores() {
    String online = Kernel.said("/sys/devices/system/cpu/online", "", "\n");
    return online.matches("0-\\d+") ? Integer.parseInt(online.substring(2)) + 1 : 1;
  }

  private static String commit(Path home) {
    try {
      return Program.output(
              List.of("git", "-C", home.toString(), "describe", "--always", "--dirty"))
          .strip();
    } catch (IOException e) {
      return "unknown";
    }
  }
}
