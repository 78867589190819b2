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
  private final InetAddress host;
  private final int port;

  private EngineServer(InetSocketAddress address) throws IOException {
    engine = EmbeddedEngine.load(ModelRepository.onnxruntime()).start(address);
    host = address.getAddress();
    port = engine.port();
  }

  /** Loads the model and serves it. */
  public static EngineServer start() throws IOException {
    return start(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  /**
   * The same at an address of the loopback network.
   *
   * @param address port 0 takes a free one
   */
  public static EngineServer start(InetSocketAddress address) throws IOException {
    return new EngineServer(address);
  }

  /** On the loopback interface, gRPC. */
  public int port() {
    return port;
  }

  /** What the gateway calls it. */
  public String name() {
    return host.getHostAddress() + ":" + port;
  }

  /** A channel to it, the caller's to shut down. */
  public ManagedChannel channel() {
    return NettyChannelBuilder.forAddress(new InetSocketAddress(host, port))
        .usePlaintext()
        .disableRetry()
        .maxInboundMessageSize(Integer.MAX_VALUE)
        .build();
  }

  /** Serves again on the same port after {@link #close}. */
  public void restart() throws IOException {
    engine =
        EmbeddedEngine.load(ModelRepository.onnxruntime()).start(new InetSocketAddress(host, port));
  }

  /** Stops it. Idempotent. */
  @Override
  public void close() {
    engine.close();
  }
}
