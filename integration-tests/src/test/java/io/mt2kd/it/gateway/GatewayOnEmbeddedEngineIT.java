package io.mt2kd.it.gateway;

import io.grpc.ManagedChannel;
import io.mt2kd.it.harness.EngineServer;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;

/** The gateway in front of the embedded engine, both over the network. */
class GatewayOnEmbeddedEngineIT extends OperationsSuite {
  private final EngineServer engine;

  GatewayOnEmbeddedEngineIT() throws IOException {
    engine = EngineServer.start();
  }

  @Override
  ManagedChannel backend() {
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
