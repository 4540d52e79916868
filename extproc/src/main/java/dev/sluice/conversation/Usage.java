package dev.sluice.conversation;

import org.jspecify.annotations.Nullable;

/**
 * Tokens, each counted in exactly one of {@code input}, {@code cacheRead}, {@code cacheWrite} and
 * {@code output}.
 *
 * @param input of the prompt, neither read from a cache nor written to one
 * @param output of the answer, thinking included
 * @param reasoning the part of {@code output} that was thinking; null: not said
 * @param cacheWriteHour the part of {@code cacheWrite} that is kept for an hour; null: not said
 * @param audioInput the part of the prompt that was sound; null: not said
 * @param audioOutput the part of {@code output} that was sound; null: not said
 * @param extra null: none
 */
public record Usage(
    long input,
    long cacheRead,
    long cacheWrite,
    long output,
    @Nullable Long reasoning,
    @Nullable Long cacheWriteHour,
    @Nullable Long audioInput,
    @Nullable Long audioOutput,
    @Nullable Extra extra) {
  /** Nothing used. */
  public static final Usage NONE = new Usage(0, 0, 0, 0, null, null, null, null, null);

  /** The whole prompt. */
  public long prompt() {
    return input + cacheRead + cacheWrite;
  }
}
