package dev.sluice.ledger;

/**
 * Tokens by kind. The first four count each token once; the others are parts of them.
 *
 * @param input of the prompt, neither read from a cache nor written to one
 * @param cacheRead of the prompt, read from the provider's cache
 * @param cacheWrite of the prompt, written to the provider's cache
 * @param output of the answer, thinking included
 * @param reasoning the part of {@code output} that was thinking
 * @param audioInput the part of the prompt that was sound
 * @param audioOutput the part of {@code output} that was sound
 * @param image the part of the prompt or of {@code output} that was pictures
 */
public record Tokens(
    long input,
    long cacheRead,
    long cacheWrite,
    long output,
    long reasoning,
    long audioInput,
    long audioOutput,
    long image) {
  /** Nothing used. */
  public static final Tokens NONE = new Tokens(0, 0, 0, 0, 0, 0, 0, 0);

  /** All of them, each once. */
  public long total() {
    return input + cacheRead + cacheWrite + output;
  }
}
