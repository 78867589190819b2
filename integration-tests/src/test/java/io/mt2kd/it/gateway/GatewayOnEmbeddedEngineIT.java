package io.mt2kd.it.gateway;

import io.grpc.ManagedChannel;
import io.mt2kd.it.harness.EngineServer;
import org.junit.jupiter.api.AfterAll;

/** The gateway in front of the embedded engine, both over the network. */
class GatewayOnEmbeddedEngineIT extends OperationsSuite {
  private EngineServer engine;

  @Override
  ManagedChannel backend() throws Exception {
    engine = EngineServer.start();
    return engine.channel();
  }

  @Override
  String serverName() {
    return "mt2kd-embedded-engine";
  }

  @AfterAll
  void stopEngine() {
    engine.close();
  }
}
