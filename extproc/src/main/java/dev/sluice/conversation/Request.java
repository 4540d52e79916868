package dev.sluice.conversation;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A whole request for an answer, in the words of no protocol.
 *
 * @param origin the protocol that it came in
 * @param turns in order; system and developer turns stand where they were said
 * @param choice null: not said
 * @param parallelCalls whether several tools may be called at once; null: not said
 * @param output what kind of answer is wanted
 * @param reasoning null: not said
 * @param terms for whom and how
 * @param extra fields of the request that the model does not know; null: none
 */
public record Request(
    Origin origin,
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

  /** The same request with media by these addresses in it, where the client's side says them. */
  public Request inline(Map<String, Block.Source.Inline> media) {
    if (media.isEmpty()) {
      return this;
    }
    return new Request(
        origin,
        turns.stream()
            .map(
                turn ->
                    turn.role() == Turn.Role.USER
                        ? new Turn(
                            turn.role(), inline(turn.blocks(), media), turn.path(), turn.extra())
                        : turn)
            .toList(),
        tools,
        choice,
        parallelCalls,
        sampling,
        output,
        reasoning,
        terms,
        extra);
  }

  /** Whether the client wants to read the thinking, if only by its protocol's custom. */
  public boolean showsThinking() {
    if (reasoning == null) {
      return false;
    }
    Boolean said = reasoning.shown();
    boolean custom = origin == Origin.CHAT || origin == Origin.MESSAGES;
    return said != null ? said : custom && reasoning.effort() != Reasoning.Effort.NONE;
  }

  private static List<Block> inline(List<Block> blocks, Map<String, Block.Source.Inline> media) {
    var inline = new ArrayList<Block>(blocks.size());
    for (Block block : blocks) {
      inline.add(
          switch (block) {
            case Block.Media one
                when one.source() instanceof Block.Source.Url(String url)
                    && media.get(url) instanceof Block.Source.Inline bytes ->
                one.inline(bytes);
            case Block.ToolResult result ->
                new Block.ToolResult(
                    result.callId(),
                    result.name(),
                    inline(result.content(), media),
                    result.error(),
                    result.cache(),
                    result.extra());
            default -> block;
          });
    }
    return inline;
  }

  /** The same request with another word on thinking. */
  public Request thinking(Reasoning other) {
    return new Request(
        origin, turns, tools, choice, parallelCalls, sampling, output, other, terms, extra);
  }
}
