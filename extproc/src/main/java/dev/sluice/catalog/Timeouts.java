package dev.sluice.catalog;

import java.time.Duration;

/**
 * How long a channel may take. Envoy's routes and clusters hold the others; the first token is
 * Java's.
 *
 * @param firstToken from the request's last byte to the first event with content, of a stream
 * @param request a whole answer
 * @param stream a whole stream; Envoy ends it then
 */
public record Timeouts(Duration firstToken, Duration request, Duration stream) {
  /** With streams of up to ten minutes. */
  public Timeouts(Duration firstToken, Duration request) {
    this(firstToken, request, Duration.ofMinutes(10));
  }
}
