package dev.sluice.conversation;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One step of a streamed answer. The grammar: {@code Start (Open (Delta | Signed | Cited | Odds)*
 * Close | Tally | Lost)* (Finish | Failed)}; only one block is open at a time, indices count up
 * from 0, and {@code Failed} may come at any place, as the last.
 */
public sealed interface Event {
  /** Whether it carries content: the first that does is the first token. */
  default boolean content() {
    return switch (this) {
      case Delta delta -> !delta.text().isEmpty();
      case Open(int _, Shape shape) ->
          switch (shape) {
            case Shape.Call _, Shape.Sealed _, Shape.Medium _, Shape.Foreign _ -> true;
            case Shape.Prose _, Shape.Thought _, Shape.Declined _ -> false;
          };
      case Start _, Signed _, Cited _, Odds _, Close _, Tally _, Lost _, Finish _, Failed _ ->
          false;
    };
  }

  /**
   * The answer begins.
   *
   * @param id the provider's; empty: none
   * @param model as the provider names it; empty: not said
   */
  record Start(String id, String model) implements Event {}

  /** A block begins. */
  record Open(int index, Shape shape) implements Event {}

  /** More of the open block's text or arguments. */
  record Delta(int index, String text) implements Event {}

  /** The open block's signature. */
  record Signed(int index, Signature signature) implements Event {}

  /** What the open block's text rests on. */
  record Cited(int index, Citation citation) implements Event {}

  /** How likely the open block's last tokens were. */
  record Odds(int index, List<Likelihood> likelihoods) implements Event {
    /** Copies the list. */
    public Odds {
      likelihoods = List.copyOf(likelihoods);
    }
  }

  /** The open block is complete. */
  record Close(int index) implements Event {}

  /** The tokens so far; later ones replace earlier ones. */
  record Tally(Usage usage) implements Event {}

  /** Something came that the model has no word for. */
  record Lost(Loss loss) implements Event {}

  /**
   * The answer is complete.
   *
   * @param sequence the stop sequence that it came to; null: none
   */
  record Finish(Stop stop, @Nullable String sequence) implements Event {}

  /** There is no more, and this is why. */
  record Failed(Failure failure) implements Event {}

  /** What a block is, as far as it is known when it begins. */
  sealed interface Shape {
    /** Plain text. */
    record Prose() implements Shape {}

    /** Thinking. */
    record Thought() implements Shape {}

    /** Thinking that only its issuer can read; complete. */
    record Sealed(Signature data) implements Shape {}

    /**
     * A tool call; the deltas are its arguments.
     *
     * @param id empty where the provider gave none
     * @param freeform whether the arguments are plain text
     * @param signature null where nobody signed it
     */
    record Call(String id, String name, boolean freeform, @Nullable Signature signature)
        implements Shape {
      /** An unsigned call of a function. */
      public Call(String id, String name) {
        this(id, name, false, null);
      }
    }

    /** The model says that it will not answer. */
    record Declined() implements Shape {}

    /** A picture, sound or document; complete. */
    record Medium(Block.Media media) implements Shape {}

    /** Something that only its own protocol has a word for; complete. */
    record Foreign(Block.Opaque block) implements Shape {}
  }
}
