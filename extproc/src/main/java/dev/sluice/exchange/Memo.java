package dev.sluice.exchange;

import dev.sluice.conversation.Usage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is known of an attempt when the client gets its answer, written down with Envoy for a
 * process that comes later.
 *
 * @param outcome what becomes of the request, such as {@code released}
 * @param status the provider's
 * @param firstMicros from the attempt's begin to its first token
 * @param lagMicros from its stream's begin to its own
 * @param prompt about how many tokens its prompt has; -1: it is not paid for
 * @param pace how its bytes become tokens
 */
record Memo(String outcome, int status, long firstMicros, long lagMicros, long prompt, Pace pace) {
  private static final int PARTS = 8;

  /** As one line that {@link #of} reads. */
  String written() {
    return (outcome + ' ' + status + ' ' + firstMicros + ' ' + lagMicros + ' ' + prompt + ' ')
        + (pace.bytes() + " " + pace.content() + " " + pace.events());
  }

  /**
   * Reads what {@link #written} wrote.
   *
   * @throws IOException it did not
   */
  static Memo of(String line) throws IOException {
    List<String> parts = List.of(line.split(" ", -1));
    if (parts.size() != PARTS) {
      throw new IOException("this is no memo");
    }
    List<Long> numbers = numbers(parts.subList(1, PARTS));
    return new Memo(
        parts.getFirst(),
        Math.toIntExact(numbers.get(0)),
        numbers.get(1),
        numbers.get(2),
        numbers.get(3),
        Pace.of(numbers.get(4), numbers.get(5), Math.toIntExact(numbers.get(6))));
  }

  /**
   * What an attempt used, as one line that {@link #usage} and {@link #pictures} read.
   *
   * @param pictures how many it made
   */
  static String written(Usage usage, int pictures) {
    return String.join(
        " ",
        Long.toString(usage.input()),
        Long.toString(usage.cacheRead()),
        Long.toString(usage.cacheWrite()),
        Long.toString(usage.output()),
        written(usage.reasoning()),
        written(usage.cacheWriteHour()),
        written(usage.audioInput()),
        written(usage.audioOutput()),
        Integer.toString(pictures));
  }

  private static String written(@Nullable Long count) {
    return Long.toString(count == null ? -1 : count);
  }

  /**
   * Reads what {@link #written(Usage, int)} wrote, by this version or one that knew no pictures.
   *
   * @throws IOException it did not
   */
  static Usage usage(String line) throws IOException {
    List<Long> counts = numbers(List.of(line.split(" ", -1)));
    if (counts.size() < PARTS) {
      throw new IOException("this is no usage");
    }
    return new Usage(
        counts.get(0),
        counts.get(1),
        counts.get(2),
        counts.get(3),
        said(counts.get(4)),
        said(counts.get(5)),
        said(counts.get(6)),
        said(counts.get(7)),
        null);
  }

  /**
   * How many pictures it made, likewise.
   *
   * @throws IOException it is no such line
   */
  static int pictures(String line) throws IOException {
    List<Long> counts = numbers(List.of(line.split(" ", -1)));
    return counts.size() > PARTS ? Math.toIntExact(counts.get(PARTS)) : 0;
  }

  private static @Nullable Long said(long count) {
    return count < 0 ? null : count;
  }

  private static List<Long> numbers(List<String> texts) throws IOException {
    var numbers = new ArrayList<Long>();
    try {
      for (String text : texts) {
        numbers.add(Long.parseLong(text));
      }
    } catch (NumberFormatException e) {
      throw new IOException("'" + String.join(" ", texts) + "' are no numbers", e);
    }
    return numbers;
  }
}
