package dev.sluice.routing;

import dev.sluice.catalog.Account;
import dev.sluice.catalog.Aim;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Group;
import dev.sluice.catalog.Limits;
import dev.sluice.catalog.Model;
import dev.sluice.catalog.Pattern;
import dev.sluice.catalog.Price;
import dev.sluice.catalog.Timeouts;
import dev.sluice.catalog.Trouble;
import dev.sluice.conversation.Origin;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Very many channels that are much alike, for measuring what a router holds and how long it takes.
 */
public final class Crowd {
  /** The group that has them all. */
  public static final String GROUP = "g";

  private Crowd() {}

  /**
   * A catalog of them. Their prices differ a little, so that scores do.
   *
   * @param channels how many
   * @param models among which the channels are shared out, by their numbers from 0
   * @param accounts of each channel
   * @param limits of each account
   */
  public static Catalog of(int channels, int models, List<Account> accounts, Limits limits) {
    var all = new HashMap<String, Channel>();
    for (int i = 0; i < channels; i++) {
      String name = "channel" + i;
      String model = "model" + i % models;
      all.put(
          name,
          new Channel(
              name,
              Origin.CHAT,
              List.of(new Channel.Url("https://" + name, name, "", name)),
              accounts,
              List.of(new Model.Alias(model, model)),
              List.of(new Price(Pattern.of("*"), 1 + i / (double) channels, 0.1, null, 10, 0)),
              1,
              1,
              new Timeouts(Duration.ofSeconds(20), Duration.ofMinutes(2)),
              limits,
              Set.of(Trouble.values()),
              OptionalInt.empty(),
              name,
              false));
    }
    var group =
        new Group(
            GROUP,
            null,
            4,
            Duration.ZERO,
            Duration.ZERO,
            List.copyOf(all.keySet()),
            Group.Ambiguous.SCORE,
            Aim.STABILITY,
            1);
    return new Catalog(
        all,
        Map.of(GROUP, group),
        Map.of(),
        List.of(),
        1,
        "",
        Catalog.Responses.DEFAULT,
        new Catalog.Status(Instant.EPOCH, List.of()));
  }
}
