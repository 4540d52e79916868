package dev.sluice.protos;

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
   * In {@link #ATTEMPT}: all that extproc knew of the request when the attempt began, as text that
   * extproc alone reads, so that an entry says enough for a process that comes later.
   */
  public static final String FACTS = "facts";

  /** In {@link #ATTEMPT}: what it knew when the client got the attempt's answer. */
  public static final String ANSWER = "answer";

  /** In {@link #ATTEMPT}: what the attempt used, where the answer passed extproc to its end. */
  public static final String USED = "used";

  /**
   * The namespace for what stood in the events of a released stream. A key is the path of a member
   * with its names joined by dots, except for {@link #FINISH}; its value is a text, an object's as
   * JSON; of several the last counts. What writes it is xds-server's {@code meter.lua}.
   */
  public static final String SAID = "sluice.said";

  public static final String USAGE = "usage";
  public static final String MESSAGE_USAGE = "message.usage";
  public static final String RESPONSE_USAGE = "response.usage";
  public static final String USAGE_METADATA = "usageMetadata";
  public static final String RESPONSE_STATUS = "response.status";
  public static final String STOP_REASON = "delta.stop_reason";

  /** Why a candidate or a choice ended, or the word that ends a stream of Chat Completions. */
  public static final String FINISH = "finish";

  /** Only that there was one is said, not what stood in it. */
  public static final String ERROR = "error";

  private AttemptLog() {}
}
