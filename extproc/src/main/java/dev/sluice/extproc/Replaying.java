package dev.sluice.extproc;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.catalog.Aim;
import dev.sluice.routing.Replay;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Reader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code sluice replay}: reads requests as the admin API tells them, one JSON document a line, and
 * says what other aims would have had. At most {@value #MOST} requests that tell something; the
 * first ones count.
 */
final class Replaying {
  private static final int MOST = 1_000_000;
  private static final double EXPLORATION = 0.1;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final List<Replay.Drawn> log = new ArrayList<>();
  private final Map<String, Integer> aside = new LinkedHashMap<>();

  private Replaying() {}

  /**
   * Reads all of it.
   *
   * @param exploration of the groups that would choose so; null: {@value #EXPLORATION}
   * @return tables for people
   * @throws IOException it cannot be read, or a line is no JSON; the message is a sentence
   */
  static String run(Reader requests, @Nullable Double exploration) throws IOException {
    var replaying = new Replaying();
    var lines = new BufferedReader(requests);
    int number = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      number++;
      if (!line.isBlank()) {
        replaying.add(line, number);
      }
    }
    return replaying.told(exploration == null ? EXPLORATION : exploration);
  }

  private void add(String line, int number) throws IOException {
    JsonNode request;
    try {
      request = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new IOException("line " + number + " is no JSON document.", e);
    }
    JsonNode first = null;
    var others = new LinkedHashSet<String>();
    var candidates = new ArrayList<Replay.Parts>();
    for (JsonNode decision : request.path("decisions")) {
      if (decision.path("ordinal").asInt() == 1) {
        first = decision;
      }
    }
    String why = first == null ? "" : first.path("why").asText();
    if (first == null) {
      leave("were not sent to any channel");
    } else if (why.startsWith("its session")) {
      leave("stayed where their session was, whatever the scores");
    } else if (!first.has("score") || why.startsWith("a probe")) {
      leave("were probes, or went where nothing else was possible");
    } else if (log.size() < MOST) {
      candidates.add(parts(first));
      others.add(first.path("channel").asText());
      for (JsonNode decision : request.path("decisions")) {
        boolean closed = decision.path("verdict").asText().equals("skipped");
        if (!closed && decision.has("score") && others.add(decision.path("channel").asText())) {
          candidates.add(parts(decision));
        }
      }
      double probability = first.path("probability").asDouble();
      if (probability > 0 && probability <= 1) {
        log.add(drawn(request, candidates, probability));
      } else {
        leave("have no probability");
      }
    } else {
      leave("were more than can be held");
    }
  }

  private static Replay.Drawn drawn(
      JsonNode request, List<Replay.Parts> candidates, double probability) {
    JsonNode token = request.path("first_token_ms");
    return new Replay.Drawn(
        candidates,
        probability,
        request.path("cost").asDouble(),
        token.isNumber() ? token.asDouble() / 1e3 : null,
        request.path("status").asInt() < 400
            && !request.path("settlement").asText().equals("failed"));
  }

  private static Replay.Parts parts(JsonNode decision) {
    JsonNode score = decision.path("score");
    return new Replay.Parts(
        score.path("cost").asDouble(),
        score.path("latency").asDouble(),
        score.path("availability").asDouble(),
        score.path("quality").asDouble());
  }

  private void leave(String why) {
    aside.merge(why, 1, Integer::sum);
  }

  private String told(double exploration) {
    var text = new StringBuilder();
    text.append(log.size()).append(" requests whose channel was drawn by its score.\n");
    aside.forEach(
        (why, count) -> text.append(count).append(" left aside: they ").append(why).append(".\n"));
    if (log.isEmpty()) {
      return text.append("Nothing can be told.\n").toString();
    }
    text.append(
        line("MODE", "USD", "±", "FIRST_S", "±", "SUCCESS_%", "±", "EFFECTIVE").stripTrailing());
    text.append('\n');
    var aims = new LinkedHashMap<String, @Nullable Aim>();
    aims.put("as it was", null);
    aims.put("economy", Aim.ECONOMY);
    aims.put("performance", Aim.PERFORMANCE);
    aims.put("stability", Aim.STABILITY);
    aims.put("by chance", new Aim(0, 0, 0, 0));
    aims.forEach((name, aim) -> text.append(row(name, Replay.of(log, aim, exploration))));
    return text.toString();
  }

  private static String row(String name, Replay.Result result) {
    String row =
        line(
            name,
            number("%.6f", result.usd().mean()),
            number("%.6f", result.usd().error()),
            number("%.3f", result.firstToken().mean()),
            number("%.3f", result.firstToken().error()),
            number("%.2f", 100 * result.success().mean()),
            number("%.2f", 100 * result.success().error()),
            number("%.0f", result.effective()));
    return row.stripTrailing()
        + (result.enough() ? "" : "  too few like it: not to be relied on")
        + "\n";
  }

  private static String line(Object... cells) {
    return String.format(Locale.ROOT, "%-12s %10s %10s %8s %7s %9s %6s %10s", cells);
  }

  private static String number(String format, double value) {
    return Double.isFinite(value) ? String.format(Locale.ROOT, format, value) : "-";
  }
}
