package dev.sluice.conversation;

import org.jspecify.annotations.Nullable;

/**
 * The provider shall cache the prompt up to and including the block that carries it.
 *
 * @param ttl its time to live as the protocol writes it, such as {@code 5m} or {@code 1h}; null:
 *     the provider's default
 */
public record CacheMark(@Nullable String ttl) {}
