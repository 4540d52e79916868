package dev.sluice.history;

import java.time.Duration;

/**
 * How much is kept, and how long.
 *
 * @param contents whether responses are kept at all; where their providers keep them is always
 *     remembered
 * @param ttl from the end of a response
 * @param bytes of all responses together; the oldest go first
 */
public record Bounds(boolean contents, Duration ttl, long bytes) {
  /** The most bytes of one response with its input. */
  public static final int EACH = 4 * 1024 * 1024;
}
