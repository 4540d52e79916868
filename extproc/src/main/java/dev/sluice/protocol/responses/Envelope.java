package dev.sluice.protocol.responses;

import dev.sluice.conversation.Stop;
import dev.sluice.conversation.Tool;
import dev.sluice.conversation.Usage;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Protocol;
import dev.sluice.wire.Json;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The response object around an answer's items. It tells the client's own settings again, and the
 * API's defaults for those that the client did not name; {@code store} says what is done, whatever
 * was asked for.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference/responses/object">OpenAI, the
 *     response object</a>
 */
final class Envelope {
  private static final String MODEL = "model";
  private static final String STATUS = "status";

  private final Json.Obj asked;
  private final Protocol.Stamp stamp;
  private final String model;

  /** For the answer to {@code ask}. */
  Envelope(Ask ask, Protocol.Stamp stamp) {
    this.asked = Objects.requireNonNullElse(ask.around(), Json.empty());
    this.stamp = stamp;
    this.model = ask.model();
  }

  /** The namespaces of the client's tools. */
  Namespaces namespaces() {
    return new Namespaces(asked.items("tools"));
  }

  /** The names of the client's tools that take plain text, those of its namespaces too. */
  Set<String> custom() {
    var names = new HashSet<String>();
    for (Tool tool : Requests.tools(asked)) {
      if (tool instanceof Tool.Custom custom) {
        names.add(custom.name());
      }
    }
    return names;
  }

  /** Whether the client wants to know how likely the tokens were. */
  boolean odds() {
    return asked.items("include").contains(Json.of(Requests.LOGPROBS));
  }

  /**
   * The answer's id: the provider's with this protocol's prefix; a new one where the answer is
   * kept, since not every provider's ids are unique.
   */
  String id(String provider) {
    if (stamp.kept()) {
      return "resp_" + stamp.id();
    }
    return provider.startsWith("resp_")
        ? provider
        : "resp_" + (provider.isEmpty() ? stamp.id() : provider);
  }

  /** How an answer ends here. */
  record End(String status, @Nullable String reason) {
    /**
     * What a stop is called.
     *
     * @param refused whether the answer holds a refusal, which says by itself why it ends
     */
    static End of(Stop stop, boolean refused) {
      return switch (stop) {
        case END, TOOL_CALLS, SEQUENCE, PAUSE -> new End("completed", null);
        case LENGTH -> new End("incomplete", "max_output_tokens");
        case FILTER ->
            refused ? new End("completed", null) : new End("incomplete", "content_filter");
      };
    }
  }

  /** The response before its end. */
  Json.Obj begun(String id, String served) {
    return response(id, served, new End("in_progress", null), List.of(), null, Json.nil());
  }

  /**
   * The response.
   *
   * @param id with its prefix
   * @param served the model that answered; empty: the one that was asked for
   * @param usage null: not known yet
   * @param error JSON's null where there is none
   */
  Json.Obj response(
      String id, String served, End end, List<Json> output, @Nullable Usage usage, Json error) {
    String reason = end.reason();
    return Json.object(
        r -> {
          r.put("id", id)
              .put("object", "response")
              .put("created_at", stamp.seconds())
              .put(STATUS, end.status());
          echo(r, "background", Json.of(false));
          r.put("error", error)
              .put(
                  "incomplete_details",
                  reason == null ? Json.nil() : Json.object(d -> d.put("reason", reason)));
          echo(r, "instructions", Json.nil());
          echo(r, "max_output_tokens", Json.nil());
          echo(r, "max_tool_calls", Json.nil());
          r.put(MODEL, served.isEmpty() ? model : served).put("output", output);
          echo(r, "parallel_tool_calls", Json.of(true));
          echo(r, "previous_response_id", Json.nil());
          echo(r, "prompt_cache_key", null);
          echo(r, "prompt_cache_retention", null);
          r.put("reasoning", reasoning());
          echo(r, "safety_identifier", null);
          r.put("store", stamp.kept());
          echo(r, "temperature", new Json.Num("1.0"));
          r.put("text", text());
          echo(r, "tool_choice", Json.of("auto"));
          echo(r, "tools", Json.array());
          echo(r, "top_logprobs", Json.of(0));
          echo(r, "top_p", new Json.Num("1.0"));
          echo(r, "truncation", Json.of("disabled"));
          r.put("usage", usage == null ? Json.nil() : Envelope.usage(usage));
          echo(r, "user", Json.nil());
          echo(r, "metadata", Json.empty());
        });
  }

  private void echo(Json.Builder into, String name, @Nullable Json otherwise) {
    Json said = asked.get(name);
    into.put(name, said == null ? otherwise : said);
  }

  private Json reasoning() {
    Json.Obj said = asked.obj("reasoning");
    return Json.object(
        r -> {
          r.put("effort", Json.nil()).put("summary", Json.nil());
          if (said != null) {
            r.all(said);
          }
        });
  }

  private Json text() {
    Json.Obj said = asked.obj("text");
    return Json.object(
        t -> {
          t.put("format", Json.object(f -> f.put("type", "text")));
          if (said != null) {
            t.all(said);
          }
        });
  }

  /** {@code input_tokens} holds the cached ones too. */
  private static Json usage(Usage usage) {
    Long reasoning = usage.reasoning();
    return Json.object(
        u ->
            u.put("input_tokens", usage.prompt())
                .put(
                    "input_tokens_details",
                    Json.object(
                        d ->
                            d.put("cached_tokens", usage.cacheRead())
                                .put("cache_write_tokens", usage.cacheWrite())))
                .put("output_tokens", usage.output())
                .put(
                    "output_tokens_details",
                    Json.object(d -> d.put("reasoning_tokens", reasoning == null ? 0L : reasoning)))
                .put("total_tokens", usage.prompt() + usage.output()));
  }
}
