package dev.sluice.protocol;

import dev.sluice.conversation.Block;
import dev.sluice.conversation.Event;
import dev.sluice.conversation.Failure;
import dev.sluice.conversation.Loss;
import dev.sluice.conversation.Origin;
import dev.sluice.conversation.Request;
import dev.sluice.conversation.Response;
import dev.sluice.conversation.Usage;
import dev.sluice.wire.Mentions;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One wire protocol, as a client speaks it to us and as we speak it to a provider. Stateless and
 * safe for any number of threads; the state of a stream is in its {@link Reader}, {@link Writer} or
 * {@link Watch}. No clock, no randomness, no I/O: what is needed of them is handed in.
 */
public interface Protocol {
  /** Which one it is. */
  Origin origin();

  // ---- as a client speaks it

  /**
   * What a client's request line asks for; null where it is not this protocol's.
   *
   * @param method upper case
   * @param path with its query, as the client sent it
   * @param headers lower-case names; only the first value of each
   */
  @Nullable Call call(String method, String path, Map<String, String> headers);

  /**
   * Reads what routing must know from a {@link Call.Operation#GENERATE} request.
   *
   * @throws Refusal the body is not JSON, or a required field is missing or of the wrong type;
   *     names the field
   */
  Ask ask(Call call, byte[] body) throws Refusal;

  /** The error as this protocol's clients expect it, with its status and headers. */
  Answer refuse(Failure failure);

  /** The error as the last event of a stream that has begun; complete with its terminator. */
  byte[] breakOff(Failure failure);

  /**
   * The error as all that follows the head and maybe keep-alives of a stream, in the form that the
   * call asked for.
   */
  default byte[] breakOff(Call call, Failure failure) {
    return breakOff(failure);
  }

  /** A keep-alive that every client of this protocol ignores, between two events of a stream. */
  default byte[] keepAlive() {
    return ": keep-alive\n\n".getBytes(StandardCharsets.UTF_8);
  }

  /** A keep-alive in the form that the call asked for, before the first event of a stream. */
  default byte[] keepAlive(Call call) {
    return keepAlive();
  }

  /** The media type of a stream in the form that the call asked for. */
  default String streamType(Call call) {
    return "text/event-stream";
  }

  /** The answer to a {@link Call.Operation#COUNT}, from our own estimate. */
  default Answer counted(long tokens) {
    throw new IllegalStateException("this protocol has no endpoint that counts");
  }

  /** The list of models. */
  Answer models(List<Listed> models);

  /** One entry of the list of models. */
  Answer model(Listed model);

  // ---- as we speak it to a provider

  /** Path and query below the channel's base URL, beginning with a slash. */
  String path(String baseUrl, String model, boolean stream);

  /**
   * The path where the client speaks this protocol too: of the endpoint that its call asked for,
   * and in the form that it asked for.
   */
  default String path(String baseUrl, String model, Call call, boolean stream) {
    return path(baseUrl, model, stream);
  }

  /**
   * The headers that carry the account's credential, and those that every request needs where the
   * client's protocol is another ({@code anthropic-version}). Lower-case names.
   */
  Map<String, String> headers(String credential);

  /**
   * Headers of a client that a provider of this protocol understands, beyond the general ones;
   * lower case.
   */
  default boolean forwards(String header) {
    return false;
  }

  /** The client's own bytes with nothing changed but the model's name, spliced in place. */
  default byte[] rename(Ask ask, String model) {
    return Fields.rename(ask.body(), model);
  }

  /** What a provider's answer with an error status says. */
  Failure failure(int status, Map<String, String> headers, byte[] body);

  /**
   * Looks at a whole answer that the client gets untouched; null where it is good, else why it is
   * not: an error inside a 200, HTML, nothing, half a JSON document.
   */
  @Nullable Failure judge(byte[] body);

  /** Looks at a streamed answer that the client gets untouched. */
  Watch watch();

  /** Looks at a whole answer that the client gets untouched, for what it used. */
  Gauge gauge();

  /**
   * Finds the pictures in answers that the client gets untouched, by the bytes; null: they have
   * none.
   */
  default @Nullable Mentions pictures() {
    return null;
  }

  /**
   * Looks at a stream that passes us to its end, for what it used; takes out what the client did
   * not ask for where the request was {@link #metered}.
   */
  default Gauge streamGauge() {
    return new EventGauge(Objects.requireNonNull(translator()).reader());
  }

  /**
   * What a stream said that did not pass us.
   *
   * @param parts the last value at each of the paths of {@link dev.sluice.protos.AttemptLog}
   */
  Said said(Map<String, String> parts);

  /**
   * A client's request for a stream, with what makes the provider say in it what it used; null
   * where it does anyway.
   */
  default byte @Nullable [] metered(Ask ask) {
    return null;
  }

  /**
   * The way through the canonical model; null where only the same protocol on the other side works.
   */
  @Nullable Translator translator();

  /** From the protocol to the canonical model and back. */
  interface Translator {
    /** Reads a client's whole request. */
    Request read(Ask ask) throws Refusal;

    /** Whether a request can hold such a medium's bytes, and not its address. */
    boolean takesBytesAlone(Block.Kind kind, String url, Target target);

    /** What a provider takes for a tool's name. */
    ToolNames.Rule toolNames();

    /** Writes a request for a provider. */
    Written write(Request request, Target target);

    /**
     * Reads a provider's whole answer; a {@link Refusal} where {@link Protocol#judge} would say why
     * not.
     */
    Response readAnswer(byte[] body) throws Refusal;

    /** Writes a whole answer for a client that asked for {@code ask}. */
    Written writeAnswer(Response response, Ask ask, Stamp stamp);

    /** Reads a provider's stream. */
    Reader reader();

    /** Writes a stream for a client that asked for {@code ask}. */
    Writer writer(Ask ask, Stamp stamp);
  }

  /**
   * Whom a request is written for.
   *
   * @param model what the provider is asked for
   * @param stream whether it shall stream
   * @param issuer what its signatures are known by
   */
  record Target(String model, boolean stream, String issuer) {}

  /**
   * What an answer needs that the canonical model does not hold.
   *
   * @param id unique, of letters and digits
   * @param seconds since the epoch
   * @param issuer what the signatures of the provider that answers are known by
   * @param kept whether the gateway keeps the answer, so that later requests may name its id
   */
  record Stamp(String id, long seconds, String issuer, boolean kept) {
    /** Of an answer that the gateway does not keep. */
    public Stamp(String id, long seconds, String issuer) {
      this(id, seconds, issuer, false);
    }
  }

  /** Turns a provider's bytes into events, however they are cut. One for each attempt. */
  interface Reader {
    /** The events that these bytes complete; a {@code Failure} event where they make no sense. */
    List<Event> read(byte[] bytes);

    /** The body is over; a {@code Failure} event where it ended too early. */
    List<Event> end();

    /**
     * What the provider has said of everything that has come so far, be it no event yet; null: it
     * says so in events alone.
     */
    default @Nullable Usage usage() {
      return null;
    }
  }

  /** Turns events into a client's bytes. One for each attempt. */
  interface Writer {
    /**
     * The bytes for this event; may be empty. After a finish or a failure: the rest of the stream.
     */
    byte[] write(Event event);

    /** What could not be written so far, in order. */
    List<Loss> losses();
  }
}
