package dev.sluice.conversation;

/** Why an answer ended. */
public enum Stop {
  /** It was complete. */
  END,
  /** It reached the most tokens. */
  LENGTH,
  /** The model calls tools. */
  TOOL_CALLS,
  /** It came to a stop sequence. */
  SEQUENCE,
  /** The provider's filter, or the model's refusal. */
  FILTER,
  /** The provider paused a long turn; the client sends it back to go on. */
  PAUSE
}
