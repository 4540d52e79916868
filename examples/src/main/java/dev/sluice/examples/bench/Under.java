package dev.sluice.examples.bench;

import dev.sluice.examples.simulator.Dialect;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The gateway under load, with its providers: what every measurement but the comparison needs. */
final class Under implements AutoCloseable {
  /** How much longer than its CPU time a warm-up may take. */
  private static final long PATIENCE = 12;

  /** {@code GC(3) Pause Young (Normal) (G1 Evacuation Pause) 30M->5M(1024M) 3.456ms}. */
  private static final Pattern PAUSE = Pattern.compile("Pause .* ([0-9.]+)ms");

  private static final long WINDOW_MILLIS = 1500;

  /** Compilers that take a smaller share than this have done most of their work. */
  private static final double COMPILED = 0.05;

  private static final int MOST_ROUNDS = 20;

  private final EventLoopGroup providers = Loops.one("provider");
  private final EventLoopGroup clients = Loops.one("load");
  private final Gate gate;

  Under(Gate.Place place) throws IOException {
    new Upstream(Dialect.CHAT, Gate.CHAT, providers);
    new Upstream(Dialect.MESSAGES, Gate.MESSAGES, providers);
    new Upstream(Dialect.GEMINI, Gate.GEMINI, providers);
    gate = Gate.sluice(place);
    Bench.say("the gateway is ready after %d ms".formatted(gate.readyMillis()));
  }

  Gate gate() {
    return gate;
  }

  Program program() {
    Program running = gate.program();
    if (running == null) {
      throw new IllegalStateException("it was started");
    }
    return running;
  }

  EventLoop clients() {
    return clients.next();
  }

  /** A client's request for a model of {@code sluice.yaml}. */
  static Question question(String model, Order order) {
    return question(model, order, 0);
  }

  static Question question(String model, Order order, int imageBytes) {
    return Question.of(
        model.equals("gemini") ? Dialect.RESPONSES : Dialect.CHAT,
        model,
        Gate.bearer(),
        order,
        imageBytes);
  }

  /** Until the JIT has seen it all: so much CPU time of extproc at least. */
  void warm(Question question, Duration cpu) {
    Bench.say("warming up for " + cpu.toSeconds() + " s of CPU time");
    try (var _ =
        Load.closed(clients(), new Lines.Separate(clients(), gate.address()), question, 8)) {
      warm(program(), cpu);
    }
  }

  /**
   * Waits until a program has used so much CPU time and, where it is Java, until its compilers have
   * little left to do; but not for ever.
   */
  static void warm(Program program, Duration cpu) {
    long began = System.nanoTime();
    long used = used(program);
    Map<String, Long> before = threads(program);
    while (System.nanoTime() - began < PATIENCE * cpu.toNanos()) {
      Bench.sleep(Duration.ofMillis(WINDOW_MILLIS));
      Map<String, Long> now = threads(program);
      if (used(program) - used >= cpu.toNanos() && compiling(before, now) < COMPILED) {
        return;
      }
      before = now;
    }
  }

  /**
   * Repeats work until the compilers of extproc and of this process, which is load and provider,
   * have little left to do; but not for ever.
   */
  void warm(Runnable work) {
    long self = ProcessHandle.current().pid();
    for (int round = 0; round < MOST_ROUNDS; round++) {
      Map<String, Long> theirs = threads(program());
      Map<String, Long> ours = Kernel.threads(self);
      work.run();
      if (compiling(theirs, threads(program())) < COMPILED
          && compiling(ours, Kernel.threads(self)) < COMPILED) {
        return;
      }
    }
  }

  private static Map<String, Long> threads(Program program) {
    List<Long> extproc = program.parts().getOrDefault("extproc", List.of());
    return extproc.isEmpty() ? Map.of() : Kernel.threads(extproc.getFirst());
  }

  /** The share of the compilers in what all threads have used in between. */
  private static double compiling(Map<String, Long> before, Map<String, Long> now) {
    double compilers = 0;
    double all = 1;
    for (Map.Entry<String, Long> each : now.entrySet()) {
      long used = each.getValue() - before.getOrDefault(each.getKey(), 0L);
      all += used;
      if (each.getKey().contains("Compiler")) {
        compilers += used;
      }
    }
    return compilers / all;
  }

  private static long used(Program program) {
    Map<String, Long> cpu = program.cpu();
    Long extproc = cpu.get("extproc");
    return extproc == null ? cpu.values().stream().mapToLong(Long::longValue).sum() : extproc;
  }

  long extproc() {
    return program().parts().getOrDefault("extproc", List.of(0L)).getFirst();
  }

  /** Asks the JVM of extproc for something. */
  String jcmd(String... words) throws IOException {
    var command =
        new java.util.ArrayList<String>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                Long.toString(extproc())));
    command.addAll(List.of(words));
    return Program.output(command);
  }

  /** From now on extproc's collections are written down, in the file that is given back. */
  Path collections(Gate.Place place) throws IOException {
    Path log = place.work().resolve("gc.log");
    jcmd("VM.log", "output=" + log, "what=gc", "decorators=uptime");
    return log;
  }

  /** The pauses in such a file in milliseconds, the shortest first. */
  static double[] pauses(Path log) throws IOException {
    return Files.readAllLines(log).stream()
        .map(PAUSE::matcher)
        .filter(Matcher::find)
        .mapToDouble(found -> Double.parseDouble(found.group(1)))
        .sorted()
        .toArray();
  }

  /** Resident memory in MiB, by process. */
  Map<String, Long> resident() {
    var memory = new java.util.TreeMap<String, Long>();
    program().resident().forEach((part, kib) -> memory.put(part, kib / 1024));
    return memory;
  }

  @Override
  public void close() {
    gate.close();
    var _ = providers.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    var _ = clients.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }
}
