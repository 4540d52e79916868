package dev.sluice.console;

import io.micronaut.http.HttpParameters;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The parameters of a question, each at most once. What is wrong is said in a sentence. */
final class Questions {
  private static final int LONGEST = 1_024;

  private final HttpParameters parameters;

  /**
   * Takes the parameters of a request.
   *
   * @throws IllegalArgumentException one is not among the known
   */
  Questions(HttpParameters parameters, Collection<String> known) {
    this.parameters = parameters;
    for (String name : parameters.names()) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "there is no parameter "
                + (name.length() > 40 ? name.substring(0, 40) + "…" : name)
                + "; known here: "
                + String.join(", ", known.stream().sorted().toList())
                + ".");
      }
    }
  }

  /** A text; null: it is not said. */
  @Nullable String text(String name) {
    List<String> values = parameters.getAll(name);
    if (values.size() > 1) {
      throw new IllegalArgumentException(name + " stands there twice.");
    }
    if (values.isEmpty() || values.getFirst().isEmpty()) {
      return null;
    }
    if (values.getFirst().length() > LONGEST) {
      throw new IllegalArgumentException(name + " has more than " + LONGEST + " characters.");
    }
    return values.getFirst();
  }

  /** Words with commas between. */
  List<String> words(String name) {
    String text = text(name);
    return text == null ? List.of() : Arrays.stream(text.split(",", -1)).distinct().toList();
  }

  /** A whole number; null: it is not said. */
  @Nullable Integer number(String name) {
    String text = text(name);
    try {
      return text == null ? null : Integer.valueOf(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(name + " must be a whole number.", e);
    }
  }

  /** A time, or the beginning of a day of UTC. */
  Instant time(String name, Instant otherwise) {
    String text = text(name);
    if (text == null) {
      return otherwise;
    }
    try {
      return text.length() == 10
          ? LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant()
          : Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(
          name + " must be a time, such as 2026-12-01T08:00:00Z or 2026-12-01.", e);
    }
  }
}
