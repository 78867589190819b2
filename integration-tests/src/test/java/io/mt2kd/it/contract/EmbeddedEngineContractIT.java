package io.mt2kd.it.contract;

import io.grpc.ManagedChannel;
import io.mt2kd.it.harness.EngineServer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The contract, held by the embedded engine over the network. */
class EmbeddedEngineContractIT extends DescriptionContract {
  private EngineServer engine;
  private ManagedChannel channel;

  @BeforeAll
  void start() throws Exception {
    engine = EngineServer.start();
    channel = engine.channel();
  }

  @AfterAll
  void stop() {
    channel.shutdownNow();
    engine.close();
  }

  @Override
  ManagedChannel channel() {
    return channel;
  }
}
