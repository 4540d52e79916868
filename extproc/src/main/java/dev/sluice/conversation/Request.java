package dev.sluice.conversation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A whole request for an answer, in the words of no protocol.
 *
 * @param turns in order; system and developer turns stand where they were said
 * @param choice null: not said
 * @param parallelCalls whether several tools may be called at once; null: not said
 * @param output what kind of answer is wanted
 * @param reasoning null: not said
 * @param terms for whom and how
 * @param extra fields of the request that the model does not know; null: none
 */
public record Request(
    List<Turn> turns,
    List<Tool> tools,
    @Nullable ToolChoice choice,
    @Nullable Boolean parallelCalls,
    Sampling sampling,
    Output output,
    @Nullable Reasoning reasoning,
    Terms terms,
    @Nullable Extra extra) {
  /** Copies the lists. */
  public Request {
    turns = List.copyOf(turns);
    tools = List.copyOf(tools);
  }

  /** The same request with another word on thinking. */
  public Request thinking(Reasoning other) {
    return new Request(turns, tools, choice, parallelCalls, sampling, output, other, terms, extra);
  }
}
