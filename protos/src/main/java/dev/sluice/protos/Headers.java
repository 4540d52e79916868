package dev.sluice.protos;

/**
 * The headers by which extproc and the listeners that xds-server publishes talk to each other. The
 * edge takes all of them out of a client's request and out of its answer.
 */
public final class Headers {
  /** extproc → attempt routes: the cluster of this attempt. */
  public static final String CLUSTER = "x-sluice-cluster";

  /**
   * extproc → attempt routes: {@link #STREAM} or {@link #WHOLE}, which of the channel's timeouts
   * hold.
   */
  public static final String MODE = "x-sluice-mode";

  public static final String STREAM = "stream";
  public static final String WHOLE = "whole";

  /**
   * edge → attempt: whose errors the client understands, {@link #ANTHROPIC}, {@link #GEMINI} or
   * {@link #OPENAI}. Envoy's own answers go by it, since the path is the provider's by then.
   */
  public static final String CLIENT = "x-sluice-client";

  public static final String OPENAI = "openai";
  public static final String ANTHROPIC = "anthropic";
  public static final String GEMINI = "gemini";

  /**
   * extproc → its keeper: the milliseconds after which a stream without a token is begun all the
   * same.
   */
  public static final String COMMIT = "x-sluice-commit";

  /** keeper → attempt, by way of the inner listener: the id of the stream that the keeper holds. */
  public static final String KEPT = "x-sluice-kept";

  /** extproc → edge, on an answer: another attempt should replace this one. */
  public static final String FAILOVER = "x-sluice-failover";

  /**
   * extproc → attempt, on an answer: its body passes extproc to the end, so that nothing else needs
   * to look for its usage.
   */
  public static final String HELD = "x-sluice-held";

  /**
   * extproc → edge, on an answer: it is final whatever its status. Envoy takes it out by itself.
   */
  public static final String FINAL = "x-envoy-ratelimited";

  private Headers() {}
}
