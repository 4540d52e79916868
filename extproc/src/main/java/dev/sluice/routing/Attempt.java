package dev.sluice.routing;

import dev.sluice.catalog.Account;
import dev.sluice.catalog.Channel;

/**
 * Where a try goes: the unit that is scheduled.
 *
 * @param channel the channel
 * @param url which of its base URLs
 * @param account which of its accounts
 * @param model what the provider is asked for
 */
public record Attempt(Channel channel, Channel.Url url, Account account, String model) {

  /** Whether both are one channel's same URL and account, whatever was reloaded in between. */
  public boolean same(Attempt other) {
    return channel.name().equals(other.channel.name())
        && url.base().equals(other.url.base())
        && account.name().equals(other.account.name());
  }

  /** For people: {@code asxs/main at https://a.example.com/v1}. */
  @Override
  public String toString() {
    return channel.name() + "/" + account.name() + " at " + url.base();
  }
}
