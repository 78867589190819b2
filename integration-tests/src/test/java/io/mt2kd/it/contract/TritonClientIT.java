package io.mt2kd.it.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.it.harness.Checkout;
import io.mt2kd.it.harness.EngineServer;
import io.mt2kd.it.harness.PythonCommand;
import io.mt2kd.it.harness.SharedTriton;
import io.mt2kd.it.harness.TritonEnvironment;
import io.mt2kd.it.harness.TritonServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** NVIDIA's own Python client, unmodified, cannot tell the embedded engine from Triton. */
@Timeout(120)
@ExtendWith(SharedTriton.class)
class TritonClientIT {
  private static final String SCRIPT = "integration-tests/src/test/python/check_engine.py";

  @Test
  void talksToTheEmbeddedEngine() throws Exception {
    try (EngineServer engine = EngineServer.start()) {
      check("engine", engine.port());
    }
  }

  /** Holds the script itself to the truth. */
  @Test
  void talksToTriton(TritonServer triton) throws Exception {
    check("triton", triton.port());
  }

  private static void check(String server, int port) throws Exception {
    String printed =
        PythonCommand.run(
            TritonEnvironment.require().python(),
            Checkout.target("tritonclient-" + server + ".log"),
            List.of(Checkout.root().resolve(SCRIPT).toString(), "127.0.0.1:" + port));
    assertThat(printed).contains("tritonclient agrees");
  }
}
