package dev.sluice.ledger;

/** The ledger cannot answer now; the message says why and what to do, for people. */
public final class Unavailable extends Exception {
  private static final long serialVersionUID = 1;

  Unavailable(String message) {
    super(message);
  }

  Unavailable(String message, Throwable cause) {
    super(message, cause);
  }
}
