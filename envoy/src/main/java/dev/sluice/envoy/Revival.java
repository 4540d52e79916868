package dev.sluice.envoy;

import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Starts parts anew that have died: after 100 ms, then after twice as long each time up to 5 s. One
 * that had run for a minute begins at 100 ms again. No part waits for another.
 */
final class Revival {
  private static final Duration FIRST = Duration.ofMillis(100);
  private static final Duration LONGEST = Duration.ofSeconds(5);
  private static final Duration STEADY = Duration.ofMinutes(1);

  private final Map<Part, String> marks;
  private final Consumer<String> say;
  private final Map<Part, Wait> waits = new HashMap<>();

  private record Wait(int count, Duration pause, long dueNanos, boolean waiting) {}

  /**
   * Parts with the mark that each is started with.
   *
   * @param say gets a line for every death
   */
  Revival(Map<Part, String> marks, Consumer<String> say) {
    this.marks = Map.copyOf(marks);
    this.say = say;
  }

  /** Looks at all of them once, and starts those whose time has come. */
  void look(List<Part> parts, long nowNanos) throws IOException {
    for (Part part : parts) {
      if (part.alive()) {
        continue;
      }
      Wait wait = waits.get(part);
      if (wait == null || !wait.waiting()) {
        boolean afresh = wait == null || part.age().compareTo(STEADY) > 0;
        Duration pause = wait == null || afresh ? FIRST : shorter(wait.pause().multipliedBy(2));
        int count = wait == null ? 1 : wait.count() + 1;
        waits.put(part, new Wait(count, pause, nowNanos + pause.toNanos(), true));
        say.accept(
            "%s ended with status %d; restart %d in %d ms"
                .formatted(part.name(), part.status(), count, pause.toMillis()));
      } else if (nowNanos - wait.dueNanos() >= 0) {
        waits.put(part, new Wait(wait.count(), wait.pause(), wait.dueNanos(), false));
        var _ = part.start(marks.getOrDefault(part, ""));
      }
    }
  }

  private static Duration shorter(Duration pause) {
    return pause.compareTo(LONGEST) < 0 ? pause : LONGEST;
  }
}
