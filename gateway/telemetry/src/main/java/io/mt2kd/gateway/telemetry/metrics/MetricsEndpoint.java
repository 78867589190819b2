package io.mt2kd.gateway.telemetry.metrics;

import io.prometheus.metrics.exporter.httpserver.HTTPServer;
import java.io.IOException;
import java.net.InetSocketAddress;

/** Tells the metrics over HTTP, at {@code /metrics}, in whichever format the scraper asks for. */
public final class MetricsEndpoint implements AutoCloseable {
  private final HTTPServer server;

  private MetricsEndpoint(HTTPServer server) {
    this.server = server;
  }

  /**
   * @param address to listen on; port 0 takes a free one
   * @throws IOException when the address cannot be bound
   */
  public static MetricsEndpoint start(GatewayMetrics metrics, InetSocketAddress address)
      throws IOException {
    if (address.isUnresolved()) {
      throw new IOException(address.getHostString() + ": no such host");
    }
    try {
      return new MetricsEndpoint(
          HTTPServer.builder()
              .inetAddress(address.getAddress())
              .port(address.getPort())
              .registry(metrics.registry().getPrometheusRegistry())
              .buildAndStart());
    } catch (IOException e) {
      // The JDK does not say which address.
      throw new IOException("metrics at " + address + ": " + e.getMessage(), e);
    }
  }

  public int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    server.close();
  }
}
