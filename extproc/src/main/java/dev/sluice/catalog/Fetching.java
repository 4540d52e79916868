package dev.sluice.catalog;

import java.time.Duration;

/**
 * How media are fetched from their addresses.
 *
 * @param maxSize of all media of one request together, in bytes
 * @param timeout for all of them together
 */
public record Fetching(long maxSize, Duration timeout) {}
