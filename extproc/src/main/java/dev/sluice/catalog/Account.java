package dev.sluice.catalog;

import java.util.Set;

/**
 * A credential at a provider.
 *
 * @param name unique in its channel
 * @param priority lower is used first
 * @param groups the only groups that may use it; empty: all
 * @param credential what the provider wants to see; never to be logged
 */
public record Account(String name, int priority, Set<String> groups, String credential) {
  /** Copies the set. */
  public Account {
    groups = Set.copyOf(groups);
  }

  /** Whether a request of this group may use it. */
  public boolean open(String group) {
    return groups.isEmpty() || groups.contains(group);
  }

  /** Without the credential. */
  @Override
  public String toString() {
    return "Account[" + name + "]";
  }
}
