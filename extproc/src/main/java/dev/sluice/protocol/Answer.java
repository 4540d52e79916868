package dev.sluice.protocol;

import java.util.Map;

/**
 * A whole answer to a client.
 *
 * @param status the HTTP status
 * @param headers the headers beside the length, lower case, {@code content-type} among them
 * @param body the body
 */
public record Answer(int status, Map<String, String> headers, byte[] body) {
  /** Copies the map. */
  public Answer {
    headers = Map.copyOf(headers);
  }
}
