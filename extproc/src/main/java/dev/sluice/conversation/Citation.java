package dev.sluice.conversation;

import org.jspecify.annotations.Nullable;

/**
 * A place that a piece of text rests on.
 *
 * @param start where the cited piece begins in its text block, in characters; null: not said
 * @param end where it ends, exclusive; null: not said
 * @param url null: no address
 * @param title null: none
 * @param quote the words at that place; null: not said
 * @param origin the protocol that it came in
 * @param raw its JSON text there, for that protocol
 */
public record Citation(
    @Nullable Long start,
    @Nullable Long end,
    @Nullable String url,
    @Nullable String title,
    @Nullable String quote,
    Origin origin,
    String raw) {}
