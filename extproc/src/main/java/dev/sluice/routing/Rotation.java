package dev.sluice.routing;

import dev.sluice.catalog.Account;
import dev.sluice.catalog.Channel;
import java.util.ArrayList;
import java.util.List;

/**
 * The order of tries inside a channel: the next base URL with the same account, which keeps the
 * session and the provider's cache, then the next account.
 */
@Policy
final class Rotation {
  private Rotation() {}

  /**
   * All that may be tried at a channel, in order.
   *
   * @param group whose accounts
   * @param model what the provider is asked for
   */
  static List<Attempt> all(Channel channel, String group, String model) {
    var all = new ArrayList<Attempt>();
    for (Account account : channel.accounts()) {
      if (account.open(group)) {
        for (Channel.Url url : channel.urls()) {
          all.add(new Attempt(channel, url, account, model));
        }
      }
    }
    return all;
  }

  /** Whether the channel may have another try after these, of all channels. */
  static boolean again(Channel channel, List<Attempt> tried) {
    if (channel.maxRetries().isEmpty()) {
      return true;
    }
    int used = 0;
    for (Attempt attempt : tried) {
      if (attempt.channel().name().equals(channel.name())) {
        used++;
      }
    }
    return used <= channel.maxRetries().getAsInt();
  }
}
