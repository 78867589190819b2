package io.mt2kd.it.contract;

import io.grpc.ManagedChannel;
import io.mt2kd.it.harness.SharedTriton;
import io.mt2kd.it.harness.TritonServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;

/** The contract, held by a real Triton. */
@ExtendWith(SharedTriton.class)
class TritonContractIT extends DescriptionContract {
  private ManagedChannel channel;

  @BeforeAll
  void connect(TritonServer triton) {
    channel = triton.channel();
  }

  @AfterAll
  void disconnect() {
    channel.shutdown();
  }

  @Override
  ManagedChannel channel() {
    return channel;
  }
}
