package dev.sluice.console;

import dev.sluice.access.Access;
import dev.sluice.access.Directory;
import dev.sluice.access.Directory.User;
import dev.sluice.access.Holder.Kind;
import dev.sluice.access.Holder.Scope;
import dev.sluice.access.Wrong;
import dev.sluice.catalog.Limits;
import dev.sluice.console.Pages.LimitsPage;
import dev.sluice.console.Pages.UserPage;
import dev.sluice.console.Pages.UsersPage;
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
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Owners of keys. */
@Controller("/admin/users")
@ExecuteOn(TaskExecutors.IO)
@Tag(name = "users")
class UserController {
  private final Access access;
  private final Directory directory;

  UserController(Console.Source source) {
    this.access = source.access();
    this.directory = source.access().directory();
  }

  /**
   * What a user shall be. What is left out stays, and is the default in a new one.
   *
   * @param name unique; needed for a new one, and not to be changed
   * @param note for people
   * @param enabled whether the user's keys open anything; true by default
   * @param limits of all of the user's keys together
   * @param budgets of all of the user's keys together, such as {@code 50 USD/month}
   */
  @Introspected
  record UserBody(
      @Nullable String name,
      @Nullable String note,
      @Nullable Boolean enabled,
      @Nullable LimitsPage limits,
      @Nullable List<@Nullable String> budgets) {

    User over(User old) {
      return new User(
          old.name(),
          note == null ? old.note() : note,
          enabled == null ? old.enabled() : enabled,
          LimitsPage.read(limits, old.limits()),
          Pages.read(budgets, old.budgets()),
          old.created());
    }
  }

  /**
   * Users in the order of their names.
   *
   * @param after only names that come later
   * @param limit at most so many; 100 by default, 1,000 at most
   */
  @Get
  UsersPage list(@QueryValue @Nullable String after, @QueryValue @Nullable Integer limit)
      throws IOException {
    int most = Math.clamp(limit == null ? 100 : limit, 1, 1000);
    List<User> found = directory.users(after == null ? "" : after, most);
    return new UsersPage(
        found.stream().map(user -> UserPage.of(user, null)).toList(),
        found.size() < most ? null : found.getLast().name());
  }

  /** One user, with what all of the user's keys have spent. */
  @Get("/{name}")
  UserPage one(String name) throws IOException, Wrong {
    return UserPage.of(
        directory.requireUser(name), access.budgets().spent(new Scope(Kind.USER, name)));
  }

  /** Makes a user. */
  @Post
  @Status(HttpStatus.CREATED)
  UserPage create(HttpRequest<?> request, @Body UserBody body) throws IOException, Wrong {
    String name = body.name();
    if (name == null) {
      throw new IllegalArgumentException("A user needs a name.");
    }
    var empty = new User(name, "", true, Limits.NONE, List.of(), Instant.now());
    return UserPage.of(directory.create(Gate.author(request), body.over(empty)), null);
  }

  /** Changes a user. */
  @Patch("/{name}")
  UserPage change(HttpRequest<?> request, String name, @Body UserBody body)
      throws IOException, Wrong {
    if (body.name() != null && !body.name().equals(name)) {
      throw new IllegalArgumentException("A user's name cannot be changed.");
    }
    return UserPage.of(directory.changeUser(Gate.author(request), name, body::over), null);
  }

  /** Deletes a user who owns no key. */
  @Delete("/{name}")
  HttpResponse<Void> delete(HttpRequest<?> request, String name) throws IOException, Wrong {
    directory.deleteUser(Gate.author(request), name);
    return HttpResponse.noContent();
  }
}
