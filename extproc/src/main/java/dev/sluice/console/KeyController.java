package dev.sluice.console;

import dev.sluice.access.Access;
import dev.sluice.access.Directory;
import dev.sluice.access.Directory.Entry;
import dev.sluice.access.Directory.Made;
import dev.sluice.access.Holder.Kind;
import dev.sluice.access.Holder.Scope;
import dev.sluice.access.Wrong;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Key;
import dev.sluice.catalog.Limits;
import dev.sluice.catalog.Pattern;
import dev.sluice.console.Pages.KeyPage;
import dev.sluice.console.Pages.KeysPage;
import dev.sluice.console.Pages.LimitsPage;
import dev.sluice.console.Pages.MadePage;
import io.micronaut.core.annotation.Introspected;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Delete;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Patch;
import io.micronaut.http.annotation.Post;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.http.annotation.Status;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;

/** Clients' keys. */
@Controller("/admin/keys")
@ExecuteOn(TaskExecutors.IO)
@Tag(name = "keys")
class KeyController {
  private static final java.util.regex.Pattern DURATION =
      java.util.regex.Pattern.compile("(\\d{1,9})([smhd])");

  private final Access access;
  private final Directory directory;
  private final Supplier<@Nullable Catalog> catalog;

  KeyController(Console.Source source) {
    this.access = source.access();
    this.directory = source.access().directory();
    this.catalog = source.catalog();
  }

  /**
   * What a key shall be. What is left out stays, and is the default in a new one.
   *
   * @param name unique; needed for a new one, and not to be changed
   * @param user its owner; empty: nobody in particular
   * @param group of the configuration; needed for a new one
   * @param models patterns of what it may use; all by default
   * @param tags for people
   * @param enabled whether it opens anything; true by default
   * @param expires a time such as {@code 2026-12-01T00:00:00Z}, how long from now such as {@code
   *     30d}, or {@code never}
   * @param limits of all its requests together
   * @param budgets such as {@code 50 USD/month} or {@code 1000000 tokens/total}
   */
  @Introspected
  record KeyBody(
      @Nullable String name,
      @Nullable String user,
      @Nullable String group,
      @Nullable List<@Nullable String> models,
      @Nullable List<@Nullable String> tags,
      @Nullable Boolean enabled,
      @Nullable String expires,
      @Nullable LimitsPage limits,
      @Nullable List<@Nullable String> budgets) {

    Key over(Key old) {
      return new Key(
          old.name(),
          user == null ? old.owner() : user.isEmpty() ? null : user,
          group == null ? old.group() : group,
          models == null ? old.models() : Pages.texts(models).stream().map(Pattern::of).toList(),
          expires == null ? old.expires() : moment(expires),
          enabled == null ? old.enabled() : enabled,
          LimitsPage.read(limits, old.limits()),
          Pages.read(budgets, old.budgets()),
          tags == null ? old.tags() : Pages.texts(tags));
    }
  }

  private static @Nullable Instant moment(String text) {
    if (text.equals("never")) {
      return null;
    }
    Matcher matcher = DURATION.matcher(text);
    if (matcher.matches()) {
      long count = Long.parseLong(matcher.group(1));
      return Instant.now()
          .plus(
              switch (matcher.group(2)) {
                case "s" -> Duration.ofSeconds(count);
                case "m" -> Duration.ofMinutes(count);
                case "h" -> Duration.ofHours(count);
                default -> Duration.ofDays(count);
              });
    }
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      throw new IllegalArgumentException(
          "'" + text + "' is no time; write 2026-12-01T00:00:00Z, 30d or never.", e);
    }
  }

  /**
   * Keys in the order of their names, those of the configuration first.
   *
   * @param user only this user's
   * @param group only this group's
   * @param after only names that come later
   * @param limit at most so many of the store's; 100 by default, 1,000 at most
   */
  @Get
  KeysPage list(
      @QueryValue @Nullable String user,
      @QueryValue @Nullable String group,
      @QueryValue @Nullable String after,
      @QueryValue @Nullable Integer limit)
      throws IOException {
    int most = Math.clamp(limit == null ? 100 : limit, 1, 1000);
    var pages = new ArrayList<KeyPage>();
    Catalog now = catalog.get();
    if (after == null && now != null) {
      now.keys().values().stream()
          .filter(key -> user == null || user.equals(key.owner()))
          .filter(key -> group == null || group.equals(key.group()))
          .sorted(Comparator.comparing(Key::name))
          .forEach(key -> pages.add(KeyPage.of(key, null)));
    }
    List<Entry> found = directory.keys(user, group, after == null ? "" : after, most);
    found.forEach(entry -> pages.add(KeyPage.of(entry, null)));
    return new KeysPage(pages, found.size() < most ? null : found.getLast().key().name());
  }

  /** One key, with what it has spent. */
  @Get("/{name}")
  KeyPage one(String name) throws IOException, Wrong {
    var spent = access.budgets().spent(new Scope(Kind.KEY, name));
    Catalog now = catalog.get();
    if (now != null) {
      for (Key key : now.keys().values()) {
        if (key.name().equals(name)) {
          return KeyPage.of(key, spent);
        }
      }
    }
    return KeyPage.of(directory.require(name), spent);
  }

  /** Makes a key. It is in the answer and nowhere else. */
  @Post
  @Status(HttpStatus.CREATED)
  MadePage create(HttpRequest<?> request, @Body KeyBody body) throws IOException, Wrong {
    String name = body.name();
    String group = body.group();
    if (name == null || group == null) {
      throw new IllegalArgumentException("A key needs a name and a group.");
    }
    var empty =
        new Key(
            name,
            null,
            group,
            List.of(Pattern.of("*")),
            null,
            true,
            Limits.NONE,
            List.of(),
            List.of());
    return made(directory.create(Gate.author(request), body.over(empty)));
  }

  /** Changes a key. */
  @Patch("/{name}")
  KeyPage change(HttpRequest<?> request, String name, @Body KeyBody body)
      throws IOException, Wrong {
    if (body.name() != null && !body.name().equals(name)) {
      throw new IllegalArgumentException("A key's name cannot be changed.");
    }
    return KeyPage.of(directory.change(Gate.author(request), name, body::over), null);
  }

  /** Gives a key another secret; the old one opens nothing from now on. */
  @Post("/{name}/rotate")
  MadePage rotate(HttpRequest<?> request, String name) throws IOException, Wrong {
    return made(directory.rotate(Gate.author(request), name));
  }

  /** Revokes a key for good. */
  @Delete("/{name}")
  HttpResponse<KeyPage> revoke(HttpRequest<?> request, String name) throws IOException, Wrong {
    return HttpResponse.ok(KeyPage.of(directory.revoke(Gate.author(request), name), null));
  }

  private static MadePage made(Made made) {
    return new MadePage(made.secret(), KeyPage.of(made.entry(), null));
  }
}
