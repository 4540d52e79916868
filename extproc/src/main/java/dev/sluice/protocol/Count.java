package dev.sluice.protocol;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Response;
import dev.sluice.conversation.Usage;
import org.jspecify.annotations.Nullable;

/**
 * What an answer has said of its tokens so far, and about how many of them have come. One for each
 * attempt; not safe for several threads.
 */
public final class Count {
  private @Nullable Usage usage;
  private boolean current;
  private boolean ended;
  private boolean broken;
  private long narrow;
  private long wide;
  private long tokens;
  private int pictures;

  /** The provider says this; null or nothing at all: it does not. */
  public void said(@Nullable Usage said) {
    if (said != null && said.prompt() + said.output() > 0) {
      usage = said;
    }
  }

  /** The provider says this of everything that has come so far. */
  public void saidSoFar(@Nullable Usage said) {
    said(said);
    current = current || said != null;
  }

  /** The next event of a stream. */
  public void see(Event event) {
    switch (event) {
      case Event.Tally(Usage said) -> said(said);
      case Event.Delta(int _, String text) -> {
        long many = Estimate.wide(text);
        wide += many;
        narrow += text.length() - many;
      }
      case Event.Open(int _, Event.Shape.Medium(Block.Media media))
          when media.kind() == Block.Kind.IMAGE ->
          pictures++;
      case Event.Finish _ -> ended = true;
      case Event.Failed _ -> broken = true;
      default -> {}
    }
  }

  /** A whole answer. */
  public void see(Response response) {
    said(response.usage());
    for (Block block : response.blocks()) {
      if (block instanceof Block.Media media && media.kind() == Block.Kind.IMAGE) {
        pictures++;
      }
    }
    if (usage == null) {
      streamed(Estimate.of(response.blocks()));
    }
  }

  /** So many pictures have come, all told. */
  public void pictures(int many) {
    pictures = many;
  }

  /** How many pictures have come. */
  public int pictures() {
    return pictures;
  }

  /** So many tokens have come, all told. */
  public void streamed(long about) {
    tokens = about;
  }

  /** The provider's last word has come. */
  public void end() {
    ended = true;
  }

  /** Whether the provider's last word has come, and it was no error. */
  public boolean whole() {
    return ended && !broken;
  }

  /** The provider ended it with an error. */
  public void fail() {
    broken = true;
  }

  /** What the provider has said; null: nothing. */
  public @Nullable Usage usage() {
    return usage;
  }

  /** Whether what was said holds everything that has come. */
  public boolean current() {
    return current;
  }

  /** Whether the provider ended it with an error. */
  public boolean broken() {
    return broken;
  }

  /** About how many tokens of the answer have come. */
  public long streamed() {
    return tokens + Estimate.tokens(narrow, wide);
  }
}
