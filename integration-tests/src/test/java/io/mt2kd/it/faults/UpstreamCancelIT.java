package io.mt2kd.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import inference.ModelInferRequest;
import io.mt2kd.client.AsyncMt2kdClient;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.Recognition;
import io.mt2kd.client.RecognizeRequest;
import io.mt2kd.client.Recording;
import io.mt2kd.gateway.server.configuration.ReplicasConfiguration;
import io.mt2kd.it.harness.FakeTriton;
import io.mt2kd.it.harness.GatewayServer;
import io.mt2kd.it.harness.Waveforms;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** With {@code replicas.cancel-upstream}, a server hears of callers who give up. */
@Timeout(120)
class UpstreamCancelIT {
  private static final ReplicasConfiguration DEFAULT = ReplicasConfiguration.DEFAULT;
  private static final ReplicasConfiguration PROPAGATING =
      new ReplicasConfiguration(
          DEFAULT.discoveryInterval(),
          DEFAULT.answerLimit(),
          DEFAULT.probeInterval(),
          DEFAULT.stallLimit(),
          DEFAULT.ejectionTime(),
          DEFAULT.slowStart(),
          DEFAULT.maxCalls(),
          true);

  private static final RecognizeRequest REQUEST =
      RecognizeRequest.of(Recording.pcm16(Waveforms.voiceLike(16_000, 1), Waveforms.RATE));

  @Test
  void cancelReachesTheServer(@TempDir Path folder) throws Exception {
    try (FakeTriton triton = FakeTriton.start();
        GatewayServer gateway = start(triton, folder);
        Mt2kdClient client = gateway.client()) {
      triton.hold();
      CompletableFuture<Recognition> call = client.async().recognize(REQUEST);
      ModelInferRequest sent = triton.awaitHeld();

      call.cancel(true);

      assertThat(triton.awaitCancelled()).isEqualTo(sent);
      triton.release();
      assertThat(client.recognize(REQUEST).receipt().batchSize()).isEqualTo(1);
    }
  }

  @Test
  void deadlineReachesTheServer(@TempDir Path folder) throws Exception {
    try (FakeTriton triton = FakeTriton.start();
        GatewayServer gateway = start(triton, folder);
        Mt2kdClient client = gateway.client()) {
      triton.hold();
      AsyncMt2kdClient hurried = client.withTimeout(Duration.ofSeconds(2)).async();
      CompletableFuture<Recognition> unused = hurried.recognize(REQUEST);

      assertThat(triton.awaitCancelled()).isEqualTo(triton.awaitHeld());
    }
  }

  private static GatewayServer start(FakeTriton triton, Path folder) throws Exception {
    return GatewayServer.start("127.0.0.1:" + triton.port(), PROPAGATING, folder);
  }
}
