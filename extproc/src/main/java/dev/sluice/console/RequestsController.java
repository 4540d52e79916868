package dev.sluice.console;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.sluice.ledger.AttemptRecord;
import dev.sluice.ledger.Bodies;
import dev.sluice.ledger.Ledger;
import dev.sluice.ledger.RequestRecord;
import dev.sluice.ledger.Search;
import dev.sluice.ledger.Unavailable;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * {@code GET /admin/requests}: requests with their attempts and decisions, newest first.
 *
 * <p>{@code key}, {@code channel} (one that was tried), {@code status}: only these; {@code from},
 * {@code to}: a time or a day of UTC, the last day by default; {@code limit}: 50 by default; {@code
 * after}: what the page before called {@code next}. {@code GET /admin/requests/ID} is one request
 * of any time, with its bodies where they are kept. 400 with a sentence where a parameter is wrong,
 * 404 where there is no such request, 503 where the ledger cannot answer.
 */
@Controller("/admin/requests")
final class RequestsController {
  private static final Duration USUAL = Duration.ofDays(1);
  private static final int ROWS = 50;
  private static final Set<String> KNOWN =
      Set.of("id", "key", "channel", "status", "from", "to", "limit", "after");

  private final Ledger ledger;
  private final ObjectMapper json;

  RequestsController(Console.Source source, ObjectMapper json) {
    this.ledger = source.ledger();
    this.json = json;
  }

  /** A page of them. */
  @Get
  @Produces(MediaType.APPLICATION_JSON)
  @ExecuteOn(TaskExecutors.IO)
  HttpResponse<Map<String, Object>> requests(HttpRequest<?> request) {
    try {
      Search.Page page = ledger.find(search(new Questions(request.getParameters(), KNOWN)));
      var body = new LinkedHashMap<String, Object>();
      body.put("requests", page.requests().stream().map(this::body).toList());
      if (page.next() != null) {
        body.put("next", page.next().toString());
      }
      return HttpResponse.ok(body);
    } catch (IllegalArgumentException e) {
      return Refusals.wrong(e);
    } catch (Unavailable e) {
      return Refusals.unavailable(e);
    }
  }

  /** One of them. */
  @Get("/{id}")
  @Produces(MediaType.APPLICATION_JSON)
  @ExecuteOn(TaskExecutors.IO)
  HttpResponse<Map<String, Object>> request(String id) {
    try {
      List<RequestRecord> found = ledger.find(Search.of(id)).requests();
      return found.isEmpty()
          ? Refusals.missing("there is no request with this id.")
          : HttpResponse.ok(whole(found.getFirst()));
    } catch (Unavailable e) {
      return Refusals.unavailable(e);
    }
  }

  private static Search search(Questions asked) {
    String after = asked.text("after");
    Integer limit = asked.number("limit");
    Instant to = asked.time("to", Instant.now());
    return new Search(
        asked.text("id"),
        asked.text("key"),
        asked.text("channel"),
        asked.number("status"),
        asked.time("from", to.minus(USUAL)),
        to,
        after == null ? null : Search.Cursor.of(after),
        limit == null ? ROWS : limit);
  }

  private Map<String, Object> whole(RequestRecord request) {
    Map<String, Object> body = body(request);
    Bodies kept = request.bodies();
    if (kept.request() != null) {
      body.put("request_body", kept.request());
    }
    if (kept.response() != null) {
      body.put("response_body", kept.response());
    }
    return body;
  }

  private Map<String, Object> body(RequestRecord request) {
    var body = new LinkedHashMap<String, Object>();
    body.put("id", request.id());
    body.put("began", request.began().toString());
    body.put("key", request.key());
    body.put("group", request.group());
    body.put("protocol", request.protocol());
    body.put("endpoint", request.endpoint());
    body.put("model", request.model());
    body.put("stream", request.stream());
    body.put("session", request.session());
    body.put("status", request.status());
    body.put("outcome", request.outcome());
    body.put("settlement", word(request.settlement()));
    millis(body, "first_token_ms", request.firstTokenMicros());
    millis(body, "duration_ms", request.durationMicros());
    body.put("tokens", UsageController.tokens(request.tokens()));
    body.put("cost", request.cost());
    body.put("charged", request.charged());
    body.put("losses", request.losses());
    body.put("decisions", decisions(request.decisions()));
    body.put("attempts", request.attempts().stream().map(RequestsController::body).toList());
    return body;
  }

  private static Map<String, Object> body(AttemptRecord attempt) {
    var body = new LinkedHashMap<String, Object>();
    body.put("ordinal", attempt.ordinal());
    body.put("began", attempt.began().toString());
    body.put("channel", attempt.channel());
    body.put("account", attempt.account());
    body.put("url", attempt.url());
    body.put("model", attempt.model());
    body.put("protocol", attempt.protocol());
    body.put("reason", attempt.reason());
    body.put("status", attempt.status());
    body.put("flags", attempt.flags());
    body.put("failure", attempt.failure());
    body.put("settlement", word(attempt.settlement()));
    millis(body, "first_token_ms", attempt.firstTokenMicros());
    millis(body, "duration_ms", attempt.durationMicros());
    body.put("tokens", UsageController.tokens(attempt.tokens()));
    body.put("cost", attempt.cost());
    return body;
  }

  private static String word(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }

  private static void millis(Map<String, Object> body, String name, long micros) {
    if (micros >= 0) {
      body.put(name, micros / 1e3);
    }
  }

  /** As JSON, or as the text that it is. */
  private Object decisions(String written) {
    try {
      return written.isEmpty() ? "" : json.readTree(written);
    } catch (JsonProcessingException e) {
      return written;
    }
  }
}
