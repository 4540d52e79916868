package dev.sluice.examples.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

/**
 * Where extproc's CPU time goes for one work: JFR's samples by the clock of each thread's CPU time,
 * native code included.
 *
 * @param model of {@code sluice.yaml}
 * @param work what is asked for: as fast as it goes, or, paced, as the comparison asks it
 * @param seconds how long
 */
record Profile(String model, Work work, int seconds) {
  private static final int SHOWN = 25;
  private static final int LIVE = 8;

  /** Whose a frame is, by the first of these that its class begins with. */
  private static final List<String> OWNERS =
      List.of(
          "dev.sluice.wire",
          "dev.sluice.protocol",
          "dev.sluice.conversation",
          "dev.sluice.exchange",
          "dev.sluice.routing",
          "dev.sluice.history",
          "dev.sluice.ledger",
          "dev.sluice",
          "com.fasterxml.jackson",
          "com.google.protobuf",
          "io.envoyproxy",
          "io.grpc",
          "io.netty",
          "ch.qos.logback",
          "org.slf4j");

  /** Of its result. */
  String name() {
    return "profile-" + work.name().toLowerCase(java.util.Locale.ROOT) + "-" + model;
  }

  String run(Gate.Place place) throws IOException {
    try (var under = new Under(place)) {
      Question question = Under.question(model, work.order());
      Work often = work.fixed() ? Work.BURST : work;
      under.warm(Under.question(model, often.order()), Duration.ofSeconds(15));
      Path file = place.work().resolve("profile.jfr");
      var lines = new Lines.Separate(under.clients(), under.gate().address());
      try (var load =
          work.fixed()
              ? Load.fixed(under.clients(), lines, question, Comparison.PACED_RATE)
              : Load.closed(under.clients(), lines, question, LIVE)) {
        under.jcmd(
            "JFR.start",
            "name=bench",
            "settings=none",
            "+jdk.CPUTimeSample#enabled=true",
            "+jdk.CPUTimeSample#stackTrace=true",
            "+jdk.CPUTimeSample#throttle=1ms");
        Map<String, Long> before = under.program().cpu();
        Map<String, Long> idle = Kernel.threads(under.extproc());
        load.begin();
        Bench.sleep(Duration.ofSeconds(seconds));
        Load.Tally tally = load.end();
        Map<String, Long> after = under.program().cpu();
        var threads = new TreeMap<>(Kernel.threads(under.extproc()));
        threads.replaceAll((name, nanos) -> nanos - idle.getOrDefault(name, 0L));
        under.jcmd("JFR.dump", "name=bench", "filename=" + file);
        under.jcmd("JFR.stop", "name=bench");
        return text(file, tally, before, after, threads);
      }
    }
  }

  private String text(
      Path file,
      Load.Tally tally,
      Map<String, Long> before,
      Map<String, Long> after,
      Map<String, Long> threads)
      throws IOException {
    var self = new TreeMap<String, Integer>();
    var owners = new TreeMap<String, Integer>();
    var ours = new TreeMap<String, Integer>();
    int samples = 0;
    try (var recording = new RecordingFile(file)) {
      while (recording.hasMoreEvents()) {
        RecordedEvent event = recording.readEvent();
        if (!event.getEventType().getName().equals("jdk.CPUTimeSample")
            || event.getStackTrace() == null
            || event.getStackTrace().getFrames().isEmpty()) {
          continue;
        }
        samples++;
        List<RecordedFrame> frames = event.getStackTrace().getFrames();
        self.merge(name(frames.getFirst()), 1, Integer::sum);
        owners.merge(owner(frames), 1, Integer::sum);
        frames.stream()
            .map(Profile::name)
            .filter(name -> name.startsWith("dev.sluice."))
            .distinct()
            .forEach(name -> ours.merge(name, 1, Integer::sum));
      }
    }
    var cpu = new StringBuilder();
    double units = work.order().stream() ? tally.events() : tally.answers();
    before.forEach(
        (part, nanos) ->
            cpu.append(
                " %s %.1f"
                    .formatted(part, (after.getOrDefault(part, nanos) - nanos) / 1000.0 / units)));
    Files.deleteIfExists(file);
    return """
    %s, %s: %.0f a second; CPU µs each:%s; %d samples of extproc

    ```
    CPU µs each, by extproc's threads (numbers left out of their names)
    %s
    whose code it is (the innermost of these packages on the stack)
    %s
    innermost methods
    %s
    our methods, with all that they call
    %s```
    """
        .formatted(
            model,
            work.name().toLowerCase(java.util.Locale.ROOT),
            units / tally.seconds(),
            cpu,
            samples,
            spent(threads, units),
            top(owners, samples),
            top(self, samples),
            top(ours, samples));
  }

  private static String owner(List<RecordedFrame> frames) {
    for (RecordedFrame frame : frames) {
      String name = name(frame);
      for (String owner : OWNERS) {
        if (name.startsWith(owner)) {
          return owner;
        }
      }
    }
    return "the JDK alone";
  }

  private static String name(RecordedFrame frame) {
    return frame.getMethod().getType().getName() + "." + frame.getMethod().getName();
  }

  private static String spent(Map<String, Long> threads, double units) {
    var text = new StringBuilder();
    threads.entrySet().stream()
        .filter(each -> each.getValue() / 1000.0 / units >= 0.05)
        .sorted(Map.Entry.<String, Long>comparingByValue().reversed())
        .limit(SHOWN)
        .forEach(
            each ->
                text.append(
                    "  %6.1f  %s%n".formatted(each.getValue() / 1000.0 / units, each.getKey())));
    return text.toString();
  }

  private static String top(Map<String, Integer> counts, int all) {
    var text = new StringBuilder();
    counts.entrySet().stream()
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .limit(SHOWN)
        .forEach(
            each ->
                text.append(
                    "  %5.1f %%  %s%n".formatted(100.0 * each.getValue() / all, each.getKey())));
    return text.toString();
  }
}
