package dev.sluice.envoy;

/**
 * Envoy's bootstrap: where the xDS server is, the admin interface on a free port of the loopback,
 * and internal listeners. Everything else comes over ADS.
 */
public final class Bootstrap {
  private Bootstrap() {}

  /**
   * The bootstrap as YAML.
   *
   * @param node the node's id, for the logs of the xDS server
   * @param xds {@code unix:/path} or {@code host:port}
   */
  public static String yaml(String node, String xds) {
    return """
    node:
      id: %s
      cluster: envoy
    admin:
      address:
        socket_address: {address: 127.0.0.1, port_value: 0}
    bootstrap_extensions:
    - name: envoy.bootstrap.internal_listener
      typed_config:
        '@type': type.googleapis.com/envoy.extensions.bootstrap.internal_listener.v3.InternalListener
    dynamic_resources:
      ads_config:
        api_type: GRPC
        transport_api_version: V3
        grpc_services:
        - envoy_grpc:
            cluster_name: xds-server
            retry_policy: {retry_back_off: {base_interval: 0.5s, max_interval: 2s}}
      cds_config: {ads: {}, resource_api_version: V3}
      lds_config: {ads: {}, resource_api_version: V3}
    static_resources:
      clusters:
      - name: xds-server
        type: %s
        connect_timeout: 1s
        typed_extension_protocol_options:
          envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
            '@type': type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
            explicit_http_config:
              http2_protocol_options:
                connection_keepalive: {interval: 30s, timeout: 10s}
        load_assignment:
          cluster_name: xds-server
          endpoints:
          - lb_endpoints:
            - endpoint:
                address:
                  %s
    overload_manager:
      resource_monitors:
      - name: envoy.resource_monitors.global_downstream_max_connections
        typed_config:
          '@type': type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig
          max_active_downstream_connections: 50000
    """
        .formatted(node, xds.startsWith("unix:") ? "STATIC" : "STRICT_DNS", address(xds));
  }

  private static String address(String xds) {
    if (xds.startsWith("unix:")) {
      return "pipe: {path: " + xds.substring(5) + "}";
    }
    int colon = xds.lastIndexOf(':');
    return "socket_address: {address: "
        + xds.substring(0, colon)
        + ", port_value: "
        + xds.substring(colon + 1)
        + "}";
  }
}
