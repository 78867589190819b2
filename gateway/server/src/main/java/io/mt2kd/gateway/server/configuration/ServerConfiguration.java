package io.mt2kd.gateway.server.configuration;

import java.time.Duration;

/**
 * Towards callers.
 *
 * @param host address to listen on; loopback unless told otherwise
 * @param port 0 to 65535; 0 takes a free one
 * @param maxRequestBytes of one request; 64 KiB to 1 GiB
 * @param requestTimeLimit of calls that name no deadline, or a later one
 * @param drainTimeLimit for calls under way when the gateway stops
 * @param introspection whether reflection and channelz answer
 * @param tlsCertificate PEM file; empty for plain text
 * @param tlsKey PEM file; empty for plain text
 */
public record ServerConfiguration(
    String host,
    int port,
    int maxRequestBytes,
    Duration requestTimeLimit,
    Duration drainTimeLimit,
    boolean introspection,
    String tlsCertificate,
    String tlsKey) {
  public static final ServerConfiguration DEFAULT =
      new ServerConfiguration(
          "127.0.0.1",
          50051,
          64 << 20,
          Duration.ofSeconds(60),
          Duration.ofSeconds(30),
          true,
          "",
          "");

  public ServerConfiguration {
    Require.that(!host.isBlank(), "server.host", host, "an address");
    Require.that(port >= 0 && port <= 65535, "server.port", port, "0 to 65535");
    Require.that(
        maxRequestBytes >= 64 << 10 && maxRequestBytes <= 1 << 30,
        "server.max-request-bytes",
        maxRequestBytes,
        "65536 to 1073741824");
    Require.positive("server.request-time-limit", requestTimeLimit);
    Require.positive("server.drain-time-limit", drainTimeLimit);
    Require.that(
        tlsCertificate.isEmpty() == tlsKey.isEmpty(),
        "server.tls-key",
        tlsKey,
        "set where server.tls-certificate is, and only there");
  }

  /** The same with another port. */
  public ServerConfiguration withPort(int other) {
    return new ServerConfiguration(
        host,
        other,
        maxRequestBytes,
        requestTimeLimit,
        drainTimeLimit,
        introspection,
        tlsCertificate,
        tlsKey);
  }
}
