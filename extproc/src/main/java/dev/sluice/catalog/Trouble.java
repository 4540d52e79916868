package dev.sluice.catalog;

import java.util.Arrays;
import java.util.Optional;

/** The failures of an attempt that a channel can name in {@code failover_on}. */
public enum Trouble {
  RATE_LIMIT("429"),
  SERVER_ERROR("5xx"),
  TIMEOUT("timeout"),
  CONNECT("connect"),
  QUOTA("quota"),
  MODEL_UNSUPPORTED("model_unsupported");

  private final String word;

  Trouble(String word) {
    this.word = word;
  }

  /** The word for it in the configuration. */
  public String word() {
    return word;
  }

  /** The trouble that the configuration calls {@code word}. */
  public static Optional<Trouble> of(String word) {
    return Arrays.stream(values()).filter(t -> t.word.equals(word)).findFirst();
  }
}
