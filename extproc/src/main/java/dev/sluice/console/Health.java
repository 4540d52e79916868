package dev.sluice.console;

import dev.sluice.access.Access;
import dev.sluice.catalog.Catalog;
import dev.sluice.ledger.Ledger;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /health}: 200 with {@code "status": "UP"}, or {@code "DEGRADED"} while a newer
 * configuration is refused, responses cannot be kept, the ledger cannot be written, or keys' store
 * or Valkey is away; 503 with {@code "DOWN"} before there is any configuration.
 */
@Controller("/health")
final class Health {
  private final Supplier<@Nullable Catalog> catalog;
  private final Supplier<Console.Standing> responses;
  private final Ledger ledger;
  private final Access access;

  Health(Console.Source source) {
    this.catalog = source.catalog();
    this.responses = source.responses();
    this.ledger = source.ledger();
    this.access = source.access();
  }

  /** How the gateway is. */
  @Get
  @Produces(MediaType.APPLICATION_JSON)
  HttpResponse<Map<String, Object>> health() {
    Catalog now = catalog.get();
    var body = new LinkedHashMap<String, Object>();
    if (now == null) {
      body.put("status", "DOWN");
      body.put("reason", "no configuration has come from the xDS server yet");
      return HttpResponse.<Map<String, Object>>status(
              io.micronaut.http.HttpStatus.SERVICE_UNAVAILABLE)
          .body(body);
    }
    List<String> refused = now.status().refused();
    Console.Standing kept = responses.get();
    String trouble = kept.trouble();
    Ledger.State books = ledger.state();
    Access.State keys = access.state();
    boolean alone = keys.valkey().equals("away");
    boolean well =
        refused.isEmpty()
            && trouble == null
            && books.trouble() == null
            && keys.trouble() == null
            && !alone;
    body.put("status", well ? "UP" : "DEGRADED");
    var configuration = new LinkedHashMap<String, Object>();
    configuration.put("applied", now.status().applied().toString());
    configuration.put("refused", refused);
    configuration.put("channels", now.channels().size());
    configuration.put("groups", now.groups().size());
    body.put("configuration", configuration);
    var stored = new LinkedHashMap<String, Object>();
    stored.put("place", kept.place());
    stored.put("bytes", kept.bytes());
    stored.put("lost", kept.lost());
    if (trouble != null) {
      stored.put("trouble", trouble);
    }
    body.put("responses", stored);
    body.put("ledger", books(books));
    var store = new LinkedHashMap<String, Object>();
    store.put("store", keys.store());
    store.put("valkey", keys.valkey());
    if (keys.trouble() != null) {
      store.put("trouble", keys.trouble());
    } else if (alone) {
      store.put("trouble", "Valkey is away: each gateway counts limits and budgets alone");
    }
    body.put("access", store);
    return HttpResponse.ok(body);
  }

  private static Map<String, Object> books(Ledger.State state) {
    var books = new LinkedHashMap<String, Object>();
    books.put("place", state.place());
    books.put("open", state.open());
    books.put("waiting", state.waiting());
    books.put("spooled", state.spooled());
    books.put("lost", state.lost());
    if (state.trouble() != null) {
      books.put("trouble", state.trouble());
    }
    if (state.note() != null) {
      books.put("note", state.note());
    }
    return books;
  }
}
