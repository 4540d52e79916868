package dev.sluice.conversation;

import java.util.List;

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

  /**
   * Only these.
   *
   * @param must whether it must call one of them
   */
  record Allowed(List<String> names, boolean must) implements ToolChoice {
    /** Copies the list. */
    public Allowed {
      names = List.copyOf(names);
    }
  }
}
