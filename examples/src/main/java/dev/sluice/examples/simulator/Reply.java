package dev.sluice.examples.simulator;

import java.util.List;

/**
 * What a provider says, in the words of no dialect.
 *
 * @param sequence the stop sequence that it came to; empty: none
 */
record Reply(List<Piece> pieces, End end, String sequence) {
  private static final int THOUGHT = 5;

  Reply {
    pieces = List.copyOf(pieces);
  }

  /** Why it ends. */
  enum End {
    COMPLETE,
    LIMIT,
    CALLS,
    SEQUENCE,
    /** The model will not, and says so. */
    REFUSAL,
    /** The provider's filter cut it off. */
    FILTER
  }

  /** One piece of it. */
  sealed interface Piece {
    /**
     * A thought.
     *
     * @param hidden whether nobody but the provider may ever read it
     */
    record Thought(String text, boolean hidden) implements Piece {}

    /** Text, a token each. */
    record Words(List<String> tokens) implements Piece {
      /** Copies the list. */
      public Words {
        tokens = List.copyOf(tokens);
      }

      String text() {
        return String.join("", tokens);
      }
    }

    /**
     * A call of a tool.
     *
     * @param number counts the calls of a conversation from 0
     * @param freeform whether the arguments are plain text
     */
    record Call(int number, String name, String arguments, boolean freeform) implements Piece {}
  }

  boolean thinks() {
    return pieces.stream().anyMatch(Piece.Thought.class::isInstance);
  }

  /** Tokens of thinking. */
  int reasoning() {
    return thinks() ? THOUGHT : 0;
  }

  /** Tokens of everything else. */
  int spoken() {
    int tokens = 0;
    for (Piece piece : pieces) {
      tokens +=
          switch (piece) {
            case Piece.Thought _ -> 0;
            case Piece.Words words -> words.tokens().size();
            case Piece.Call _ -> 2;
          };
    }
    return tokens;
  }

  /** Tokens of the answer. */
  int output() {
    return reasoning() + spoken();
  }
}
