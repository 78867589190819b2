package io.mt2kd.it.faults;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import inference.ModelInferRequest;
import io.mt2kd.client.AudioEncoding;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.OverloadedException;
import io.mt2kd.client.RecognizeRequest;
import io.mt2kd.client.Recording;
import io.mt2kd.client.RetryPolicy;
import io.mt2kd.client.TagRequest;
import io.mt2kd.client.Tagging;
import io.mt2kd.client.UnavailableException;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.gateway.server.configuration.ServerConfiguration;
import io.mt2kd.gateway.triton.ReplicaDiscovery;
import io.mt2kd.gateway.triton.ReplicaStatus;
import io.mt2kd.gateway.triton.ReplicaStatus.State;
import io.mt2kd.gateway.triton.TritonBackend;
import io.mt2kd.gateway.triton.TritonOptions;
import io.mt2kd.it.harness.FakeTriton;
import io.mt2kd.it.harness.FaultProxy;
import io.mt2kd.it.harness.GatewayServer;
import io.mt2kd.it.harness.Waveforms;
import io.mt2kd.v1.Audio;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Requests of the size that recordings have: the limit to the byte, and repetition above 1 MiB,
 * where gRPC's own silently stops.
 */
@Timeout(120)
class LargePayloadIT {
  private static final int MIB = 1 << 20;
  private static final int LIMIT = 256 << 10;
  private static final String ID = "size-test";

  @Test
  void requestOfExactlyTheLimitIsServedAndOneByteMoreIsRefusedOnce(@TempDir Path folder)
      throws Exception {
    // One byte a sample.
    int samples = LIMIT - size(LIMIT) + LIMIT;
    assertThat(size(samples)).isEqualTo(LIMIT);
    try (FakeTriton triton = FakeTriton.start();
        GatewayServer gateway =
            GatewayServer.start(
                triton.channel(),
                "fake",
                folder,
                configuration -> configuration.withServer(limited(configuration.server())));
        Mt2kdClient client = patient(gateway.port())) {
      assertThat(client.getModel().maxRequestBytes()).isEqualTo(LIMIT);
      assertThat(client.recognize(request(samples)).receipt().audio())
          .isEqualTo(Duration.ofNanos(samples * 62_500L));
      long before = gateway.callsStarted();

      assertThatThrownBy(() -> client.recognize(request(samples + 1)))
          .isInstanceOfSatisfying(
              OverloadedException.class, e -> assertThat(e.retryAfter()).isEmpty())
          .hasMessageContaining(Integer.toString(LIMIT));

      assertThat(gateway.callsStarted() - before).as("attempts").isEqualTo(1);
      assertThat(client.recognize(request(1_600)).receipt().batchSize()).isEqualTo(1);
    }
  }

  @Test
  void replyFarLargerThanItsModelGivesIsNotRead(@TempDir Path folder) throws Exception {
    try (FakeTriton triton = FakeTriton.start();
        GatewayServer gateway = GatewayServer.start(triton.channel(), "fake", folder);
        Mt2kdClient client = gateway.client()) {
      triton.addSurplus(10_000);
      assertThat(client.recognize(request(16_000)).receipt().replica()).isEqualTo("fake");

      triton.addSurplus(MIB);
      assertThatThrownBy(() -> client.recognize(request(16_000)))
          .isInstanceOf(UnavailableException.class);
    }
  }

  @Test
  void requestOfThreeMegabytesIsRepeatedWhenItsConnectionBreaksUnderIt(@TempDir Path folder)
      throws Exception {
    Recording recording = Recording.pcm16(Waveforms.voiceLike(3 * MIB / 2, 1), 96_000);
    try (FakeTriton triton = FakeTriton.start();
        GatewayServer gateway = GatewayServer.start(triton.channel(), "fake", folder);
        FaultProxy proxy = FaultProxy.before(gateway.port());
        Mt2kdClient client = patient(proxy.port())) {
      client.getModel();
      // Past what gRPC would keep for a repetition.
      proxy.resetOnceAfter(2 * MIB);

      Tagging tagging = client.tag(TagRequest.of(recording));

      assertThat(proxy.hasReset()).as("the first attempt was broken off").isTrue();
      assertThat(tagging.receipt().audio())
          .isEqualTo(Duration.ofNanos(3L * MIB / 2 * 1_000_000 / 96));
    }
  }

