package dev.sluice.catalog;

import java.util.Set;

/**
 * Values of the header {@code anthropic-beta}.
 *
 * @param all whether every value passes
 * @param values which pass where not all do
 */
public record Betas(boolean all, Set<String> values) {
  /** Copies the set. */
  public Betas {
    values = Set.copyOf(values);
  }
}
