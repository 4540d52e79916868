package dev.sluice.examples.bench;

import dev.sluice.envoy.EnvoyBinary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The measurements, as the scripts of {@code examples/bench} call them. The first argument is the
 * project's folder, the second what to measure.
 */
public final class Bench {
  private static final int WRONG = 2;

  private Bench() {}

  /** Measures; exits with 2 where something on the machine has to change. */
  public static void main(String[] arguments) {
    Locale.setDefault(Locale.ROOT);
    try {
      run(new ArrayList<>(List.of(arguments)));
      System.exit(0);
    } catch (IOException | IllegalArgumentException e) {
      System.err.println("bench: " + e.getMessage());
      System.exit(WRONG);
    }
  }

  private static void run(List<String> arguments) throws IOException {
    Path home = Path.of(arguments.removeFirst()).toAbsolutePath();
    String command = arguments.removeFirst();
    if (command.equals("compare")) {
      if (arguments.size() != 2) {
        throw new IllegalArgumentException("compare needs two files: compare BEFORE AFTER");
      }
      System.out.print(
          new Change(Path.of(arguments.getFirst()), Path.of(arguments.getLast())).text());
      return;
    }
    Path work = Files.createTempDirectory("sluice-bench");
    try {
      measure(home, command, new Options(arguments), work);
    } catch (IOException | RuntimeException e) {
      if (!work.toFile().delete()) {
        say("what the gateway wrote is in " + work);
      }
      throw e;
    }
    remove(work);
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }

  private static void measure(Path home, String command, Options options, Path work)
      throws IOException {
    Path envoy = EnvoyBinary.find(System.getenv(), home.resolve(".cache"));
    var page = new Page(home, options.flag("--keep"));
    double load = Kernel.load();
    var anywhere = new Gate.Place(home, work, envoy, -1);
    switch (command) {
      case "run" -> {
        boolean quick = options.flag("--quick");
        boolean peers = options.flag("--peers");
        Pattern only = Pattern.compile(options.value("--only", ".*"));
        options.done();
        if (Machine.cores() < 2) {
          throw new IllegalArgumentException(
              "one core is for the gateways and another one for load and provider; there is but"
                  + " one.");
        }
        var place = new Gate.Place(home, work, envoy, 0);
        try (var comparison =
            new Comparison(
                place,
                quick
                    ? Comparison.Settings.quick(peers, only)
                    : Comparison.Settings.usual(peers, only))) {
          new Report(comparison.run(), Machine.facts(home, load)).write(page);
        }
      }
      case "live" -> {
        var live =
            new Live(
                options.value("--model", "messages"),
                options.number("--streams", 10_000),
                options.number("--lifetime", 30),
                options.number("--seconds", 60));
        options.done();
        tell(page, live.name(), load, live.run(anywhere));
      }
      case "steady" -> {
        var steady = new Steady(options.number("--rate", 1000), options.number("--seconds", 300));
        options.done();
        tell(page, command, load, steady.run(anywhere));
      }
      case "large" -> {
        var large =
            new Large(
                options.number("--bodies", 20),
                options.number("--mebibytes", 5),
                options.number("--rounds", 5));
        options.done();
        tell(page, command, load, large.run(anywhere));
      }
      case "starting" -> {
        var starting = new Starting(options.number("--times", 5));
        options.done();
        tell(page, command, load, starting.run(anywhere));
      }
      case "profile" -> {
        var profile =
            new Profile(
                options.value("--model", "messages"),
                Work.valueOf(options.value("--work", "burst").toUpperCase(Locale.ROOT)),
                options.number("--seconds", 15));
        options.done();
        tell(page, profile.name(), load, profile.run(new Gate.Place(home, work, envoy, 0)));
      }
      default -> throw new IllegalArgumentException("there is no measurement " + command);
    }
  }

  private static void tell(Page page, String name, double load, String result) throws IOException {
    var facts = new StringBuilder();
    Machine.facts(page.home(), load)
        .forEach(
            (fact, value) -> facts.append(facts.isEmpty() ? "" : ", ").append(fact + " " + value));
    page.put(name, result + "\n" + facts + "\n");
  }

  static void say(String what) {
    System.err.println("bench: " + what);
  }

  static void sleep(Duration time) {
    long end = System.nanoTime() + time.toNanos();
    for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
      if (Thread.interrupted()) {
        throw new IllegalStateException("interrupted");
      }
    }
  }
}
