package dev.sluice.console;

import dev.sluice.access.Directory;
import dev.sluice.catalog.Account;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Catalog.Role;
import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Group;
import dev.sluice.catalog.Model;
import dev.sluice.console.Pages.ChannelPage;
import dev.sluice.console.Pages.ChannelsPage;
import dev.sluice.console.Pages.FiguresPage;
import dev.sluice.console.Pages.RestPage;
import dev.sluice.console.Pages.TrialPage;
import dev.sluice.console.Pages.TrialsPage;
import dev.sluice.routing.Place;
import dev.sluice.routing.Router;
import dev.sluice.routing.Standing;
import io.micronaut.core.annotation.Introspected;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.exceptions.HttpStatusException;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The channels that the configuration enables, how they stand, and what an operator does about
 * them: nothing of it changes the configuration, all of it is noted in the audit log.
 */
@Controller("/admin/channels")
@ExecuteOn(TaskExecutors.IO)
@Tag(name = "channels")
class ChannelController {
  private static final int REASON = 200;
  private static final Duration LONGEST = Duration.ofDays(365);

  private final Supplier<@Nullable Catalog> catalog;
  private final Router router;
  private final Directory directory;
  private final Trials trials;

  ChannelController(Console.Source source) {
    this.catalog = source.catalog();
    this.router = source.router();
    this.directory = source.access().directory();
    this.trials = source.trials();
  }

  /**
   * What of a channel is meant, and why; the whole channel where neither a URL nor an account nor a
   * model is named.
   *
   * @param url one of its base URLs
   * @param account the name of one of its accounts
   * @param model what the provider is asked for
   * @param duration such as {@code 90s}, {@code 10m} or {@code 2h}; for a cooling alone
   * @param reason for people
   */
  @Introspected
  record PlaceBody(
      @Nullable String url,
      @Nullable String account,
      @Nullable String model,
      @Nullable String duration,
      @Nullable String reason) {
    static final PlaceBody WHOLE = new PlaceBody(null, null, null, null, null);

    Place place(Channel channel) {
      if (Stream.of(url, account, model).filter(Objects::nonNull).count() > 1) {
        throw new IllegalArgumentException("Name one of url, account and model, or none.");
      }
      String name = channel.name();
      return url != null
          ? new Place.OfUrl(name, url)
          : account != null
              ? new Place.OfAccount(name, account)
              : model != null ? new Place.OfModel(name, model) : new Place.OfChannel(name);
    }
  }

  /**
   * What a channel is tested with.
   *
   * @param model what the provider is asked for; the first alias's where it is left out
   */
  @Introspected
  record TestBody(@Nullable String model) {}

  /** All of them, without a credential. */
  @Get
  ChannelsPage list() {
    Catalog now = catalog.get();
    Standing standing = router.standing();
    return new ChannelsPage(
        now == null
            ? List.of()
            : now.channels().values().stream()
                .sorted(Comparator.comparing(Channel::name))
                .map(channel -> page(now, channel, standing))
                .toList());
  }

  /** One of them. */
  @Get("/{name}")
  ChannelPage one(String name) throws IOException {
    Catalog now = now();
    return page(now, channel(now, name), router.standing());
  }

  /** Takes a channel, or a part of it, out of use until it is enabled again. */
  @Post("/{name}/disable")
  @Needs(Role.OPERATOR)
  ChannelPage disable(HttpRequest<?> request, String name, @Body @Nullable PlaceBody body)
      throws IOException {
    return rest(request, name, body == null ? PlaceBody.WHOLE : body, null, "disable");
  }

  /** Lets a channel, or a part of it, rest for a time. */
  @Post("/{name}/cool")
  @Needs(Role.OPERATOR)
  ChannelPage cool(HttpRequest<?> request, String name, @Body PlaceBody body) throws IOException {
    return rest(request, name, body, duration(body.duration()), "cool");
  }

  /**
   * Ends what rests, be it by a person, a provider's word or a breaker: the named part, or the
   * channel with all of its parts.
   */
  @Post("/{name}/enable")
  @Needs(Role.OPERATOR)
  ChannelPage enable(HttpRequest<?> request, String name, @Body @Nullable PlaceBody body)
      throws IOException {
    Catalog now = now();
    Channel channel = channel(now, name);
    Place place = (body == null ? PlaceBody.WHOLE : body).place(channel);
    var released = new ArrayList<Place>();
    Stream<Place> places =
        place instanceof Place.OfChannel
            ? Stream.concat(
                Stream.of(place),
                router.standing().rests().stream()
                    .map(Standing.Rest::place)
                    .filter(each -> each.channel().equals(name)))
            : Stream.of(place);
    places
        .distinct()
        .forEach(
            each -> {
              if (router.release(each)) {
                released.add(each);
              }
            });
    String detail =
        released.isEmpty()
            ? "nothing of it rested"
            : String.join(", ", released.stream().map(Place::toString).toList());
    directory.note(Gate.author(request), "enable", "channel", name, detail);
    return page(now, channel, router.standing());
  }

