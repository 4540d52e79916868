package dev.sluice.access;

/**
 * A key that opens nothing now.
 *
 * @param why the kind of reason
 * @param message a sentence for the client
 */
public record Refused(Why why, String message) implements Verdict {
  /** The kind of reason. */
  public enum Why {
    /** It is not one of ours, or was revoked, has expired or is disabled: 401. */
    INVALID,
    /** It cannot be looked up at the moment: 503. */
    AWAY
  }

  static final Refused UNKNOWN = new Refused(Why.INVALID, "The API key is not valid here.");
  static final Refused REVOKED = new Refused(Why.INVALID, "The API key was revoked.");
  static final Refused DISABLED = new Refused(Why.INVALID, "The API key is disabled.");
  static final Refused ORPHANED =
      new Refused(Why.INVALID, "The user whom the API key belongs to is disabled.");
  static final Refused BUSY =
      new Refused(
          Why.AWAY, "Too many unknown API keys are being looked up; try again in a second.");
  static final Refused AWAY =
      new Refused(Why.AWAY, "API keys cannot be looked up at the moment; try again in a moment.");
}
