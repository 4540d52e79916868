package dev.sluice.protocol;

import org.jspecify.annotations.Nullable;

/**
 * What a client's method and path ask for.
 *
 * @param operation which of the protocol's endpoints it is
 * @param model the model named in the path (Gemini, or one entry of a model list); null where it is
 *     in the body or there is none
 * @param stream whether the path asks for a stream; null where the body says so
 * @param array whether that stream is one JSON array and not server-sent events (Gemini without
 *     {@code alt=sse})
 * @param response the id of an earlier response named in the path (Responses); null: none
 */
public record Call(
    Operation operation,
    @Nullable String model,
    @Nullable Boolean stream,
    boolean array,
    @Nullable String response) {
  /** A call whose stream, if any, is of server-sent events. */
  public Call(Operation operation, @Nullable String model, @Nullable Boolean stream) {
    this(operation, model, stream, false, null);
  }

  /** A call that is not about an earlier response. */
  public Call(
      Operation operation, @Nullable String model, @Nullable Boolean stream, boolean array) {
    this(operation, model, stream, array, null);
  }

  /** A path without its query. */
  public static String bare(String path) {
    int mark = path.indexOf('?');
    return mark < 0 ? path : path.substring(0, mark);
  }

  /** The endpoints of a protocol. */
  public enum Operation {
    /** An answer from a model, whole or streamed. */
    GENERATE,
    /** How many tokens a request has, without an answer to it. */
    COUNT,
    /** The list of models that the key may use. */
    MODELS,
    /** One entry of that list. */
    MODEL,
    /** A conversation made shorter by a model (Responses). */
    COMPACT,
    /** An earlier response. */
    RESPONSE,
    /** What an earlier response was given. */
    INPUT_ITEMS,
    /** The end of what is kept of an earlier response. */
    DELETE_RESPONSE,
    /** The end of a response that runs in the background. */
    CANCEL_RESPONSE
  }
}
