package dev.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.ledger.Ledger;
import dev.sluice.routing.Place;
import dev.sluice.routing.Standing;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Prometheus reads after requests are told, and that the dashboard asks for nothing else. */
final class MetersTest {
  private static final Standing STANDING =
      new Standing(
          List.of(
              new Standing.Rest(
                  new Place.OfAccount("one", "main"),
                  Standing.Kind.BANNED,
                  Instant.EPOCH,
                  null,
                  "disabled")),
          List.of(
              new Standing.Figures(
                  "two", "real", 5, 1, 0.8, Duration.ZERO, Duration.ZERO, 0, 0, 3)),
          10,
          4);

  private final Meters meters =
      new Meters(() -> STANDING, () -> new Ledger.State("x", true, 2, 300, 1, null, null));

  @AfterEach
  void close() {
    meters.close();
  }

  private void tell() {
    meters.count(
        Told.request(
            "gpt", Told.attempt(1, "one", "real", false), Told.attempt(2, "two", "real", true)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sluice_requests_total{endpoint=\"generate\",group=\"default\",outcome=\"released\",protocol=\"chat\",status=\"2xx\"}"
            + " 2.0",
        "sluice_charged_usd_total{group=\"default\"} 1.5",
        "sluice_attempts_total{channel=\"one\",failure=\"unavailable\",model=\"real\",settlement=\"failed\"}"
            + " 2.0",
        "sluice_attempts_total{channel=\"two\",failure=\"none\",model=\"real\",settlement=\"complete\"}"
            + " 2.0",
        "sluice_tokens_total{channel=\"two\",kind=\"input\",model=\"real\"} 20.0",
        "sluice_tokens_total{channel=\"two\",kind=\"cache_read\",model=\"real\"} 40.0",
        "sluice_tokens_total{channel=\"two\",kind=\"cache_write\",model=\"real\"} 60.0",
        "sluice_tokens_total{channel=\"two\",kind=\"output\",model=\"real\"} 80.0",
        "sluice_cost_usd_total{channel=\"two\",model=\"real\"} 1.0",
        "sluice_request_first_token_seconds_bucket{group=\"default\",le=\"0.2\"} 0",
        "sluice_request_first_token_seconds_bucket{group=\"default\",le=\"0.4\"} 2",
        "sluice_attempt_first_token_seconds_count{channel=\"two\"} 2",
        "sluice_request_duration_seconds_sum{group=\"default\"} 2.0",
        "sluice_resting{channel=\"one\",kind=\"banned\",part=\"main\"} 1.0",
        "sluice_running{channel=\"two\",model=\"real\"} 3.0",
        "sluice_success_ratio{channel=\"two\",model=\"real\"} 0.8",
        "sluice_retry_budget 10.0",
        "sluice_sessions 4.0",
        "sluice_ledger_waiting 2.0",
        "sluice_ledger_spooled_bytes 300.0",
        "sluice_ledger_lost_total 1.0",
      })
  void whatIsToldIsCounted(String line) {
    tell();
    tell();
    assertThat(meters.scrape().lines()).contains(line);
  }

  @Test
  void namesOfOthersAreBounded() {
    for (int i = 0; i < 1_000; i++) {
      meters.count(Told.request("m" + i, Told.attempt(1, "one", "real" + i, true)));
    }
    assertThat(meters.scrape().lines().filter(line -> line.startsWith("sluice_attempts_total")))
        .hasSize(201)
        .anyMatch(line -> line.contains("model=\"other\"") && line.endsWith(" 800.0"));
    assertThat(meters.scrape()).doesNotContain("alice");
  }

  @Test
  void theDashboardAsksForWhatThereIs() throws Exception {
    tell();
    JsonNode dashboard =
        new ObjectMapper().readTree(Path.of("../examples/grafana/sluice.json").toFile());
    var asked = new ArrayList<String>();
    dashboard
        .findValuesAsText("expr")
        .forEach(
            expression ->
                Pattern.compile("(sluice|jvm|process)_[a-z_]+")
                    .matcher(expression)
                    .results()
                    .map(MatchResult::group)
                    .forEach(asked::add));
    assertThat(asked).hasSizeGreaterThan(12);
    String scraped = meters.scrape();
    assertThat(asked).allSatisfy(name -> assertThat(scraped).contains("\n" + name));
    assertThat(dashboard.path("panels")).hasSizeGreaterThan(8);
  }
}
