package dev.sluice.exchange;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The streams that were begun before their first token, by the id that their keeper gave them: for
 * them there is no other attempt.
 */
public final class Keeping {
  private final Set<String> begun = ConcurrentHashMap.newKeySet();

  void begin(String id) {
    begun.add(id);
  }

  void end(String id) {
    begun.remove(id);
  }

  boolean begun(@Nullable String id) {
    return id != null && begun.contains(id);
  }
}
