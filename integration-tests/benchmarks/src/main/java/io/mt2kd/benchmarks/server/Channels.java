package io.mt2kd.benchmarks.server;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;

/** Connections of the load to a server, the same to each side. */
final class Channels {
  private Channels() {}

  static ManagedChannel to(int port) {
    return NettyChannelBuilder.forAddress("127.0.0.1", port)
        .usePlaintext()
        .disableRetry()
        .directExecutor()
        .maxInboundMessageSize(Integer.MAX_VALUE)
        .build();
  }
}
