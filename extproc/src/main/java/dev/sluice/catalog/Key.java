package dev.sluice.catalog;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a client's key opens.
 *
 * @param name for people; not the key; unique
 * @param owner the user that it belongs to; null: nobody in particular
 * @param group how channels are chosen for it
 * @param models patterns of the models that it may use
 * @param expires from when on it opens nothing; null: never
 * @param enabled whether it opens anything
 * @param limits of all its requests together
 * @param budgets of all its requests together
 * @param tags for people
 */
public record Key(
    String name,
    @Nullable String owner,
    String group,
    List<Pattern> models,
    @Nullable Instant expires,
    boolean enabled,
    Limits limits,
    List<Budget> budgets,
    List<String> tags) {
  /** Copies the lists. */
  public Key {
    models = List.copyOf(models);
    budgets = List.copyOf(budgets);
    tags = List.copyOf(tags);
  }

  /** One that belongs to nobody in particular, never expires and has no budget. */
  public Key(String name, String group, List<Pattern> models, Limits limits) {
    this(name, null, group, models, null, true, limits, List.of(), List.of());
  }

  /** Whether it may use this model. */
  public boolean allows(String model) {
    return models.stream().anyMatch(p -> p.matches(model));
  }
}
