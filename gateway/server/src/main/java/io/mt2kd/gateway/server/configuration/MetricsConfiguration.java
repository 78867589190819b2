package io.mt2kd.gateway.server.configuration;

/**
 * What the gateway tells of itself, over HTTP at {@code /metrics}.
 *
 * @param enabled whether anything is measured and told
 * @param host address to listen on; loopback unless told otherwise
 * @param port 0 to 65535; 0 takes a free one
 * @param tenantLabel whether answered calls and their audio are counted by tenant
 */
public record MetricsConfiguration(boolean enabled, String host, int port, boolean tenantLabel) {
  /** On, on loopback, at the port that Prometheus exporters of this kind have. */
  public static final MetricsConfiguration DEFAULT =
      new MetricsConfiguration(true, "127.0.0.1", 9464, false);

  /** Nothing is measured. */
  public static final MetricsConfiguration OFF =
      new MetricsConfiguration(false, DEFAULT.host, DEFAULT.port, false);

  public MetricsConfiguration {
    Require.that(!host.isBlank(), "metrics.host", host, "an address");
    Require.that(port >= 0 && port <= 65535, "metrics.port", port, "0 to 65535");
  }

  /** The same with another port. */
  public MetricsConfiguration withPort(int other) {
    return new MetricsConfiguration(enabled, host, other, tenantLabel);
  }
}
