package dev.sluice.ledger;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which requests are looked for; null: any.
 *
 * @param id the request's; where it is given, {@code from} and {@code to} do not matter
 * @param key the name of the client's key
 * @param channel one that was tried
 * @param status what the client got
 * @param from when they began, the first
 * @param to the time after the last
 * @param after a {@link Page#next}; null: the newest first
 * @param limit the most of them
 */
public record Search(
    @Nullable String id,
    @Nullable String key,
    @Nullable String channel,
    @Nullable Integer status,
    Instant from,
    Instant to,
    @Nullable Cursor after,
    int limit) {
  /** The most requests on a page. */
  public static final int MOST = 500;

  /**
   * Checks the bounds.
   *
   * @throws IllegalArgumentException the limit is out of bounds or the time runs backwards; the
   *     message is for people
   */
  public Search {
    if (limit < 1 || limit > MOST) {
      throw new IllegalArgumentException("limit must be from 1 to " + MOST + ".");
    }
    if (!from.isBefore(to)) {
      throw new IllegalArgumentException("from must be before to.");
    }
  }

  /** The one request with an id. */
  public static Search of(String id) {
    return new Search(id, null, null, null, Instant.EPOCH, Instant.MAX, null, 1);
  }

  /**
   * Where a page ended.
   *
   * @param micros when its last request began, in microseconds since the epoch
   * @param number that request's
   */
  public record Cursor(long micros, long number) {
    /**
     * Reads what {@link #toString} wrote.
     *
     * @throws IllegalArgumentException it did not; the message is for people
     */
    public static Cursor of(String text) {
      int dash = text.indexOf('-', 1);
      try {
        return new Cursor(
            Long.parseLong(text.substring(0, Math.max(0, dash))),
            Long.parseLong(text.substring(dash + 1)));
      } catch (NumberFormatException e) {
        throw new IllegalArgumentException("after must be what an earlier answer called next.", e);
      }
    }

    @Override
    public String toString() {
      return micros + "-" + number;
    }
  }

  /**
   * What was found.
   *
   * @param requests newest first
   * @param next where the next page begins; null: there is none
   */
  public record Page(List<RequestRecord> requests, @Nullable Cursor next) {
    /** Copies the list. */
    public Page {
      requests = List.copyOf(requests);
    }
  }
}
