package io.mt2kd.it.gateway;

import io.grpc.ManagedChannel;
import io.mt2kd.it.harness.EngineServer;
import java.io.IOException;

class EmbeddedEngineLossIT extends BackendLossSuite {
  private final EngineServer engine;

  EmbeddedEngineLossIT() throws IOException {
    engine = EngineServer.start();
  }

  @Override
  ManagedChannel channel() {
    return engine.channel();
  }

  @Override
  void stop() {
    engine.close();
  }

  @Override
  void startAgain() throws IOException {
    engine.restart();
  }
}
