package dev.sluice.conversation;

import org.jspecify.annotations.Nullable;

/**
 * Tokens, each counted in exactly one of {@code input}, {@code cacheRead}, {@code cacheWrite} and
 * {@code output}.
 *
 * @param input of the prompt, neither read from a cache nor written to one
 * @param output of the answer, thinking included
 * @param reasoning the part of {@code output} that was thinking; null: not said
 * @param extra null: none
 */
public record Usage(
    long input,
    long cacheRead,
    long cacheWrite,
    long output,
    @Nullable Long reasoning,
    @Nullable Extra extra) {
  /** Nothing used. */
  public static final Usage NONE = new Usage(0, 0, 0, 0, null, null);

  /** The whole prompt. */
  public long prompt() {
    return input + cacheRead + cacheWrite;
  }
}
