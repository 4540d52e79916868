package dev.sluice.examples.simulator;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * A request as a provider got it.
 *
 * @param headers lower-case names, the first value of each
 * @param http the version of HTTP it came over: 1.1 or 2
 * @param sni the name its TLS asked for; empty: none
 * @param gone completes when the other side closed the connection before the answer was complete
 */
public record Received(
    String method,
    String path,
    Map<String, String> headers,
    byte[] body,
    String http,
    String sni,
    CompletableFuture<Void> gone) {
  /** Copies the map. */
  public Received {
    headers = Map.copyOf(headers);
  }

  /** Of the body, in lower-case hex. */
  public String sha256() {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(body));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
