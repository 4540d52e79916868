package dev.sluice.routing;

import dev.sluice.catalog.Account;
import dev.sluice.catalog.Channel;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The order of tries inside a channel: the next base URL with the same account, which keeps the
 * session and the provider's cache, then the next account.
 */
final class Rotation {
  private Rotation() {}

  /**
   * The channel's next try; null where it has none left.
   *
   * @param tried everything that this request has tried, of all channels
   */
  static @Nullable Attempt next(Channel channel, String group, String model, List<Attempt> tried) {
    long used = tried.stream().filter(t -> t.channel().name().equals(channel.name())).count();
    if (channel.maxRetries().isPresent() && used > channel.maxRetries().getAsInt()) {
      return null;
    }
    for (Account account : channel.accounts()) {
      if (account.open(group)) {
        for (Channel.Url url : channel.urls()) {
          var attempt = new Attempt(channel, url, account, model);
          if (tried.stream().noneMatch(attempt::same)) {
            return attempt;
          }
        }
      }
    }
    return null;
  }
}
