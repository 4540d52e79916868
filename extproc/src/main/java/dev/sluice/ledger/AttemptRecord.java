package dev.sluice.ledger;

import java.time.Instant;

/**
 * One try at one channel, URL and account. Never a credential, never a body.
 *
 * @param ordinal from 1, in the order in which the tries began
 * @param began when it was sent out
 * @param channel its name
 * @param account its name
 * @param url the base URL
 * @param model what the provider was asked for
 * @param protocol what the provider speaks
 * @param reason why it was chosen, for people
 * @param status the provider's; 0 where there was no answer
 * @param flags Envoy's response flags, such as {@code UT}; empty: none
 * @param failure what went wrong, such as {@code RATE_LIMIT}; empty: nothing
 * @param settlement how it ended
 * @param firstTokenMicros from {@code began} to the first content; -1: there was none
 * @param durationMicros from {@code began} to its end
 * @param tokens what it used, as far as is known
 * @param cost what the provider takes for it, in USD
 */
public record AttemptRecord(
    int ordinal,
    Instant began,
    String channel,
    String account,
    String url,
    String model,
    String protocol,
    String reason,
    int status,
    String flags,
    String failure,
    Settlement settlement,
    long firstTokenMicros,
    long durationMicros,
    Tokens tokens,
    double cost) {}
