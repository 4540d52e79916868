package dev.sluice.access;

/** A change that cannot be made; the message is a sentence for whoever asked for it. */
public final class Wrong extends Exception {
  private static final long serialVersionUID = 1;

  private final Kind kind;

  Wrong(Kind kind, String message) {
    super(message, null, false, false);
    this.kind = kind;
  }

  /** What is wrong with it. */
  public Kind kind() {
    return kind;
  }

  /** What is wrong with a change. */
  public enum Kind {
    /** A value cannot be. */
    INVALID,
    /** What it is about is not there. */
    MISSING,
    /** It contradicts what is there. */
    CONFLICT
  }
}
