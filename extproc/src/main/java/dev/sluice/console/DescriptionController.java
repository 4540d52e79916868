package dev.sluice.console;

import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.Hidden;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What there is here, as OpenAPI; it is written by the build from the controllers. */
@Controller("/admin/openapi.json")
@ExecuteOn(TaskExecutors.IO)
@Hidden
class DescriptionController {
  /** The description. */
  @Get
  @Produces(MediaType.APPLICATION_JSON)
  String description() throws IOException {
    try (@Nullable InputStream in =
        Console.class.getResourceAsStream("/META-INF/swagger/openapi.json")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
