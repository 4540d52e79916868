package dev.sluice.exchange;

import dev.sluice.catalog.Catalog;
import dev.sluice.catalog.Channel;
import dev.sluice.catalog.Key;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Failure.Kind;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.history.Entry;
import dev.sluice.history.History;
import dev.sluice.protocol.Answer;
import dev.sluice.protocol.Ask;
import dev.sluice.protocol.Call.Operation;
import dev.sluice.protocol.Count;
import dev.sluice.protocol.Protocol;
import dev.sluice.protocol.Refusal;
import dev.sluice.protocol.responses.Stored;
import dev.sluice.routing.Attempt;
import dev.sluice.routing.Choice;
import dev.sluice.routing.Plan;
import dev.sluice.routing.Router;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a client of OpenAI Responses may leave with the other side between two requests. A provider
 * that speaks the protocol keeps its own responses: then only the channel and the account are
 * remembered, since no other has them. In the stead of every other provider the gateway keeps them.
 */
final class Continuity {
  private static final Logger LOG = LoggerFactory.getLogger(Continuity.class);

  private final History history;

  Continuity(History history) {
    this.history = history;
  }

  /** What becomes of a request. */
  sealed interface Start {}

  /** The answer is there already. */
  record Told(Answer answer) implements Start {}

  /**
   * It goes to a provider.
   *
   * @param whole the request with everything in it that it goes on from
   * @param pin where it must go, since what it is about is there; null: anywhere
   * @param alone what to say where no channel speaks Responses, since only such a provider can do
   *     it; null: any protocol will do
   * @param store whether the client wants the answer to be kept
   */
  record Course(Ask whole, @Nullable Pin pin, @Nullable Failure alone, boolean store)
      implements Start {

    /** Whether a provider of this protocol will do. */
    boolean allows(Origin origin) {
      return origin == Origin.RESPONSES || (pin == null && alone == null);
    }

    /**
     * The candidates.
     *
     * @param open those of the model
     * @throws Refusal where it must go is gone or cannot do it
     */
    Plan plan(Router router, Catalog catalog, Key key, String model, Plan open) throws Refusal {
      Pin to = pin;
      if (to == null) {
        if (alone != null
            && open instanceof Plan.None(Choice why)
            && why instanceof Choice.Untranslatable) {
          throw new Refusal(alone);
        }
        return open;
      }
      Channel channel = Router.only(catalog, key.group(), to.channel(), to.account());
      if (channel == null) {
        throw new Refusal(to.gone());
      }
      if (model.isEmpty()) {
        return router.at(catalog, key.group(), channel, "");
      }
      String target = channel.serves(model);
      if (target == null) {
        throw new Refusal(
            Failure.invalid(
                "model",
                "The response '"
                    + to.id()
                    + "' is kept by the channel '"
                    + to.channel()
                    + "', which does not serve the model '"
                    + model
                    + "'."));
      }
      return router.at(catalog, key.group(), channel, target);
    }
  }

  /**
   * Where a response is kept.
   *
   * @param id the response's
   * @param previous whether the request only goes on from it
   */
  record Pin(String id, String channel, String account, boolean previous) {
    private Failure gone() {
      String why =
          "The response '"
              + id
              + "' is kept by the account '"
              + account
              + "' of the channel '"
              + channel
              + "', which this key does not reach any more.";
      return previous
          ? Failure.invalid("previous_response_id", why).withCode("previous_response_not_found")
          : new Failure(Kind.INVALID_REQUEST, 404, why, null, null, null);
    }
  }

  /**
   * Reads what a request goes on from or is about.
   *
   * @param path as the client sent it
   * @throws Refusal there is no such response for this key
   */
  Start start(Protocol client, Key key, String path, Ask ask) throws Refusal {
    if (client.origin() != Origin.RESPONSES) {
      return new Course(ask, null, null, false);
    }
    if (ask.call().response() != null) {
      return about(key, path, ask, ask.call().response());
    }
    Stored.Said said = Stored.said(ask.body());
    Failure alone = alone(ask, said);
    String previous = said.previous();
    if (previous == null) {
      return new Course(resolved(key, ask), null, alone, said.store());
    }
    return switch (find(key, previous)) {
      case null -> throw new Refusal(Stored.noPrevious(previous));
      case Entry.Elsewhere(var _, var _, String channel, String account) ->
          new Course(ask, new Pin(previous, channel, account, true), alone, said.store());
      case Entry.Kept(var _, var _, byte[] response, byte[] input) ->
          new Course(
              with(ask, Stored.goOn(resolved(key, ask).body(), input, response)),
              null,
              alone,
              said.store());
    };
  }

