package dev.sluice.console;

import dev.sluice.access.Access;
import dev.sluice.access.Directory;
import dev.sluice.access.Holder;
import dev.sluice.access.Holder.Kind;
import dev.sluice.access.Holder.Scope;
import dev.sluice.access.Wrong;
import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Group;
import dev.sluice.catalog.Limits;
import dev.sluice.console.Pages.GroupPage;
import dev.sluice.console.Pages.GroupsPage;
import dev.sluice.console.Pages.LimitsPage;
import io.micronaut.core.annotation.Introspected;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Put;
import io.micronaut.http.exceptions.HttpStatusException;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The configuration's groups, and what all of their keys together are held to. */
@Controller("/admin/groups")
@ExecuteOn(TaskExecutors.IO)
@Tag(name = "groups")
class GroupController {
  private final Access access;
  private final Directory directory;
  private final Supplier<@Nullable Catalog> catalog;

  GroupController(Console.Source source) {
    this.access = source.access();
    this.directory = source.access().directory();
    this.catalog = source.catalog();
  }

  /**
   * What a group is held to, in place of all that it was held to before.
   *
   * @param limits of all its keys together; none where it is left out
   * @param budgets of all its keys together; none where it is left out
   */
  @Introspected
  record GroupBody(@Nullable LimitsPage limits, @Nullable List<@Nullable String> budgets) {}

  private Map<String, Group> configured() throws IOException {
    Catalog now = catalog.get();
    if (now == null) {
      throw new IOException("the gateway has no configuration yet");
    }
    return now.groups();
  }

  private Map<String, Holder> given() throws IOException {
    return directory.groups().stream()
        .collect(Collectors.toMap(group -> group.scope().name(), Function.identity()));
  }

  /** All groups. */
  @Get
  GroupsPage list() throws IOException {
    Map<String, Holder> given = given();
    return new GroupsPage(
        configured().values().stream()
            .sorted(Comparator.comparing(Group::name))
            .map(group -> Pages.group(group, given.get(group.name()), null))
            .toList());
  }

  /** One group, with what all of its keys have spent. */
  @Get("/{name}")
  GroupPage one(String name) throws IOException {
    Group group = configured().get(name);
    if (group == null) {
      throw new HttpStatusException(
          HttpStatus.NOT_FOUND, "There is no group '" + name + "' in the configuration.");
    }
    return Pages.group(
        group, given().get(name), access.budgets().spent(new Scope(Kind.GROUP, name)));
  }

  /** Says what a group is held to. */
  @Put("/{name}")
  GroupPage limit(HttpRequest<?> request, String name, @Body GroupBody body)
      throws IOException, Wrong {
    Holder given =
        directory.limit(
            Gate.author(request),
            name,
            LimitsPage.read(body.limits(), Limits.NONE),
            Pages.read(body.budgets(), List.of()));
    Group group = configured().get(name);
    if (group == null) {
      throw new IOException("the group has just left the configuration");
    }
    return Pages.group(group, given, null);
  }
}
