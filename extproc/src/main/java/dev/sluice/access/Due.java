package dev.sluice.access;

import dev.sluice.access.Holder.Scope;
import java.time.Instant;

/**
 * What a holder's requests of an hour came to, as the request log knows it.
 *
 * @param scope the holder
 * @param hour in which the requests began
 * @param amount of all of them
 */
public record Due(Scope scope, Instant hour, Amount amount) {}
