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

    /** Whether a tool is one of them; one that only its provider runs is, having no name here. */
    public boolean has(Tool tool) {
      return switch (tool) {
        case Tool.Function function -> names.contains(function.name());
        case Tool.Custom custom -> names.contains(custom.name());
        case Tool.Native _ -> true;
      };
    }
  }
}