  /**
   * Asks each of its URLs with each of its accounts for a word, at the provider's price, beside the
   * way of clients' requests: what rests is tried too, and nothing is learned from it.
   */
  @Post("/{name}/test")
  @Needs(Role.OPERATOR)
  TrialsPage test(HttpRequest<?> request, String name, @Body @Nullable TestBody body)
      throws IOException {
    Channel channel = channel(now(), name);
    String model = body == null || body.model() == null ? first(channel) : body.model();
    List<TrialPage> pages =
        trials.run(channel, model).stream()
            .map(
                trial ->
                    new TrialPage(
                        trial.url(),
                        trial.account(),
                        trial.message() == null,
                        trial.status(),
                        trial.took().toNanos() / 1e6,
                        trial.message()))
            .toList();
    long good = pages.stream().filter(TrialPage::ok).count();
    directory.note(
        Gate.author(request),
        "test",
        "channel",
        name,
        good + " of " + pages.size() + " answered for " + model);
    return new TrialsPage(model, pages);
  }

  private static String first(Channel channel) {
    for (Model model : channel.models()) {
      if (model instanceof Model.Alias alias) {
        return alias.model();
      }
    }
    throw new IllegalArgumentException(
        "The channel '" + channel.name() + "' has patterns alone; name the model to test it with.");
  }

  private ChannelPage rest(
      HttpRequest<?> request, String name, PlaceBody body, @Nullable Duration length, String action)
      throws IOException {
    Catalog now = now();
    Channel channel = channel(now, name);
    Place place = body.place(channel);
    String by = Gate.author(request).name();
    String why = body.reason() == null ? "" : ": " + body.reason().strip();
    String reason = (length == null ? "disabled by " : "cooled by ") + by + why;
    if (reason.length() > REASON) {
      throw new IllegalArgumentException("The reason is too long.");
    }
    if (!router.cool(place, length, reason)) {
      throw new HttpStatusException(
          HttpStatus.NOT_FOUND,
          "The channel '" + name + "' has no such part, or is not in use yet: " + place + ".");
    }
    String detail = place + (length == null ? "" : " for " + length.toSeconds() + " s") + why;
    directory.note(Gate.author(request), action, "channel", name, detail);
    return page(now, channel, router.standing());
  }

  private static Duration duration(@Nullable String text) {
    if (text == null) {
      throw new IllegalArgumentException("A cooling needs a duration, such as '10m'.");
    }
    try {
      String digits = text.strip().replaceFirst("[smhd]$", "");
      long count = Long.parseLong(digits);
      Duration length =
          switch (text.strip().substring(digits.length())) {
            case "s" -> Duration.ofSeconds(count);
            case "m" -> Duration.ofMinutes(count);
            case "h" -> Duration.ofHours(count);
            case "d" -> Duration.ofDays(count);
            default -> throw new NumberFormatException(text);
          };
      if (!length.isPositive() || length.compareTo(LONGEST) > 0) {
        throw new ArithmeticException(text);
      }
      return length;
    } catch (NumberFormatException | ArithmeticException e) {
      throw new IllegalArgumentException(
          "'" + text.strip() + "' is no duration; write '90s', '10m', '2h' or at most '365d'.", e);
    }
  }

  private Catalog now() throws IOException {
    Catalog now = catalog.get();
    if (now == null) {
      throw new IOException("the gateway has no configuration yet");
    }
    router.know(now);
    return now;
  }

  private static Channel channel(Catalog now, String name) {
    Channel channel = now.channels().get(name);
    if (channel == null) {
      throw new HttpStatusException(
          HttpStatus.NOT_FOUND,
          "There is no channel '" + name + "' that the configuration enables.");
    }
    return channel;
  }

  private static ChannelPage page(Catalog now, Channel channel, Standing standing) {
    List<Standing.Rest> rests =
        standing.rests().stream()
            .filter(rest -> rest.place().channel().equals(channel.name()))
            .sorted(Comparator.comparing(Standing.Rest::kind).reversed())
            .toList();
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
            .toList(),
        rests.stream()
            .filter(rest -> rest.place() instanceof Place.OfChannel)
            .findFirst()
            .map(rest -> rest.kind().name().toLowerCase(Locale.ROOT))
            .orElse("ready"),
        rests.stream().map(RestPage::of).toList(),
        standing.figures().stream()
            .filter(figures -> figures.channel().equals(channel.name()))
            .map(FiguresPage::of)
            .toList());
  }
}
