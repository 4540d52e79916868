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
 */
public record Call(
    Operation operation, @Nullable String model, @Nullable Boolean stream, boolean array) {
  /** A call whose stream, if any, is of server-sent events. */
  public Call(Operation operation, @Nullable String model, @Nullable Boolean stream) {
    this(operation, model, stream, false);
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
    MODEL
  }
}
