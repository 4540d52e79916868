package dev.sluice.catalog;

import java.util.List;

/**
 * What a client's key opens.
 *
 * @param name for people; not the key
 * @param group how channels are chosen for it
 * @param models patterns of the models that it may use
 * @param limits of all its requests together
 */
public record Key(String name, String group, List<Pattern> models, Limits limits) {
  /** Copies the list. */
  public Key {
    models = List.copyOf(models);
  }

  /** Whether it may use this model. */
  public boolean allows(String model) {
    return models.stream().anyMatch(p -> p.matches(model));
  }
}
