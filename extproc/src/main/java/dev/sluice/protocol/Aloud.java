package dev.sluice.protocol;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Event.Shape;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Response;
import dev.sluice.conversation.Usage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Thinking as text between {@code <think>} and {@code </think>}, for clients that show nothing
 * else. What signs it is lost on the way.
 */
public final class Aloud implements Protocol.Reader {
  private static final String BEGIN = "<think>\n";
  private static final String END = "\n</think>\n\n";
  private static final Loss SIGNATURE =
      new Loss("thinking.signature", "thinking that is said as text carries none");

  private final Protocol.Reader reader;
  private final Set<Integer> thoughts = new HashSet<>();

  /** Says aloud what comes from {@code reader}. */
  public Aloud(Protocol.Reader reader) {
    this.reader = reader;
  }

  /** The whole answer with its thinking said. */
  public static Response of(Response response) {
    var blocks = new ArrayList<Block>();
    var losses = new ArrayList<>(response.losses());
    for (Block block : response.blocks()) {
      switch (block) {
        case Block.Thinking thinking -> {
          if (thinking.signature() != null) {
            losses.add(SIGNATURE);
          }
          blocks.add(new Block.Text(BEGIN + thinking.text() + END));
        }
        default -> blocks.add(block);
      }
    }
    return new Response(
        response.id(),
        response.model(),
        blocks,
        response.stop(),
        response.sequence(),
        response.usage(),
        response.likelihoods(),
        response.tier(),
        losses,
        response.extra());
  }

  @Override
  public @Nullable Usage usage() {
    return reader.usage();
  }

  @Override
  public List<Event> read(byte[] bytes) {
    return said(reader.read(bytes));
  }

  @Override
  public List<Event> end() {
    return said(reader.end());
  }

  private List<Event> said(List<Event> events) {
    var said = new ArrayList<Event>(events.size());
    for (Event event : events) {
      switch (event) {
        case Event.Open(int index, Shape.Thought()) -> {
          thoughts.add(index);
          said.add(new Event.Open(index, new Shape.Prose()));
          said.add(new Event.Delta(index, BEGIN));
        }
        case Event.Signed(int index, var _) when thoughts.contains(index) ->
            said.add(new Event.Lost(SIGNATURE));
        case Event.Close(int index) when thoughts.remove(index) -> {
          said.add(new Event.Delta(index, END));
          said.add(event);
        }
        default -> said.add(event);
      }
    }
    return said;
  }
}
