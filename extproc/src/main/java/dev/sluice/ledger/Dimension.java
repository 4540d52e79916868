package dev.sluice.ledger;

import java.util.Arrays;
import java.util.Optional;

/** What usage is asked by. */
public enum Dimension {
  /** The name of the client's key. */
  KEY("key", "key_name"),
  /** The key's group. */
  GROUP("group", "group_name"),
  /** The model as the client wrote it. */
  MODEL("model", "model"),
  /** The channel of an attempt. */
  CHANNEL("channel", "channel"),
  /** The account of an attempt. */
  ACCOUNT("account", "account"),
  /** The model that the provider was asked for. */
  PROVIDER_MODEL("provider_model", "provider_model");

  private final String word;
  private final String column;

  Dimension(String word, String column) {
    this.word = word;
    this.column = column;
  }

  /** The word for it in a question. */
  public String word() {
    return word;
  }

  /** The dimension that a question calls {@code word}. */
  public static Optional<Dimension> of(String word) {
    return Arrays.stream(values()).filter(d -> d.word.equals(word)).findFirst();
  }

  String column() {
    return column;
  }

  /** Whether only attempts have it, and not requests. */
  boolean ofAttempts() {
    return this == CHANNEL || this == ACCOUNT || this == PROVIDER_MODEL;
  }
}
