package dev.sluice.ledger;

import java.util.Locale;

/** What is kept in Parquet, a folder each. */
enum Table {
  /** A row a request. */
  REQUESTS,
  /** A row an attempt. */
  ATTEMPTS,
  /** Sums of requests by hour, key, group and model. */
  REQUEST_HOURS,
  /** Sums of attempts by hour, key, group, model, channel, account and the provider's model. */
  ATTEMPT_HOURS,
  /** How many requests took how long, by hour, key and group. */
  KEY_TIMES,
  /** The same by hour, group and model. */
  MODEL_TIMES,
  /** How many attempts took how long, by hour, channel, account and the provider's model. */
  CHANNEL_TIMES,
  /** Which request is of which time, in the order of their ids. */
  IDS;

  /** The name of its folder. */
  String folder() {
    return name().toLowerCase(Locale.ROOT);
  }
}
