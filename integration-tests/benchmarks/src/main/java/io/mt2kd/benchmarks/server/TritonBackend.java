package io.mt2kd.benchmarks.server;

import io.mt2kd.it.harness.TritonServer;
import java.io.IOException;
import java.util.List;

/** A real Triton with the ensemble in the {@code python} flavour, as the tests run it. */
final class TritonBackend extends Backend {
  private final TritonServer server;

  private TritonBackend(TritonServer server) {
    this.server = server;
  }

  static Backend start() throws IOException, InterruptedException {
    return new TritonBackend(TritonServer.start());
  }

  @Override
  public int port() {
    return server.port();
  }

  /** The server and its stubs, which run the models. */
  @Override
  List<ProcessHandle> processes() {
    return TritonServer.group(server.pid());
  }

  @Override
  public void close() throws IOException, InterruptedException {
    server.close();
  }
}
