package dev.sluice.conversation;

/** Whether the model must call a tool. */
public sealed interface ToolChoice {
  /** As it likes. */
  record Auto() implements ToolChoice {}

  /** It must not. */
  record None() implements ToolChoice {}

  /** It must, whichever. */
  record Any() implements ToolChoice {}

  /** It must call this one. */
  record Named(String name) implements ToolChoice {}
}
