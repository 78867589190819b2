package io.mt2kd.it.gateway;

import io.grpc.ManagedChannel;
import io.mt2kd.it.harness.SharedTriton;
import io.mt2kd.it.harness.TritonServer;
import org.junit.jupiter.api.extension.ExtendWith;

/** The gateway in front of a real Triton. */
@ExtendWith(SharedTriton.class)
class GatewayOnTritonIT extends OperationsSuite {
  private final TritonServer triton;

  GatewayOnTritonIT(TritonServer triton) {
    this.triton = triton;
  }

  @Override
  ManagedChannel backend() {
    return triton.channel();
  }

  @Override
  String serverName() {
    return "triton";
  }
}
