package dev.sluice.ledger;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happened, one line a request in the log named {@code sluice.requests}. Never a credential,
 * never a body.
 */
public final class Ledger {
  private static final Logger LOG = LoggerFactory.getLogger("sluice.requests");

  /**
   * A request that is over for us.
   *
   * @param id its request id
   * @param key the name of the client's key
   * @param group the key's group
   * @param client the client's protocol
   * @param model as the client wrote it
   * @param stream whether it asked for a stream
   * @param outcome what became of it: released, translated, refused with its status, left
   * @param millis from its first try to the first byte for the client
   * @param chain every try and how it ended
   */
  public record Entry(
      String id,
      String key,
      String group,
      String client,
      String model,
      boolean stream,
      String outcome,
      long millis,
      String chain) {}

  /** Writes the line. */
  public void write(Entry entry) {
    LOG.info(
        "id={} key={} group={} client={} model={} stream={} outcome={} ms={} tries=[{}]",
        entry.id(),
        entry.key(),
        entry.group(),
        entry.client(),
        clean(entry.model()),
        entry.stream(),
        entry.outcome(),
        entry.millis(),
        entry.chain());
  }

  private static String clean(String text) {
    String one = text.length() > 200 ? text.substring(0, 200) : text;
    return one.replaceAll("[\\p{Cntrl}\\s]", "?");
  }
}
