package io.mt2kd.it.gateway;

import io.grpc.ManagedChannel;
import io.mt2kd.it.harness.TritonServer;

/** With a server of its own, which it kills. */
class TritonLossIT extends BackendLossSuite {
  private TritonServer triton;

  @Override
  ManagedChannel start() throws Exception {
    triton = TritonServer.start();
    return triton.channel();
  }

  @Override
  void stop() throws Exception {
    triton.kill();
  }

  @Override
  void startAgain() throws Exception {
    triton.restart();
  }
}
