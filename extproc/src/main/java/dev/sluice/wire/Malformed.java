package dev.sluice.wire;

/** Bytes that are not what they should be. The message says what is wrong and where. */
public final class Malformed extends Exception {
  private static final long serialVersionUID = 1;

  /** Says {@code message}; carries no stack trace, since input is to blame. */
  public Malformed(String message) {
    super(message, null, false, false);
  }
}
