package dev.sluice.ledger;

import java.time.Instant;

/**
 * What the requests of a key in an hour came to.
 *
 * @param hour in which they began
 * @param key its name
 * @param group the key's group
 * @param tokens of all attempts, each once
 * @param nanos what the key was charged, in billionths of a US dollar
 */
public record Charge(Instant hour, String key, String group, long tokens, long nanos) {}
