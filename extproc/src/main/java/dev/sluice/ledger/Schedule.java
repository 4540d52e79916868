package dev.sluice.ledger;

import java.time.Duration;

/**
 * When the ledger does what.
 *
 * @param flush how often what waits is written into the spool and synchronised
 * @param rows how long rows are gathered for the database at most
 * @param batch how many rows are given to the database at once at most
 * @param segmentBytes a segment of the spool is closed when it is larger
 * @param segmentAge or older
 * @param rollBytes rows go into Parquet when closed segments have more
 * @param rollAge or the oldest of them is older
 * @param spoolBytes of all segments; beyond it records are lost
 * @param waiting records that wait for the spool at most
 * @param waitingBytes of them, about
 * @param look how often it is looked whether something is to be rolled, merged or thrown away
 */
record Schedule(
    Duration flush,
    Duration rows,
    int batch,
    long segmentBytes,
    Duration segmentAge,
    long rollBytes,
    Duration rollAge,
    long spoolBytes,
    int waiting,
    long waitingBytes,
    Duration look) {
  /** How it is in service. */
  static final Schedule USUAL =
      new Schedule(
          Duration.ofMillis(50),
          Duration.ofSeconds(1),
          4000,
          16L << 20,
          Duration.ofMinutes(10),
          256L << 20,
          Duration.ofHours(1),
          8L << 30,
          50_000,
          Math.min(64L << 20, Runtime.getRuntime().maxMemory() / 16),
          Duration.ofSeconds(5));
}
