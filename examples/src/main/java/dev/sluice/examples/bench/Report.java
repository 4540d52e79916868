package dev.sluice.examples.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A comparison's result as a table ({@code results.md}), a chart ({@code results.svg}) and for a
 * later comparison ({@code results.json}).
 */
final class Report {
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

  /** Below this share of its core a gateway was not what limited a closed loop. */
  private static final double FULL = 0.9;

  private final Comparison.Result result;
  private final Map<String, String> facts;

  Report(Comparison.Result result, Map<String, String> facts) {
    this.result = result;
    this.facts = facts;
  }

  void write(Page page) throws IOException {
    Path folder = page.folder();
    Files.createDirectories(folder);
    Files.writeString(
        folder.resolve("results.svg"),
        new Chart(
                List.of(
                    panel("Whole answers, CPU µs each", Work.WHOLE),
                    panel("Streams without a gap, CPU µs per event", Work.BURST),
                    panel("Streams with 20 ms between events, CPU µs per event", Work.PACED)))
            .svg());
    Files.writeString(folder.resolve("results.json"), JSON.writeValueAsString(json()) + "\n");
    page.put("results", markdown());
  }

  private Chart.Panel panel(String title, Work work) {
    var rows = new ArrayList<Chart.Row>();
    result
        .figures()
        .forEach(
            (of, works) -> {
              Measured measured = works.get(work);
              if (measured != null && measured.errors() == 0 && of.gate().program() != null) {
                rows.add(
                    new Chart.Row(of.title(), measured.total(), of.key().startsWith("sluice")));
              }
            });
    return new Chart.Panel(title, rows);
  }

  private ObjectNode json() {
    ObjectNode root = JSON.createObjectNode();
    ObjectNode machine = root.putObject("machine");
    facts.forEach(machine::put);
    versions().forEach(machine::put);
    root.put("rounds", result.settings().rounds());
    root.put("seconds", result.settings().window().toMillis() / 1000.0);
    ObjectNode missing = root.putObject("missing");
    result.missing().forEach(missing::put);
    ObjectNode cases = root.putObject("cases");
    result
        .figures()
        .forEach(
            (of, works) -> {
              ObjectNode each = cases.putObject(of.key());
              works.forEach(
                  (work, measured) ->
                      each.set(work.name().toLowerCase(Locale.ROOT), json(measured)));
            });
    return root;
  }

  private static ObjectNode json(Measured measured) {
    ObjectNode node = JSON.createObjectNode();
    put(node, "due_per_second", measured.rate());
    put(node, "answers_per_second", measured.answers());
    put(node, "events_per_second", measured.events());
    node.put("errors", measured.errors());
    if (!measured.wrong().isEmpty()) {
      node.put("wrong", measured.wrong());
    }
    put(node, "cpu_micros", measured.total());
    put(node, "cpu_micros_least", measured.least());
    put(node, "cpu_micros_most", measured.most());
    ObjectNode parts = node.putObject("cpu_micros_of");
    measured.cpu().forEach((part, micros) -> put(parts, part, micros));
    put(node, "core", measured.core());
    put(node, "core_used_by_others", measured.foreign());
    put(node, "whole_ms_p50", measured.wholeP50());
    put(node, "whole_ms_p99", measured.wholeP99());
    put(node, "first_ms_p50", measured.firstP50());
    put(node, "first_ms_p99", measured.firstP99());
    put(node, "event_ms_p50", measured.eventP50());
    put(node, "event_ms_p99", measured.eventP99());
    ObjectNode resident = node.putObject("resident_mib");
    measured.resident().forEach((part, mib) -> put(resident, part, mib));
    return node;
  }

  private static void put(ObjectNode node, String name, double value) {
    if (!Double.isNaN(value)) {
      node.put(name, Math.round(value * 1000) / 1000.0);
    }
  }

  private Map<String, String> versions() {
    var versions = new TreeMap<String, String>();
    result
        .figures()
        .keySet()
        .forEach(
            of -> {
              if (of.peer()) {
                versions.put(of.gate().name(), of.gate().version());
              }
            });
    return versions;
  }

