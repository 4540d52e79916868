package dev.sluice.conversation;

import org.jspecify.annotations.Nullable;

/** Something that the model may call. */
public sealed interface Tool {
  /**
   * A function of the client's.
   *
   * @param description null: none
   * @param schema the JSON Schema of its arguments, as JSON text; null: none given
   * @param strict whether the arguments must follow the schema; null: not said
   */
  record Function(
      String name,
      @Nullable String description,
      @Nullable String schema,
      @Nullable Boolean strict,
      @Nullable CacheMark cache,
      @Nullable Extra extra)
      implements Tool {}

  /**
   * A tool of the client's that takes plain text.
   *
   * @param description null: none
   * @param format the grammar of that text, {@code {type, syntax, definition}} as Responses writes
   *     it, as JSON text; null: any text
   */
  record Custom(
      String name, @Nullable String description, @Nullable String format, @Nullable Extra extra)
      implements Tool {}

  /**
   * A tool that its own protocol defines.
   *
   * @param raw its JSON text
   */
  record Native(Origin origin, String raw) implements Tool {}
}
