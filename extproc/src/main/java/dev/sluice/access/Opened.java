package dev.sluice.access;

import dev.sluice.catalog.Key;
import org.jspecify.annotations.Nullable;

/**
 * A key that opens something.
 *
 * @param key what it opens
 * @param user the limits and budgets of its owner; null: it has none
 */
public record Opened(Key key, @Nullable Holder user) implements Verdict {}
