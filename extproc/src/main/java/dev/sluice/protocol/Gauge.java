package dev.sluice.protocol;

/**
 * Looks at a good answer on its way to a client that gets it as it is, for what it used. One for
 * each attempt; not safe for several threads.
 */
public interface Gauge {
  /**
   * Takes the next bytes.
   *
   * @param last whether these are the last
   * @return those that the client gets: the same where nothing is taken out or put off
   */
  byte[] pass(byte[] bytes, boolean last);

  /** What is known so far. */
  Count count();
}
