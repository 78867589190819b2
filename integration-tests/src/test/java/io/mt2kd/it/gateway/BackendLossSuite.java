package io.mt2kd.it.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.grpc.ManagedChannel;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.mt2kd.client.ListSpeakersRequest;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.RecognizeRequest;
import io.mt2kd.client.Recording;
import io.mt2kd.client.UnavailableException;
import io.mt2kd.it.harness.GatewayServer;
import io.mt2kd.it.harness.HealthWatch;
import io.mt2kd.it.harness.Waveforms;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The server behind the gateway goes and comes back. */
@Timeout(240)
abstract class BackendLossSuite {
  private static final Recording CLIP =
      Recording.pcm16(Waveforms.voiceLike(16_000, 2), Waveforms.RATE);

  /** To the server, which runs. */
  abstract ManagedChannel channel();

  abstract void stop() throws Exception;

  abstract void startAgain() throws Exception;

  @Test
  void saysThatTheBackendIsGoneAndServesWhenItIsBack(@TempDir Path folder) throws Exception {
    try (GatewayServer gateway = GatewayServer.start(channel(), "lost", folder);
        Mt2kdClient client = gateway.client();
        HealthWatch health = HealthWatch.on(gateway.channel())) {
      health.await(ServingStatus.SERVING);
      String before = client.recognize(RecognizeRequest.of(CLIP)).transcript().text();

      stop();

      health.await(ServingStatus.NOT_SERVING);
      assertThatThrownBy(() -> client.recognize(RecognizeRequest.of(CLIP)))
          .isInstanceOf(UnavailableException.class);
      // What needs no model goes on.
      assertThat(client.listSpeakers(ListSpeakersRequest.FIRST_PAGE).speakers()).isEmpty();

      startAgain();

      health.await(ServingStatus.SERVING);
      assertThat(client.recognize(RecognizeRequest.of(CLIP)).transcript().text()).isEqualTo(before);
    } finally {
      stop();
    }
  }
}
