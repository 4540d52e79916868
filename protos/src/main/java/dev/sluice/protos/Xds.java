package dev.sluice.protos;

/** The names under which xds-server publishes and the others subscribe. */
public final class Xds {
  /** Node cluster that Envoys name themselves by; they get listeners, routes, clusters, secrets. */
  public static final String ENVOY = "envoy";

  /** Node cluster of extproc; it gets clusters and secrets. */
  public static final String EXTPROC = "extproc";

  /** The namespace in a cluster's filter metadata that holds the JSON form of a {@code Channel}. */
  public static final String CHANNEL_METADATA = "sluice.channel";

  /** The secret that holds a {@code Settings} message. */
  public static final String SETTINGS_SECRET = "settings";

  /** The listener that clients connect to over plain HTTP. */
  public static final String EDGE_HTTP = "edge-http";

  /** The listener that clients connect to over TLS. */
  public static final String EDGE_HTTPS = "edge-https";

  /** The internal listener, its cluster and its route configuration. */
  public static final String ATTEMPT = "attempt";

  /** The cluster at which Envoy finds extproc. */
  public static final String EXTPROC_CLUSTER = "extproc";

  /** The cluster at which Envoy finds the xds-server. It stands in the bootstrap. */
  public static final String ADS_CLUSTER = "xds-server";

  /** The cluster at which Envoy finds extproc's keeper. */
  public static final String KEEPER = "keeper";

  /** The listener that the keeper sends a request on to, and its route configuration. */
  public static final String INNER = "inner";

  private Xds() {}

  /** Where the keeper listens, beside extproc's own Unix socket; empty where that has none. */
  public static String keeper(String extproc) {
    return beside(extproc, "keeper.sock");
  }

  /** Where the inner listener is, beside extproc's own Unix socket; empty where that has none. */
  public static String inner(String extproc) {
    return beside(extproc, "inner.sock");
  }

  /**
   * Where Envoy writes down which attempts are over, beside extproc's own Unix socket; empty where
   * that has none.
   */
  public static String journal(String extproc) {
    return beside(extproc, "attempts.log");
  }

  private static String beside(String extproc, String name) {
    return extproc.startsWith("unix:")
        ? extproc.substring("unix:".length(), extproc.lastIndexOf('/') + 1) + name
        : "";
  }

  /** The name of the secret with an account's credential. */
  public static String accountSecret(String channel, String account) {
    return "account/" + channel + "/" + account;
  }

  /** The name of a channel's cluster at one of its base URLs. */
  public static String cluster(String channel, String baseUrl) {
    return channel + "@" + baseUrl;
  }
}
