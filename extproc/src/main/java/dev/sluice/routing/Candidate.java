package dev.sluice.routing;

import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Price;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A channel that serves what was asked for.
 *
 * @param channel the channel
 * @param target what the provider is asked for
 * @param quality how good that is, over 0 to 1
 * @param price what it takes; null: not said
 * @param track what is known of it
 * @param whole whether the channel may be used
 * @param lanes its URLs and accounts in the order of trying; at least one
 */
record Candidate(
    Channel channel,
    String target,
    double quality,
    @Nullable Price price,
    Track track,
    Gate whole,
    List<Lane> lanes) {

  /** Whether the channel and the model may be used, whatever the lane. */
  boolean clear(long now) {
    return whole.clear(now) && track.gate().clear(now);
  }

  /** Why no lane of it may be used; null: one may. */
  @Nullable String why(long now) {
    String why = whole.why(now);
    why = why == null ? track.gate().why(now) : why;
    if (why != null) {
      return why;
    }
    String first = null;
    for (Lane lane : lanes) {
      if (lane.clear(now) && lane.meter().lets(channel.limits(), 0, now)) {
        return null;
      }
      if (first == null) {
        first = lane.why(now);
        first = first == null ? lane.over() : first;
      }
    }
    return first;
  }

  /** Whether nothing but breakers that have rested keeps requests off. */
  boolean rested(long now) {
    if (!whole.rested(now) || !track.gate().rested(now)) {
      return false;
    }
    for (Lane lane : lanes) {
      if (lane.rested(now)) {
        return true;
      }
    }
    return false;
  }

  /** When a lane of it will be usable by itself; 0: one is. */
  long until(long now) {
    long least = Long.MAX_VALUE;
    for (Lane lane : lanes) {
      least = Math.min(least, lane.until(now));
    }
    return Math.max(least, Math.max(whole.until(now), track.gate().until(now)));
  }
}
