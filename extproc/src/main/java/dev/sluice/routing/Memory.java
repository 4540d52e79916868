package dev.sluice.routing;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What was learned, as plain data, so that it outlives a restart.
 *
 * @param taken when it was written down
 * @param tracks of each channel's models
 * @param habits what requests are usually like, by what clients ask for
 * @param rests coolings and bans; breakers are learned anew
 */
public record Memory(Instant taken, List<Track> tracks, List<Habit> habits, List<Rest> rests) {
  /** Copies the lists. */
  public Memory {
    tracks = List.copyOf(tracks);
    habits = List.copyOf(habits);
    rests = List.copyOf(rests);
  }

  /**
   * Of one model of a channel.
   *
   * @param channel its name
   * @param model what the provider is asked for
   * @param numbers in an order that only {@link Router#recall} knows; others are ignored
   */
  public record Track(String channel, String model, List<Double> numbers) {
    /** Copies the list. */
    public Track {
      numbers = List.copyOf(numbers);
    }
  }

  /**
   * What requests are usually like.
   *
   * @param model as clients write it
   * @param tokens of an answer on average
   * @param returns the part of sessions' requests that are not a session's first, 0 to 1
   */
  public record Habit(String model, double tokens, double returns) {}

  /**
   * A cooling or a ban.
   *
   * @param channel its name
   * @param url the base URL; null: not of a URL
   * @param account its name; null: not of an account
   * @param model what the provider is asked for; null: not of a model
   * @param until null: a ban
   */
  public record Rest(
      String channel,
      @Nullable String url,
      @Nullable String account,
      @Nullable String model,
      Instant since,
      @Nullable Instant until,
      String reason) {}
}
