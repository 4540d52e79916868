package dev.sluice.console;

import dev.sluice.ledger.Dimension;
import dev.sluice.ledger.Ledger;
import dev.sluice.ledger.Tokens;
import dev.sluice.ledger.Unavailable;
import dev.sluice.ledger.Usage;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /admin/usage}: what was used, in tokens, USD and time.
 *
 * <p>{@code by}: any of {@code key, group, model, channel, account, provider_model}, with commas
 * between; {@code per}: {@code hour} or {@code day}; {@code from}, {@code to}: a time or a day of
 * UTC, whole hours, the last day by default; any of the names of {@code by}: only this one; {@code
 * limit}: rows, 1,000 by default. 400 with a sentence where a parameter is wrong, 503 where the
 * ledger cannot answer.
 */
@Controller("/admin/usage")
final class UsageController {
  private static final Duration USUAL = Duration.ofDays(1);
  private static final int ROWS = 1_000;
  private static final Set<String> KNOWN = known();

  private final Ledger ledger;

  UsageController(Console.Source source) {
    this.ledger = source.ledger();
  }

  private static Set<String> known() {
    var known = new HashSet<>(Set.of("by", "per", "from", "to", "limit"));
    Arrays.stream(Dimension.values()).map(Dimension::word).forEach(known::add);
    return Set.copyOf(known);
  }

  /** The sums. */
  @Get
  @Produces(MediaType.APPLICATION_JSON)
  @ExecuteOn(TaskExecutors.IO)
  HttpResponse<Map<String, Object>> usage(HttpRequest<?> request) {
    try {
      Usage.Question question = question(new Questions(request.getParameters(), KNOWN));
      return HttpResponse.ok(body(question, ledger.usage(question)));
    } catch (IllegalArgumentException e) {
      return Refusals.wrong(e);
    } catch (Unavailable e) {
      return Refusals.unavailable(e);
    }
  }

  private static Usage.Question question(Questions asked) {
    var by = new ArrayList<Dimension>();
    for (String word : asked.words("by")) {
      by.add(
          Dimension.of(word)
              .orElseThrow(
                  () ->
                      new IllegalArgumentException(
                          "by must be of "
                              + Arrays.stream(Dimension.values())
                                  .map(Dimension::word)
                                  .collect(Collectors.joining(", "))
                              + ".")));
    }
    var only = new EnumMap<Dimension, String>(Dimension.class);
    for (Dimension dimension : Dimension.values()) {
      String name = asked.text(dimension.word());
      if (name != null) {
        only.put(dimension, name);
      }
    }
    Instant to = asked.time("to", Instant.now());
    Integer limit = asked.number("limit");
    return new Usage.Question(
        by,
        only,
        asked.time("from", to.minus(USUAL)),
        to,
        per(asked.text("per")),
        limit == null ? ROWS : limit);
  }

  private static Usage.@Nullable Per per(@Nullable String word) {
    return switch (word) {
      case null -> null;
      case "hour" -> Usage.Per.HOUR;
      case "day" -> Usage.Per.DAY;
      default -> throw new IllegalArgumentException("per must be hour or day.");
    };
  }

  private static Map<String, Object> body(Usage.Question question, Usage usage) {
    var body = new LinkedHashMap<String, Object>();
    body.put("from", question.from().toString());
    body.put("to", question.to().toString());
    body.put("by", question.by().stream().map(Dimension::word).toList());
    if (question.per() != null) {
      body.put("per", question.per().name().toLowerCase(Locale.ROOT));
    }
    body.put("rows", usage.rows().stream().map(UsageController::row).toList());
    body.put("more", usage.more());
    return body;
  }

  private static Map<String, Object> row(Usage.Row row) {
    var body = new LinkedHashMap<String, Object>();
    if (row.at() != null) {
      body.put("time", row.at().toString());
    }
    for (Dimension dimension : Dimension.values()) {
      String name = row.names().get(dimension);
      if (name != null) {
        body.put(dimension.word(), name);
      }
    }
    body.put("requests", row.requests());
    body.put("attempts", row.attempts());
    body.put("errors", row.errors());
    body.put("tokens", tokens(row.tokens()));
    body.put("cost", row.cost());
    if (row.charged() != null) {
      body.put("charged", row.charged());
    }
    percentiles(body, "first_token_ms", row.firstToken());
    percentiles(body, "duration_ms", row.duration());
    return body;
  }

  static Map<String, Object> tokens(Tokens tokens) {
    var body = new LinkedHashMap<String, Object>();
    body.put("input", tokens.input());
    body.put("cache_read", tokens.cacheRead());
    body.put("cache_write", tokens.cacheWrite());
    body.put("output", tokens.output());
    body.put("reasoning", tokens.reasoning());
    body.put("audio_input", tokens.audioInput());
    body.put("audio_output", tokens.audioOutput());
    body.put("image", tokens.image());
    body.put("total", tokens.total());
    return body;
  }

  private static void percentiles(
      Map<String, Object> body, String name, Usage.@Nullable Percentiles percentiles) {
    if (percentiles != null) {
      body.put(
          name,
          Map.of("p50", percentiles.p50(), "p95", percentiles.p95(), "p99", percentiles.p99()));
    }
  }
}
