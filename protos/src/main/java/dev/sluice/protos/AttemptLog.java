package dev.sluice.protos;

import java.util.List;

/**
 * What an attempt leaves in Envoy's access log beside what Envoy always says: two namespaces of
 * dynamic metadata.
 */
public final class AttemptLog {
  /** The log's name. */
  public static final String NAME = "attempt";

  /** The namespace that extproc writes; only entries that have it are sent. */
  public static final String ATTEMPT = "sluice.attempt";

  /** In {@link #ATTEMPT}: by what extproc knows the attempt again. */
  public static final String ID = "id";

  /**
   * The namespace for what stood in the events of a released stream. A member's path is its key,
   * its names joined by dots; its value is a text, an object's as JSON; of several the last counts.
   */
  public static final String SAID = "sluice.said";

  public static final String USAGE = "usage";
  public static final String MESSAGE_USAGE = "message.usage";
  public static final String RESPONSE_USAGE = "response.usage";
  public static final String USAGE_METADATA = "usageMetadata";
  public static final String RESPONSE_STATUS = "response.status";
  public static final String STOP_REASON = "delta.stop_reason";

  /** Only that there was one is said, not what stood in it. */
  public static final String ERROR = "error";

  /** The paths whose values are said. */
  public static final List<String> PATHS =
      List.of(
          USAGE,
          MESSAGE_USAGE,
          RESPONSE_USAGE,
          USAGE_METADATA,
          RESPONSE_STATUS,
          STOP_REASON,
          ERROR);

  private AttemptLog() {}
}
