package dev.sluice.conversation;

import org.jspecify.annotations.Nullable;

/**
 * Fields that the model does not know, written back only to the protocol that they came from.
 *
 * @param origin that protocol
 * @param raw a JSON object's text; elsewhere each member that says something is a loss
 * @param form a JSON object's text in that protocol's own words: how the piece was put there, such
 *     as the ids of its items; says nothing elsewhere and is no loss; null: nothing to remember
 */
public record Extra(Origin origin, String raw, @Nullable String form) {
  /** Fields alone. */
  public Extra(Origin origin, String raw) {
    this(origin, raw, null);
  }
}
