package io.mt2kd.gateway.server;

import io.grpc.InsecureServerCredentials;
import io.grpc.ManagedChannel;
import io.grpc.ServerBuilder;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.mt2kd.gateway.server.configuration.InvalidConfigurationException;
import io.mt2kd.gateway.server.configuration.ServerConfiguration;
import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** The gateway's connections: the server that callers reach, and channels to replicas. */
final class Transport {
  /** The least that gRPC takes. */
  private static final Duration SHORTEST_KEEP_ALIVE = Duration.ofSeconds(10);

  /** For the answer: a server that only stood still for a while keeps its calls. */
  private static final Duration KEEP_ALIVE_TIMEOUT = Duration.ofSeconds(20);

  private Transport() {}

  /**
   * With pings, for nothing else tells of a server that went without a word: its host lost power,
   * or a firewall forgot the connection. Looks keep a good connection busy, so that it is never
   * pinged: Triton hangs up on whom it finds to ping too often.
   */
  static ManagedChannel channel(String address, Duration pollInterval) {
    Duration quiet = pollInterval.multipliedBy(2);
    Duration keepAlive = quiet.compareTo(SHORTEST_KEEP_ALIVE) > 0 ? quiet : SHORTEST_KEEP_ALIVE;
    return NettyChannelBuilder.forTarget("dns:///" + address)
        .usePlaintext()
        .keepAliveTime(keepAlive.toNanos(), TimeUnit.NANOSECONDS)
        .keepAliveTimeout(KEEP_ALIVE_TIMEOUT.toNanos(), TimeUnit.NANOSECONDS)
        // Retries are the gateway's own decision.
        .disableRetry()
        .build();
  }

  /**
   * On the configured address, without services yet. Calls run on their connection's own thread: no
   * handler of ours blocks it, and the hand-over to another costs a call, and a refusal, more than
   * what it does there.
   *
   * @throws InvalidConfigurationException when TLS files cannot be read
   */
  static ServerBuilder<?> server(ServerConfiguration configuration) {
    return NettyServerBuilder.forAddress(
            new InetSocketAddress(configuration.host(), configuration.port()),
            credentials(configuration))
        .directExecutor()
        .permitKeepAliveWithoutCalls(true)
        .permitKeepAliveTime(10, TimeUnit.SECONDS);
  }

  private static ServerCredentials credentials(ServerConfiguration configuration) {
    if (configuration.tlsCertificate().isEmpty()) {
      return InsecureServerCredentials.create();
    }
    try {
      return TlsServerCredentials.create(
          new File(configuration.tlsCertificate()), new File(configuration.tlsKey()));
    } catch (IOException e) {
      throw new InvalidConfigurationException(
          "server.tls-certificate: "
              + configuration.tlsCertificate()
              + " (expected: a readable PEM file, as server.tls-key): "
              + e.getMessage());
    }
  }
}
