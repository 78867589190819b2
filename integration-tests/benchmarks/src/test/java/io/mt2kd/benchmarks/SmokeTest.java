package io.mt2kd.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.mt2kd.benchmarks.load.ClosedLoop;
import io.mt2kd.benchmarks.load.DirectCaller;
import io.mt2kd.benchmarks.load.Tally;
import io.mt2kd.benchmarks.simulated.CostCurve;
import io.mt2kd.benchmarks.simulated.SimulatedTriton;
import io.mt2kd.benchmarks.workload.Sequence;
import io.mt2kd.benchmarks.workload.Utterance;
import io.mt2kd.it.harness.ModelRepository;
import io.mt2kd.it.harness.Waveforms;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A load and a simulated backend together, over the real gRPC stack. */
class SmokeTest {
  private static final CostCurve CURVE = new CostCurve(0.02, 0.0005);

  private SimulatedTriton triton;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    triton = SimulatedTriton.start(ModelRepository.manifest().toString(), CURVE, Duration.ZERO);
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", triton.port())
            .usePlaintext()
            .directExecutor()
            .build();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    triton.close();
  }

  @Test
  void theSimulatedDeviceIsNoFasterThanItsCurve() throws InterruptedException {
    Tally tally = new Tally();
    Sequence sequence = new Sequence(List.of(utterance(0, 16_000), utterance(1, 32_000)), 1);
    ClosedLoop.run(
        new DirectCaller(channel, samples -> samples),
        sequence,
        tally,
        1,
        Duration.ZERO,
        Duration.ofMillis(500));
    assertThat(tally.failures()).isEmpty();
    // 20.5 and 21 ms each.
    assertThat(tally.answers()).isBetween(1L, 25L);
    assertThat(tally.milliseconds(0)).isGreaterThanOrEqualTo(20.4);
  }

  @Test
  void aCurveIsMeasuredOfEachBucket() throws Exception {
    BackendCurve curve =
        BackendCurve.measure(
            new DirectCaller(channel, samples -> samples), () -> Duration.ZERO, 1, 2, 1);
    // Two batches of eight never run together: 20 + 0.5 * 8 * 30 ms each at least.
    assertThat(curve.seconds(8, 480_000)).isGreaterThanOrEqualTo(0.1399);
    assertThat(curve.seconds(8, 32_000)).isGreaterThanOrEqualTo(0.0279);
    assertThat(curve.table().values()).hasSize(BackendCurve.manifest().bucketSeconds().size());
  }

  private static Utterance utterance(int index, int samples) {
    return Utterance.of(index, Waveforms.voiceLike(samples, index));
  }
}
