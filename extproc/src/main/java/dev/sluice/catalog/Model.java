package dev.sluice.catalog;

import org.jspecify.annotations.Nullable;

/** What a channel serves. */
public sealed interface Model {
  /** What the provider is asked for when a client asks for {@code name}; null: this is not it. */
  @Nullable String serves(String name);

  /**
   * A public name.
   *
   * @param alias what clients ask for
   * @param model what the provider is asked for
   * @param quality how good it is where it stands in for what the alias promises, over 0 to 1
   */
  record Alias(String alias, String model, double quality) implements Model {
    /** The model itself. */
    public Alias(String alias, String model) {
      this(alias, model, 1);
    }

    @Override
    public @Nullable String serves(String name) {
      return alias.equals(name) ? model : null;
    }
  }

  /**
   * Every name that a pattern matches, passed on as it is.
   *
   * @param pattern the pattern
   */
  record Match(Pattern pattern) implements Model {
    @Override
    public @Nullable String serves(String name) {
      return pattern.matches(name) ? name : null;
    }
  }
}
