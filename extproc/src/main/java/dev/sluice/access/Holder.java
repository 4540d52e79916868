package dev.sluice.access;

import dev.sluice.catalog.Budget;
import dev.sluice.catalog.Limits;
import java.util.List;
import java.util.Locale;

/**
 * One on whose account requests go.
 *
 * @param scope who it is
 * @param limits of all its requests together
 * @param budgets of all its requests together
 */
public record Holder(Scope scope, Limits limits, List<Budget> budgets) {
  /** Copies the list. */
  public Holder {
    budgets = List.copyOf(budgets);
  }

  /** Whether it is held to anything. */
  boolean bound() {
    return !limits.equals(Limits.NONE) || !budgets.isEmpty();
  }

  /**
   * Who it is.
   *
   * @param name unique in its kind
   */
  public record Scope(Kind kind, String name) {
    /** As {@code key/alice}. */
    @Override
    public String toString() {
      return kind.word() + "/" + name;
    }

    /** For a sentence: {@code the key 'alice'}. */
    public String described() {
      return "the " + kind.word() + " '" + name + "'";
    }
  }

  /** What may have limits and budgets. */
  public enum Kind {
    /** A client's key. */
    KEY,
    /** The owner of keys. */
    USER,
    /** A group of the configuration. */
    GROUP;

    /** In lower case. */
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }
}
