package dev.sluice.conversation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A whole answer.
 *
 * @param id the provider's; empty: none
 * @param model as the provider names it; empty: not said
 * @param sequence the stop sequence that it came to; null: none
 * @param extra null: none
 */
public record Response(
    String id,
    String model,
    List<Block> blocks,
    Stop stop,
    @Nullable String sequence,
    Usage usage,
    @Nullable Extra extra) {
  /** Copies the list. */
  public Response {
    blocks = List.copyOf(blocks);
  }
}
