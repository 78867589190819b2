package io.mt2kd.it.harness;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.mt2kd.engine.EmbeddedEngine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** The embedded engine with the model under test, on a port that stays its own when it restarts. */
public final class EngineServer implements AutoCloseable {
  private EmbeddedEngine engine;
  private final int port;

  private EngineServer() throws IOException {
    engine = EmbeddedEngine.load(ModelRepository.onnxruntime()).start();
    port = engine.port();
  }

  /** Loads the model and serves it. */
  public static EngineServer start() throws IOException {
    return new EngineServer();
  }

  /** On the loopback interface, gRPC. */
  public int port() {
    return port;
  }

  /** A channel to it, the caller's to shut down. */
  public ManagedChannel channel() {
    return NettyChannelBuilder.forAddress(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
        .usePlaintext()
        .disableRetry()
        .maxInboundMessageSize(Integer.MAX_VALUE)
        .build();
  }

  /** Serves again on the same port after {@link #close}. */
  public void restart() throws IOException {
    engine =
        EmbeddedEngine.load(ModelRepository.onnxruntime())
            .start(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  /** Stops it. Idempotent. */
  @Override
  public void close() {
    engine.close();
  }
}