  private String markdown() {
    var text = new StringBuilder();
    var all = new TreeMap<>(facts);
    all.putAll(versions());
    all.forEach(
        (name, value) -> text.append("- ").append(name).append(": ").append(value).append('\n'));
    text.append(
        "- medians of %d rounds, each of %.0f s for every case; gateways on core 0, load and provider on core 1%n"
            .formatted(result.settings().rounds(), result.settings().window().toMillis() / 1000.0));
    result
        .missing()
        .forEach(
            (name, why) ->
                text.append("- ").append(name).append(" takes no part: ").append(why).append('\n'));
    text.append('\n').append(whole()).append('\n').append(burst()).append('\n').append(paced());
    text.append('\n').append(errors()).append(goals());
    return text.toString();
  }

  private String whole() {
    var text =
        new StringBuilder(
            """
            **Whole answers of 1 KB.** CPU in µs for each; added times over no gateway, at half of the core.

            | | CPU µs | × bare | of it Envoy | Java | answers/s on one core | added p50 ms | added p99 ms | memory MiB |
            | --- | --- | --- | --- | --- | --- | --- | --- | --- |
            """);
    rows(
        Work.WHOLE,
        (of, measured) -> {
          Measured half = figures(of, Work.WHOLE_HALF);
          return List.of(
              number(measured.total()),
              ratio(measured, Work.WHOLE),
              number(measured.cpu().getOrDefault("envoy", Double.NaN)),
              number(measured.cpu().getOrDefault("extproc", Double.NaN)),
              most(measured),
              added(half, Work.WHOLE_HALF, Measured::wholeP50),
              added(half, Work.WHOLE_HALF, Measured::wholeP99),
              memory(measured));
        },
        text);
    return text.toString();
  }

  private String burst() {
    var text =
        new StringBuilder(
            """
            **Streams of 100 events without a gap.** CPU in µs for each event.

            | | CPU µs | × bare | of it Envoy | Java | streams/s on one core |
            | --- | --- | --- | --- | --- | --- |
            """);
    rows(
        Work.BURST,
        (_, measured) ->
            List.of(
                number(measured.total()),
                ratio(measured, Work.BURST),
                number(measured.cpu().getOrDefault("envoy", Double.NaN)),
                number(measured.cpu().getOrDefault("extproc", Double.NaN)),
                most(measured)),
        text);
    return text.toString();
  }

  private String paced() {
    var text =
        new StringBuilder(
            """
            **Streams of 100 events, 20 ms between two.** CPU in µs for each event, at the events a second that are given; added times
            over no gateway, at half of the core.

            | | CPU µs | × bare | of it Envoy | Java | events/s | first token: added p50 ms | added p99 ms | at events/s |
            | --- | --- | --- | --- | --- | --- | --- | --- | --- |
            """);
    rows(
        Work.PACED,
        (of, measured) -> {
          Measured half = figures(of, Work.PACED_HALF);
          return List.of(
              number(measured.total()),
              ratio(measured, Work.PACED),
              number(measured.cpu().getOrDefault("envoy", Double.NaN)),
              number(measured.cpu().getOrDefault("extproc", Double.NaN)),
              "%.0f".formatted(measured.events()),
              added(half, Work.PACED_HALF, Measured::firstP50),
              added(half, Work.PACED_HALF, Measured::firstP99),
              half == null ? "-" : "%.0f".formatted(half.events()));
        },
        text);
    return text.toString();
  }

  private interface Cells {
    List<String> of(Case of, Measured measured);
  }

  private void rows(Work work, Cells cells, StringBuilder text) {
    result
        .figures()
        .forEach(
            (of, works) -> {
              Measured measured = works.get(work);
              if (measured != null) {
                text.append("| ").append(of.title()).append(" | ");
                text.append(
                    measured.answers() == 0 && measured.errors() > 0
                        ? "no good answer |"
                        : String.join(" | ", cells.of(of, measured)) + " |");
                text.append('\n');
              }
            });
  }

  private String errors() {
    var text = new StringBuilder();
    result
        .figures()
        .forEach(
            (of, works) ->
                works.forEach(
                    (work, measured) -> {
                      if (measured.errors() > 0) {
                        text.append(
                            "- %s, %s: %d answers were not good; one: %s%n"
                                .formatted(
                                    of.title(),
                                    work.name().toLowerCase(Locale.ROOT),
                                    measured.errors(),
                                    measured.wrong().replace('\n', ' ')));
                      }
                    }));
    return text.isEmpty() ? "" : text.append('\n').toString();
  }

