package io.mt2kd.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.it.harness.JavaProcess;
import io.mt2kd.it.harness.ModelRepository;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The gateway starts however long its command line is, for example by its class path: ONNX Runtime
 * 1.29.0 reads it for its telemetry and takes the JVM down where it has some 5,000 characters.
 */
@Timeout(120)
class LongCommandLineIT {
  private static final int CHARACTERS = 100_000;

  @Test
  void doesNotKeepTheGatewayFromStarting(@TempDir Path folder) throws Exception {
    try (JavaProcess gateway =
            JavaProcess.start(
                folder,
                GatewayProcess.class,
                folder.resolve("speakers.db").toString(),
                ModelRepository.onnxruntime().toString(),
                "x".repeat(CHARACTERS));
        Mt2kdClient client =
            Mt2kdClient.builder("127.0.0.1:" + gateway.readLine()).plaintext().build()) {
      assertThat(client.getModel().fingerprint()).isEqualTo(ModelRepository.fingerprint());
    }
  }
}
