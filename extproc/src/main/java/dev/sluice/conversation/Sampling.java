package dev.sluice.conversation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How tokens are drawn and when they end. Numbers are JSON lexemes; null: not said.
 *
 * @param maxTokens of the answer
 * @param stop sequences that end it
 * @param candidates how many answers
 * @param logprobs whether each token's likelihood is told
 * @param topLogprobs how many of the likeliest tokens at each place
 */
public record Sampling(
    @Nullable Long maxTokens,
    @Nullable String temperature,
    @Nullable String topP,
    @Nullable Long topK,
    List<String> stop,
    @Nullable String seed,
    @Nullable String presencePenalty,
    @Nullable String frequencyPenalty,
    @Nullable Long candidates,
    @Nullable Boolean logprobs,
    @Nullable Long topLogprobs) {
  /** Copies the list. */
  public Sampling {
    stop = List.copyOf(stop);
  }
}
