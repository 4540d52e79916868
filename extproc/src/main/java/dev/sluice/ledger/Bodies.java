package dev.sluice.ledger;

import org.jspecify.annotations.Nullable;

/**
 * What is kept of a request's bodies: redacted, cut, and marked where something is missing.
 *
 * @param request what the client sent; null: it is not kept
 * @param response what the client got; null: it is not kept
 */
public record Bodies(@Nullable String request, @Nullable String response) {
  /** The most characters of each that are kept. */
  public static final int MOST = (1 << 20) + 256;

  /** Nothing is kept. */
  public static final Bodies NONE = new Bodies(null, null);

  /** How many characters there are. */
  int length() {
    return (request == null ? 0 : request.length()) + (response == null ? 0 : response.length());
  }

  /** Without the bodies. */
  @Override
  public String toString() {
    return "Bodies[" + length() + " characters]";
  }
}
