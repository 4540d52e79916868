package dev.sluice.protocol;

/**
 * A request as far as routing must know it, read without understanding the rest.
 *
 * @param call the endpoint
 * @param model the model's name as the client wrote it
 * @param stream whether the client wants a stream
 * @param body the client's bytes, never changed
 */
public record Ask(Call call, String model, boolean stream, byte[] body) {}
