package dev.sluice.console;

import dev.sluice.catalog.Account;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Group;
import dev.sluice.catalog.Model;
import dev.sluice.console.Pages.ChannelPage;
import dev.sluice.console.Pages.ChannelsPage;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The configuration's channels that are enabled. */
@Controller("/admin/channels")
@Tag(name = "channels")
class ChannelController {
  private final Supplier<@Nullable Catalog> catalog;

  ChannelController(Console.Source source) {
    this.catalog = source.catalog();
  }

  /** All of them, without a credential. */
  @Get
  ChannelsPage list() {
    Catalog now = catalog.get();
    return new ChannelsPage(
        now == null
            ? List.of()
            : now.channels().values().stream()
                .sorted(Comparator.comparing(Channel::name))
                .map(channel -> page(now, channel))
                .toList());
  }

  private static ChannelPage page(Catalog now, Channel channel) {
    return new ChannelPage(
        channel.name(),
        channel.speaks(),
        channel.urls().stream().map(Channel.Url::base).toList(),
        channel.accounts().stream().map(Account::name).toList(),
        channel.models().stream()
            .map(
                model ->
                    switch (model) {
                      case Model.Alias alias -> alias.alias();
                      case Model.Match match -> match.pattern().toString();
                    })
            .toList(),
        channel.priority(),
        channel.weight(),
        now.groups().values().stream()
            .filter(group -> group.channels().contains(channel.name()))
            .map(Group::name)
            .sorted()
            .toList());
  }
}
