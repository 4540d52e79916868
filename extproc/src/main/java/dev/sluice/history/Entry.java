package dev.sluice.history;

/** What is known of a response. It belongs to one key: no other ever sees it. */
public sealed interface Entry {
  /** The name of the client's key. */
  String key();

  /** The response's id. */
  String id();

  /**
   * A response that we keep, since its provider does not.
   *
   * @param response the response object as the client got it: JSON in UTF-8
   * @param input everything that the model was given, earlier turns too: a JSON array in UTF-8
   */
  record Kept(String key, String id, byte[] response, byte[] input) implements Entry {}

  /**
   * A response that its provider keeps.
   *
   * @param channel the name of the channel that it came from
   * @param account the name of the account there
   */
  record Elsewhere(String key, String id, String channel, String account) implements Entry {}
}