  private String goals() {
    var text = new StringBuilder("| goal | measured | holds |\n| --- | --- | --- |\n");
    goal(text, "whole, same protocol: ≤ 4.0 × bare", Work.WHOLE, "sluice.same", "bare", 4.0);
    goal(text, "whole, Chat → Messages: ≤ 5.5 × bare", Work.WHOLE, "sluice.messages", "bare", 5.5);
    goal(
        text,
        "whole, Chat → Messages: ≤ 1/20 of LiteLLM",
        Work.WHOLE,
        "sluice.messages",
        "litellm.messages",
        1 / 20.0);
    goal(
        text,
        "whole, Chat → Messages: ≤ 1/3 of Portkey",
        Work.WHOLE,
        "sluice.messages",
        "portkey.messages",
        1 / 3.0);
    goal(text, "stream, released: ≤ 1.25 × bare", Work.PACED, "sluice.same", "bare", 1.25);
    goal(text, "stream, Chat → Messages: ≤ 2.0 × bare", Work.PACED, "sluice.messages", "bare", 2.0);
    goal(
        text, "stream, Responses → Gemini: ≤ 2.0 × bare", Work.PACED, "sluice.gemini", "bare", 2.0);
    goal(
        text,
        "stream without a gap, Chat → Messages: < Envoy's transcoder",
        Work.BURST,
        "sluice.messages",
        "native",
        1.0);
    for (String key : List.of("sluice.same", "sluice.held", "sluice.messages", "sluice.gemini")) {
      Measured half = find(key, Work.PACED_HALF);
      Measured direct = find("direct", Work.PACED_HALF);
      if (half != null && direct != null) {
        double added = half.firstP99() - direct.firstP99();
        row(
            text,
            "first token added at p99, half load, " + key + ": ≤ 2 ms",
            "%.2f ms".formatted(added),
            added <= 2);
      }
    }
    return text.toString();
  }

  private void goal(
      StringBuilder text, String what, Work work, String key, String of, double most) {
    Measured measured = find(key, work);
    Measured other = find(of, work);
    if (measured != null && other != null && other.answers() > 0) {
      double ratio = measured.total() / other.total();
      row(
          text,
          what,
          ratio < 0.5 ? "1/%.1f".formatted(1 / ratio) : "%.2f".formatted(ratio),
          ratio <= most);
    }
  }

  private static void row(StringBuilder text, String what, String measured, boolean holds) {
    text.append("| %s | %s | %s |%n".formatted(what, measured, holds ? "yes" : "**no**"));
  }

  private @Nullable Measured find(String key, Work work) {
    for (Map.Entry<Case, Map<Work, Measured>> each : result.figures().entrySet()) {
      if (each.getKey().key().equals(key)) {
        return each.getValue().get(work);
      }
    }
    return null;
  }

  private @Nullable Measured figures(Case of, Work work) {
    Map<Work, Measured> works = result.figures().get(of);
    return works == null ? null : works.get(work);
  }

  private String ratio(Measured measured, Work work) {
    Measured bare = find("bare", work);
    return bare == null ? "-" : "%.2f".formatted(measured.total() / bare.total());
  }

  private String added(@Nullable Measured measured, Work work, ToDoubleFunction<Measured> figure) {
    Measured direct = find("direct", work);
    return measured == null || direct == null
        ? "-"
        : "%.2f".formatted(figure.applyAsDouble(measured) - figure.applyAsDouble(direct));
  }

  private static String most(Measured measured) {
    return (measured.core() < FULL ? "> " : "") + "%.0f".formatted(measured.answers());
  }

  private static String memory(Measured measured) {
    return "%.0f"
        .formatted(measured.resident().values().stream().mapToDouble(Double::doubleValue).sum());
  }

  private static String number(double value) {
    return Double.isNaN(value)
        ? "-"
        : value < 10 ? "%.1f".formatted(value) : "%.0f".formatted(value);
  }
}
