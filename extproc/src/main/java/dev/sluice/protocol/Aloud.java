package dev.sluice.protocol;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Event.Shape;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Response;
import dev.sluice.conversation.Usage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Thinking as text between {@code <think>} and {@code </think>}, for clients that show nothing
 * else. What signs it is lost on the way, and thinking without words is nothing to say.
 */
public final class Aloud implements Protocol.Reader {
  private static final String BEGIN = "<think>\n";
  private static final String END = "\n</think>\n\n";
  private static final Loss SIGNATURE =
      new Loss("thinking.signature", "thinking that is said as text carries none");

  private final Protocol.Reader reader;
  private boolean thinks;
  private boolean said;
  private boolean signed;

  /** How many blocks before had nothing to say. */
  private int silent;

  /** Says aloud what comes from {@code reader}. */
  public Aloud(Protocol.Reader reader) {
    this.reader = reader;
  }

  /** The whole answer with its thinking said. */
  public static Response of(Response response) {
    var blocks = new ArrayList<Block>();
    var losses = new ArrayList<>(response.losses());
    for (Block block : response.blocks()) {
      if (block instanceof Block.Thinking(String text, var signature, var extra)) {
        if (!text.isEmpty()) {
          blocks.add(new Block.Text(BEGIN + text + END, null, extra));
        }
        if (signature != null) {
          losses.add(SIGNATURE);
        }
      } else {
        blocks.add(block);
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
    var out = new ArrayList<Event>(events.size());
    for (Event event : events) {
      switch (event) {
        case Event.Open(int _, Shape.Thought()) -> thinks = true;
        case Event.Open(int index, Shape shape) -> out.add(new Event.Open(index - silent, shape));
        case Event.Delta(int index, String text) -> {
          if (thinks && !said) {
            said = true;
            out.add(new Event.Open(index - silent, new Shape.Prose()));
            out.add(new Event.Delta(index - silent, BEGIN));
          }
          out.add(new Event.Delta(index - silent, text));
        }
        case Event.Signed(int index, var by) -> {
          if (thinks) {
            signed = true;
          } else {
            out.add(new Event.Signed(index - silent, by));
          }
        }
        case Event.Cited(int index, var citation) ->
            out.add(new Event.Cited(index - silent, citation));
        case Event.Odds(int index, var odds) -> out.add(new Event.Odds(index - silent, odds));
        case Event.Close(int index) -> close(index, out);
        case Event.Start _, Event.Tally _, Event.Lost _, Event.Finish _, Event.Failed _ ->
            out.add(event);
      }
    }
    return out;
  }

  private void close(int index, List<Event> out) {
    if (thinks && said) {
      out.add(new Event.Delta(index - silent, END));
    }
    if (thinks && !said) {
      silent++;
    } else {
      out.add(new Event.Close(index - silent));
    }
    if (signed) {
      out.add(new Event.Lost(SIGNATURE));
    }
    thinks = false;
    said = false;
    signed = false;
  }
}
