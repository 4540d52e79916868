package dev.sluice.protocol;

/**
 * A request as far as routing must know it, read without understanding the rest.
 *
 * @param call the endpoint
 * @param model the model's name as the client wrote it
 * @param stream whether the client wants a stream
 * @param body the client's bytes, never changed
 * @param gist of its conversation and its size
 */
public record Ask(Call call, String model, boolean stream, byte[] body, Gist gist) {
  /** A request of which no more is known. */
  public Ask(Call call, String model, boolean stream, byte[] body) {
    this(call, model, stream, body, Gist.NONE);
  }
}