  @Test
  void batchOfFourMegabytesGoesOnWhenItsReplicaDies() throws Exception {
    short[] samples = Waveforms.voiceLike(30 * Waveforms.RATE, 1);
    UtteranceBatch batch =
        new UtteranceBatch(
            "large",
            List.of(
                Waveform.of(samples),
                Waveform.of(samples),
                Waveform.of(samples),
                Waveform.of(samples)),
            samples.length,
            Set.of(Head.AT),
            Duration.ofSeconds(60));
    try (FakeTriton one = FakeTriton.start();
        FakeTriton other = FakeTriton.start();
        TritonBackend backend =
            TritonBackend.connect(
                ReplicaDiscovery.fixed(List.of("one", "other")),
                Map.of("one", one.channel(), "other", other.channel())::get,
                TritonOptions.DEFAULT,
                there -> {})) {
      awaitBothServing(backend);
      one.hold();
      other.hold();
      CompletableFuture<BatchOutput> answer = backend.infer(batch);
      boolean atOne = awaitHeld(one, other) == one;
      FakeTriton dying = atOne ? one : other;
      FakeTriton survivor = atOne ? other : one;
      ModelInferRequest first = dying.awaitHeld();

      dying.close();

      ModelInferRequest second = survivor.awaitHeld();
      ByteString audio = second.getRawInputContents(0);
      assertThat(audio.size()).isGreaterThan(3 * MIB);
      assertThat(audio).isEqualTo(first.getRawInputContents(0));
      survivor.release();
      assertThat(answer.get(30, TimeUnit.SECONDS).model().replica())
          .isEqualTo(atOne ? "other" : "one");
    }
  }

  private static FakeTriton awaitHeld(FakeTriton one, FakeTriton other) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (System.nanoTime() < end) {
      if (one.heldCalls() + other.heldCalls() > 0) {
        return one.heldCalls() > 0 ? one : other;
      }
      LockSupport.parkNanos(1_000_000);
    }
    throw new AssertionError("no call at either after a minute");
  }

  private static void awaitBothServing(TritonBackend backend) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (backend.statuses().stream()
            .map(ReplicaStatus::state)
            .filter(State.SERVING::equals)
            .count()
        < 2) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not both serve after a minute: " + backend.statuses());
      }
      LockSupport.parkNanos(1_000_000);
    }
  }

  private static Mt2kdClient patient(int port) {
    return Mt2kdClient.builder("127.0.0.1:" + port)
        .plaintext()
        .timeout(Duration.ofSeconds(60))
        .retryPolicy(new RetryPolicy(5, Duration.ofMillis(20), Duration.ofMillis(100)))
        .build();
  }

  private static RecognizeRequest request(int samples) {
    return RecognizeRequest.of(
            Recording.raw(AudioEncoding.MULAW, new byte[samples], Waveforms.RATE, 1))
        .withRequestId(ID);
  }

  /** Of the message that the SDK makes of it. */
  private static int size(int samples) {
    return io.mt2kd.v1.RecognizeRequest.newBuilder()
        .setRequestId(ID)
        .setAudio(
            Audio.newBuilder()
                .setEncoding(io.mt2kd.v1.AudioEncoding.AUDIO_ENCODING_MULAW)
                .setSampleRateHertz(Waveforms.RATE)
                .setChannelCount(1)
                .setContent(ByteString.copyFrom(new byte[samples])))
        .build()
        .getSerializedSize();
  }

  private static ServerConfiguration limited(ServerConfiguration server) {
    return new ServerConfiguration(
        server.host(),
        server.port(),
        LIMIT,
        server.requestTimeLimit(),
        server.drainTimeLimit(),
        server.introspection(),
        server.tlsCertificate(),
        server.tlsKey());
  }
}
