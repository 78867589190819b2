package io.mt2kd.it.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.OverloadedException;
import io.mt2kd.client.Priority;
import io.mt2kd.client.Recognition;
import io.mt2kd.client.RecognizeRequest;
import io.mt2kd.client.Recording;
import io.mt2kd.gateway.server.configuration.AdmissionConfiguration;
import io.mt2kd.it.harness.FakeTriton;
import io.mt2kd.it.harness.GatewayServer;
import io.mt2kd.it.harness.Waveforms;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A gateway that has as much as it may take, as callers see it. */
@Timeout(120)
class AdmissionIT {
  private static final AdmissionConfiguration A_MINUTE =
      new AdmissionConfiguration(Duration.ofMinutes(1), 0.5, "");
  private static final RecognizeRequest HALF_A_MINUTE = request(30);
  private static final RecognizeRequest SHORT = request(1);

  @Test
  void turnsAwayAtOnceWhatIsTooMuchAndTakesItOnceThereIsRoom(@TempDir Path folder)
      throws Exception {
    try (FakeTriton triton = FakeTriton.start();
        GatewayServer gateway =
            GatewayServer.start(
                triton.channel(), "fake", folder, settings -> settings.withAdmission(A_MINUTE));
        Mt2kdClient client = gateway.client()) {
      triton.hold();
      List<CompletableFuture<Recognition>> admitted = new ArrayList<>();
      admitted.add(client.async().recognize(HALF_A_MINUTE));
      triton.awaitHeld();

      // Half of the room is all that the batch class may count on.
      assertThat(refusal(client.withPriority(Priority.BATCH)).retryAfter()).isPresent();

      admitted.add(client.async().recognize(HALF_A_MINUTE));
      triton.awaitHeld();
      OverloadedException refusal = refusal(client);
      assertThat(refusal.retryAfter().orElseThrow()).isPositive();
      assertThat(gateway.scrape())
          .contains("mt2kd_sheds_total{priority=\"batch\",reason=\"audio_limit\"} 1.0")
          .contains("mt2kd_sheds_total{priority=\"interactive\",reason=\"audio_limit\"} 1.0")
          .contains("mt2kd_admission_in_use_audio_seconds{priority=\"interactive\"} 60.0");

      triton.release();
      for (CompletableFuture<Recognition> call : admitted) {
        assertThat(call.get(60, TimeUnit.SECONDS).receipt().replica()).isEqualTo("fake");
      }
      assertThat(client.recognize(SHORT).receipt().replica()).isEqualTo("fake");
    }
  }

  private static OverloadedException refusal(Mt2kdClient client) {
    return catchThrowableOfType(OverloadedException.class, () -> client.recognize(SHORT));
  }

  private static RecognizeRequest request(int seconds) {
    return RecognizeRequest.of(
        Recording.pcm16(Waveforms.voiceLike(seconds * Waveforms.RATE, seconds), Waveforms.RATE));
  }
}
