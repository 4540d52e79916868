package dev.sluice.catalog;

/**
 * How much may be used at most; 0 means no limit.
 *
 * @param rpm requests in a minute
 * @param tpm tokens in a minute, in and out
 * @param concurrency requests at a time
 */
public record Limits(long rpm, long tpm, long concurrency) {
  /** No limit at all. */
  public static final Limits NONE = new Limits(0, 0, 0);
}
