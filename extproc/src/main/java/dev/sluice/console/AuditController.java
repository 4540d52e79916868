package dev.sluice.console;

import dev.sluice.access.Directory;
import dev.sluice.access.Directory.Note;
import dev.sluice.catalog.Catalog.Role;
import dev.sluice.console.Pages.AuditPage;
import dev.sluice.console.Pages.NotePage;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who changed what, when, and from where. */
@Controller("/admin/audit")
@ExecuteOn(TaskExecutors.IO)
@Tag(name = "audit")
class AuditController {
  private final Directory directory;

  AuditController(Console.Source source) {
    this.directory = source.access().directory();
  }

  /**
   * Changes, newest first.
   *
   * @param before only earlier revisions
   * @param limit at most so many; 100 by default, 1,000 at most
   */
  @Get
  @Needs(Role.OPERATOR)
  AuditPage list(@QueryValue @Nullable Long before, @QueryValue @Nullable Integer limit)
      throws IOException {
    int most = Math.clamp(limit == null ? 100 : limit, 1, 1000);
    List<Note> notes = directory.audit(before == null ? Long.MAX_VALUE : before, most);
    return new AuditPage(
        notes.stream().map(NotePage::of).toList(),
        notes.size() < most ? null : notes.getLast().revision());
  }
}
