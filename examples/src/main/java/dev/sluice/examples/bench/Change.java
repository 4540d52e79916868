package dev.sluice.examples.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Two results beside each other. Each figure is first divided by what the same run measured of code
 * that is none of ours (bare Envoy, or a JSON parser), so that two hours or machines can be
 * compared.
 *
 * @param before an earlier result
 * @param after a later one of the same kind
 */
record Change(Path before, Path after) {
  private static final double NOTABLE = 0.10;

  private record Figure(double ratio, double bytes) {}

  String text() throws IOException {
    Map<String, Figure> old = figures(before);
    Map<String, Figure> now = figures(after);
    var text =
        new StringBuilder(
            """
            | | before, × reference | after, × reference | change | bytes before | after |
            | --- | --- | --- | --- | --- | --- |
            """);
    now.forEach(
        (name, figure) -> {
          Figure was = old.get(name);
          if (was != null) {
            double change = figure.ratio() / was.ratio() - 1;
            text.append(
                "| %s | %.3f | %.3f | %s | %s | %s |%n"
                    .formatted(
                        name,
                        was.ratio(),
                        figure.ratio(),
                        (Math.abs(change) >= NOTABLE ? "**%+.0f %%**" : "%+.0f %%")
                            .formatted(100 * change),
                        bytes(was.bytes()),
                        bytes(figure.bytes())));
          } else {
            text.append(
                "| %s | - | %.3f | new | - | %s |%n"
                    .formatted(name, figure.ratio(), bytes(figure.bytes())));
          }
        });
    return text.toString();
  }

  private static String bytes(double value) {
    return Double.isNaN(value) ? "-" : "%,.0f".formatted(value);
  }

  private static Map<String, Figure> figures(Path file) throws IOException {
    JsonNode root = new ObjectMapper().readTree(Files.readString(file));
    return root.isArray() ? pieces(root, file) : cases(root);
  }

  /** Of JMH. */
  private static Map<String, Figure> pieces(JsonNode root, Path file) throws IOException {
    double reference = Double.NaN;
    for (JsonNode each : root) {
      if (each.path("benchmark").asText().endsWith("MachineBench.reference")) {
        reference = each.path("primaryMetric").path("score").asDouble();
      }
    }
    if (Double.isNaN(reference)) {
      throw new IOException(file + ": MachineBench.reference is missing; run all benchmarks");
    }
    var figures = new LinkedHashMap<String, Figure>();
    for (JsonNode each : root) {
      String name = each.path("benchmark").asText();
      String size = each.path("params").path("size").asText();
      figures.put(
          name.substring(name.lastIndexOf('.', name.lastIndexOf('.') - 1) + 1)
              + (size.isEmpty() ? "" : " " + size),
          new Figure(
              each.path("primaryMetric").path("score").asDouble() / reference,
              each.path("secondaryMetrics")
                  .path("gc.alloc.rate.norm")
                  .path("score")
                  .asDouble(Double.NaN)));
    }
    return figures;
  }

  /** Of a comparison. */
  private static Map<String, Figure> cases(JsonNode root) {
    var figures = new LinkedHashMap<String, Figure>();
    JsonNode cases = root.path("cases");
    cases
        .properties()
        .forEach(
            of ->
                of.getValue()
                    .properties()
                    .forEach(
                        work -> {
                          double cpu = work.getValue().path("cpu_micros").asDouble();
                          double bare =
                              cases
                                  .path("bare")
                                  .path(work.getKey())
                                  .path("cpu_micros")
                                  .asDouble(Double.NaN);
                          if (cpu > 0 && !Double.isNaN(bare)) {
                            figures.put(
                                of.getKey() + ", " + work.getKey(),
                                new Figure(cpu / bare, Double.NaN));
                          }
                        }));
    return figures;
  }
}
