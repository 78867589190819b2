package io.mt2kd.benchmarks.server;

import io.grpc.ManagedChannel;
import java.io.IOException;
import java.util.Map;

/** A proxy that does nothing, in a process of its own with the gateway's JVM options. */
public final class BareProxy implements AutoCloseable {
  private final ServerProcess process;

  private BareProxy(ServerProcess process) {
    this.process = process;
  }

  /** Starts one in front of a backend. */
  public static BareProxy before(Backend backend) throws IOException {
    return new BareProxy(
        ServerProcess.start(
            ProxyMain.class, GatewayServer.JVM, Map.of(), String.valueOf(backend.port())));
  }

  /** A channel to it, the caller's to shut down. */
  public ManagedChannel channel() {
    return Channels.to(process.port());
  }

  @Override
  public void close() throws IOException, InterruptedException {
    process.close();
  }
}
