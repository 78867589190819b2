package io.mt2kd.it.gateway;

import io.grpc.ManagedChannel;
import io.mt2kd.it.harness.TritonServer;
import java.io.IOException;

/** With a server of its own, which it kills. */
class TritonLossIT extends BackendLossSuite {
  private final TritonServer triton;

  TritonLossIT() throws IOException, InterruptedException {
    triton = TritonServer.start();
  }

  @Override
  ManagedChannel channel() {
    return triton.channel();
  }

  @Override
  void stop() throws IOException, InterruptedException {
    triton.kill();
  }

  @Override
  void startAgain() throws IOException, InterruptedException {
    triton.restart();
  }
}
