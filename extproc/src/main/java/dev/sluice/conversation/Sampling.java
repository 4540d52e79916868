package dev.sluice.conversation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How tokens are drawn and when they end. Numbers are JSON lexemes; null: not said.
 *
 * @param maxTokens of the answer
 * @param stop sequences that end it
 */
public record Sampling(
    @Nullable Long maxTokens,
    @Nullable String temperature,
    @Nullable String topP,
    @Nullable Long topK,
    List<String> stop) {
  /** Copies the list. */
  public Sampling {
    stop = List.copyOf(stop);
  }
}
