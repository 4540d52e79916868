package dev.sluice.conversation;

import org.jspecify.annotations.Nullable;

/**
 * One step of a streamed answer. The grammar: {@code Start (Open (Delta | Signed)* Close | Tally)*
 * (Finish | Failed)}; only one block is open at a time, indices count up from 0, and {@code Failed}
 * may come at any place, as the last.
 */
public sealed interface Event {
  /** Whether it carries content: the first that does is the first token. */
  default boolean content() {
    return switch (this) {
      case Delta delta -> !delta.text().isEmpty();
      case Open(int _, Shape shape) -> shape instanceof Shape.Call || shape instanceof Shape.Sealed;
      case Start _, Signed _, Close _, Tally _, Finish _, Failed _ -> false;
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

  /** The open block is complete. */
  record Close(int index) implements Event {}

  /** The tokens so far; later ones replace earlier ones. */
  record Tally(Usage usage) implements Event {}

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

    /** A tool call; the deltas are its arguments. */
    record Call(String id, String name) implements Shape {}

    /** The model says that it will not answer. */
    record Declined() implements Shape {}
  }
}
