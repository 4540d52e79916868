package dev.sluice.ledger;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What happened, one line a request in the log named {@code sluice.requests}: its record as JSON.
 * Never a credential, never a body.
 */
public final class Ledger {
  private static final Logger LOG = LoggerFactory.getLogger("sluice.requests");

  /** Writes the line. */
  public void write(RequestRecord request) {
    if (LOG.isInfoEnabled()) {
      LOG.info("{}", Line.of(request));
    }
  }
}
