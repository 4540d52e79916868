package dev.sluice.conversation;

import org.jspecify.annotations.Nullable;

/** What shape the answer's text must have. */
public sealed interface Format {
  /** Text as it comes. */
  record Free() implements Format {}

  /** Some JSON object. */
  record AnyJson() implements Format {}

  /**
   * JSON that follows a schema.
   *
   * @param name null: none
   * @param description null: none
   * @param schema a JSON Schema as JSON text
   * @param strict whether it must follow it exactly; null: not said
   */
  record Schema(
      @Nullable String name, @Nullable String description, String schema, @Nullable Boolean strict)
      implements Format {}
}
