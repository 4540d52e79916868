package dev.sluice.exchange;

import dev.sluice.ledger.AttemptRecord;
import dev.sluice.routing.Decision;
import dev.sluice.wire.Json;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A decision chain as JSON: an array with an object for each candidate, those that were tried
 * first.
 */
final class Chain {
  private static final double NANOS_OF_A_MILLISECOND = 1e6;

  private static final String UNKNOWN =
      "the process that chose it was killed, so that its other candidates are not known";

  private Chain() {}

  static String json(List<Decision> decisions) {
    var list = new ArrayList<Json>(decisions.size());
    for (Decision decision : decisions) {
      list.add(Json.object(one -> fill(one, decision)));
    }
    return new Json.Arr(list).text();
  }

  /**
   * The chain of a request whose process did not live to tell it: its tries, and that nothing is
   * known of others.
   */
  static String interrupted(List<AttemptRecord> attempts) {
    return json(attempts.stream().map(Chain::decision).toList());
  }

  private static Decision decision(AttemptRecord attempt) {
    return new Decision(
        attempt.channel(),
        attempt.url(),
        attempt.account(),
        attempt.model(),
        switch (attempt.settlement()) {
          case COMPLETE, ESTIMATED -> Decision.Verdict.ANSWERED;
          case LOST -> Decision.Verdict.BEATEN;
          case ABORTED, FAILED ->
              attempt.failure().equals(Reckoning.LEFT)
                  ? Decision.Verdict.ABANDONED
                  : Decision.Verdict.FAILED;
        },
        attempt.reason() + "; " + UNKNOWN,
        attempt.ordinal(),
        Double.NaN,
        null,
        attempt.firstTokenMicros() < 0
            ? null
            : Duration.of(attempt.firstTokenMicros(), ChronoUnit.MICROS),
        Duration.of(attempt.durationMicros(), ChronoUnit.MICROS));
  }

  private static void fill(Json.Builder one, Decision decision) {
    put(one, "channel", decision.channel());
    put(one, "account", decision.account());
    put(one, "url", decision.url());
    put(one, "model", decision.model());
    put(one, "verdict", decision.verdict().name().toLowerCase(Locale.ROOT));
    put(one, "why", decision.reason());
    if (decision.ordinal() > 0) {
      put(one, "ordinal", decision.ordinal());
    }
    put(one, "probability", decision.probability());
    put(one, "first_token_ms", decision.firstToken());
    put(one, "took_ms", decision.took());
    Decision.Parts parts = decision.parts();
    if (parts != null) {
      one.put("score", Json.object(score -> fill(score, parts)));
    }
  }

  private static void fill(Json.Builder score, Decision.Parts parts) {
    put(score, "total", parts.score());
    put(score, "cost", parts.cost());
    put(score, "latency", parts.latency());
    put(score, "availability", parts.availability());
    put(score, "quality", parts.quality());
    if (parts.usd() >= 0) {
      put(score, "expected_usd", parts.usd());
    }
    put(score, "expected_first_token_ms", parts.firstToken());
    put(score, "recent_success", parts.success());
  }

  private static void put(Json.Builder into, String name, String text) {
    if (!text.isEmpty()) {
      into.put(name, text);
    }
  }

  /** JSON has no word for what is not finite. */
  private static void put(Json.Builder into, String name, double number) {
    if (Double.isFinite(number)) {
      into.put(name, new Json.Num(Double.toString(number)));
    }
  }

  private static void put(Json.Builder into, String name, @Nullable Duration time) {
    if (time != null) {
      put(into, name, time.toNanos() / NANOS_OF_A_MILLISECOND);
    }
  }
}
