package dev.sluice.conversation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A whole answer.
 *
 * @param id the provider's; empty: none
 * @param model as the provider names it; empty: not said
 * @param sequence the stop sequence that it came to; null: none
 * @param likelihoods of its tokens, in order; empty: not said
 * @param tier how soon it was served, in the provider's word; null: not said
 * @param losses what the reader found no word for
 * @param extra null: none
 */
public record Response(
    String id,
    String model,
    List<Block> blocks,
    Stop stop,
    @Nullable String sequence,
    Usage usage,
    List<Likelihood> likelihoods,
    @Nullable String tier,
    List<Loss> losses,
    @Nullable Extra extra) {
  /** Copies the lists. */
  public Response {
    blocks = List.copyOf(blocks);
    likelihoods = List.copyOf(likelihoods);
    losses = List.copyOf(losses);
  }

  /** The same answer with other blocks. */
  public Response with(List<Block> others) {
    return new Response(id, model, others, stop, sequence, usage, likelihoods, tier, losses, extra);
  }
}