  private static Ask with(Ask ask, byte[] body) {
    return new Ask(ask.call(), ask.model(), ask.stream(), body, ask.gist(), null);
  }

  /** The request with the items in it that it only names and that are kept here. */
  private Ask resolved(Key key, Ask ask) throws Refusal {
    if (!Stored.refers(ask.body())) {
      return ask;
    }
    byte[] body =
        Stored.resolved(
            ask.body(),
            id ->
                find(key, id) instanceof Entry.Kept(var _, var _, byte[] response, byte[] input)
                    ? new Stored.Earlier(response, input)
                    : null);
    return with(ask, body);
  }

  private static @Nullable Failure alone(Ask ask, Stored.Said said) {
    String text = "' needs a provider that speaks openai-responses, and the model '";
    String end = "' has none.";
    if (ask.call().operation() == Operation.COMPACT) {
      return Failure.of(Kind.UNSUPPORTED, "'/v1/responses/compact" + text + ask.model() + end)
          .withCode("compact_not_supported");
    }
    String field = said.background() ? "background" : said.conversation() ? "conversation" : null;
    return field == null ? null : Failure.invalid(field, "'" + field + text + ask.model() + end);
  }

  private Start about(Key key, String path, Ask ask, String id) throws Refusal {
    switch (find(key, id)) {
      case null -> throw new Refusal(Stored.none(id));
      case Entry.Elsewhere(var _, var _, String channel, String account) -> {
        return new Course(ask, new Pin(id, channel, account, false), null, false);
      }
      case Entry.Kept(var _, var _, byte[] response, byte[] input) -> {
        return new Told(
            switch (ask.call().operation()) {
              case RESPONSE -> {
                if (ask.stream()) {
                  throw new Refusal(Stored.notStreamed(id));
                }
                yield Stored.response(response);
              }
              case INPUT_ITEMS -> Stored.inputItems(input, path);
              case DELETE_RESPONSE -> {
                if (!history.forget(key.name(), id)) {
                  throw new Refusal(
                      Failure.of(
                          Kind.UNAVAILABLE, "The response could not be deleted; try again."));
                }
                yield Stored.deleted(id);
              }
              case CANCEL_RESPONSE -> throw new Refusal(Stored.notCancelled());
              case GENERATE, COUNT, COMPACT, MODELS, MODEL ->
                  throw new IllegalStateException("names no response");
            });
      }
    }
  }

  private @Nullable Entry find(Key key, String id) throws Refusal {
    try {
      return history.find(key.name(), id);
    } catch (IOException e) {
      LOG.error("an earlier response cannot be read", e);
      throw new Refusal(
          Failure.of(Kind.UNAVAILABLE, "Earlier responses cannot be read; try again."));
    }
  }

  /** Whether the answer will be kept by us. */
  boolean keeps(Flight of, Origin provider) {
    return of.client().origin() == Origin.RESPONSES
        && provider != Origin.RESPONSES
        && of.course().store()
        && of.ask().call().operation() == Operation.GENERATE
        && history.keeps();
  }

  /** Without what the gateway does in the provider's stead. */
  List<Loss> lost(Flight of, Origin provider, List<Loss> losses) {
    return keeps(of, provider)
        ? losses.stream().filter(loss -> !loss.field().equals("store")).toList()
        : losses;
  }

  /** The conversion, watched for what has to be kept or remembered of the answer. */
  Conversion recorded(Flight of, Attempt from, Conversion conversion) {
    String key = of.key().name();
    Channel channel = from.channel();
    if (keeps(of, channel.protocol())) {
      return new Recording.Kept(
          conversion, of.ask().stream(), (id, response) -> keep(of, id, response));
    }
    if (of.client().origin() == Origin.RESPONSES
        && channel.protocol() == Origin.RESPONSES
        && of.course().store()) {
      String account = from.account().name();
      return new Recording.Remembered(
          conversion,
          of.ask().stream(),
          id -> history.put(new Entry.Elsewhere(key, id, channel.name(), account)));
    }
    return conversion;
  }

  private void keep(Flight of, String id, byte[] response) {
    try {
      byte[] input = Stored.kept(of.course().whole().body(), id);
      history.put(new Entry.Kept(of.key().name(), id, response, input));
    } catch (Refusal e) {
      LOG.warn("request {}: its response is not kept: {}", of.id(), e.getMessage());
    }
  }

  /** The answer of the provider that keeps the response: the client's, whatever it says. */
  Conversion forwarded(Flight of) {
    return new Recording.Forwarded(
        () -> {
          String id = of.ask().call().response();
          if (id != null && of.ask().call().operation() == Operation.DELETE_RESPONSE) {
            history.forget(of.key().name(), id);
          }
        },
        new Count());
  }
}
