package dev.sluice.console;

import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.swagger.v3.oas.annotations.security.SecurityRequirements;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.util.function.Supplier;

/** What is counted, for Prometheus; open to all, as health is. */
@Controller("/metrics")
@Tag(name = "metrics")
class MetricsController {
  private final Supplier<String> metrics;

  MetricsController(Console.Source source) {
    this.metrics = source.metrics();
  }

  /** Everything, in Prometheus's text format. */
  @Get
  @Produces("text/plain; version=0.0.4; charset=utf-8")
  @ExecuteOn(TaskExecutors.IO)
  @SecurityRequirements
  String metrics() {
    return metrics.get();
  }
}
