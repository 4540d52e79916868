package dev.sluice.ledger;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was used, by what was asked for.
 *
 * @param rows oldest first, then by cost, the greatest first
 * @param more whether there are more rows than were asked for
 */
public record Usage(List<Row> rows, boolean more) {
  /** Copies the list. */
  public Usage {
    rows = List.copyOf(rows);
  }

  /** Into what time is cut. */
  public enum Per {
    /** Hours of UTC. */
    HOUR,
    /** Days of UTC. */
    DAY
  }

  /**
   * A question. Where it names the channel, the account or the provider's model, attempts are
   * counted, otherwise requests.
   *
   * @param by what a row is for; empty: one row
   * @param only what is counted, by names
   * @param from cut to its hour of UTC
   * @param to likewise, and up
   * @param per null: time is not cut
   * @param limit the most rows
   */
  public record Question(
      List<Dimension> by,
      Map<Dimension, String> only,
      Instant from,
      Instant to,
      @Nullable Per per,
      int limit) {
    /** The most rows that an answer may have. */
    public static final int MOST = 10_000;

    /**
     * Copies the collections.
     *
     * @throws IllegalArgumentException the limit is out of bounds or the time runs backwards; the
     *     message is for people
     */
    public Question {
      by = List.copyOf(by);
      only = Map.copyOf(only);
      if (limit < 1 || limit > MOST) {
        throw new IllegalArgumentException("limit must be from 1 to " + MOST + ".");
      }
      if (!from.isBefore(to)) {
        throw new IllegalArgumentException("from must be before to.");
      }
    }
  }

  /**
   * Sums.
   *
   * @param at the beginning of the hour or the day; null: time is not cut
   * @param names as asked for
   * @param requests where attempts are counted: those whose answer a client got
   * @param attempts all tries
   * @param errors requests whose client got a status of 400 or more or none; where attempts are
   *     counted: those that failed
   * @param tokens where requests are counted: of the attempt that the client got
   * @param cost at the providers, in USD
   * @param charged to the keys, in USD; null where attempts are counted
   * @param firstToken of those that had one; null: none had
   * @param duration null: there is none
   */
  public record Row(
      @Nullable Instant at,
      Map<Dimension, String> names,
      long requests,
      long attempts,
      long errors,
      Tokens tokens,
      double cost,
      @Nullable Double charged,
      @Nullable Percentiles firstToken,
      @Nullable Percentiles duration) {
    /** Copies the map. */
    public Row {
      names = Map.copyOf(names);
    }
  }

  /** In milliseconds; what is said is at most 2.2 % off. */
  public record Percentiles(double p50, double p95, double p99) {}
}
