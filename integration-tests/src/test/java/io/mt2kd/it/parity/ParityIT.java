package io.mt2kd.it.parity;

import static org.assertj.core.api.Assertions.assertThat;

import inference.GRPCInferenceServiceGrpc;
import inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import inference.ModelInferResponse;
import io.grpc.ManagedChannel;
import io.mt2kd.it.harness.Checkout;
import io.mt2kd.it.harness.EngineServer;
import io.mt2kd.it.harness.GoldenClips;
import io.mt2kd.it.harness.GoldenClips.Batch;
import io.mt2kd.it.harness.GoldenClips.Clip;
import io.mt2kd.it.harness.Inference;
import io.mt2kd.it.harness.LoudSkip;
import io.mt2kd.it.harness.ModelRepository;
import io.mt2kd.it.harness.SharedTriton;
import io.mt2kd.it.harness.TritonServer;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The embedded engine and Triton give PyTorch's numbers, for each clip alone and for clips padded
 * in batches: tokens are equal, everything else differs by 1e-4 at most.
 */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(300)
@ExtendWith(SharedTriton.class)
class ParityIT {
  private static final double TOLERANCE = 1e-4;

  private final List<String> report = new ArrayList<>();
  private GoldenClips golden;

  @BeforeAll
  void read() throws IOException, InterruptedException {
    golden = GoldenClips.of(ModelRepository.fingerprint());
  }

  @AfterAll
  void write() throws IOException {
    report.forEach(System.out::println);
    Files.write(Checkout.target("parity.txt"), report);
  }

  @Test
  void comparesAtLeastTwentyRealRecordings() {
    if (!golden.real()) {
      throw LoudSkip.because("parity on real recordings: only synthetic clips are there");
    }
    assertThat(golden.clips()).hasSizeGreaterThanOrEqualTo(20);
    assertThat(golden.clips()).extracting(clip -> clip.audio().length).doesNotHaveDuplicates();
    assertThat(golden.batches()).allMatch(batch -> batch.clips().size() > 1);
  }

  @Test
  void embeddedEngineGivesPyTorchsNumbers() throws IOException {
    try (EngineServer engine = EngineServer.start()) {
      compare("embedded engine", engine.channel());
    }
  }

  @Test
  void tritonGivesPyTorchsNumbers(TritonServer triton) {
    compare("Triton", triton.channel());
  }

  private void compare(String server, ManagedChannel channel) {
    try {
      // Nothing differs from nothing by nothing.
      assertThat(golden.clips()).isNotEmpty().noneMatch(clip -> clip.outputs().isEmpty());
      assertThat(golden.batches()).isNotEmpty().noneMatch(batch -> batch.clips().isEmpty());
      GRPCInferenceServiceBlockingStub stub = GRPCInferenceServiceGrpc.newBlockingStub(channel);
      Largest alone = new Largest();
      for (Clip clip : golden.clips()) {
        compare(alone, stub, clip.audio().length, List.of(clip));
      }
      Largest padded = new Largest();
      for (Batch batch : golden.batches()) {
        List<Clip> clips = batch.clips().stream().map(golden.clips()::get).toList();
        compare(padded, stub, batch.samples(), clips);
      }
      report(server, golden.clips().size() + " clips alone", alone);
      report(server, golden.batches().size() + " padded batches", padded);
      assertThat(alone.overall()).isLessThanOrEqualTo(TOLERANCE);
      assertThat(padded.overall()).isLessThanOrEqualTo(TOLERANCE);
    } finally {
      channel.shutdownNow();
    }
  }

  private static void compare(
      Largest largest, GRPCInferenceServiceBlockingStub stub, int samples, List<Clip> clips) {
    short[][] utterances = clips.stream().map(Clip::audio).toArray(short[][]::new);
    ModelInferResponse response =
        stub.withDeadlineAfter(60, TimeUnit.SECONDS)
            .modelInfer(Inference.request(samples, utterances).build());
    for (int i = 0; i < clips.size(); i++) {
      for (var output : clips.get(i).outputs().entrySet()) {
        largest.compare(
            output.getKey(), output.getValue(), Inference.tensor(response, output.getKey()).row(i));
      }
    }
  }

  private void report(String server, String what, Largest largest) {
    StringBuilder line = new StringBuilder();
    line.append("parity with PyTorch, ").append(golden.real() ? "real" : "SYNTHETIC");
    line.append(' ').append(what).append(", ").append(server).append(": tokens identical");
    for (Map.Entry<String, Double> each : largest.byTensor().entrySet()) {
      if (!each.getKey().equals("tokens")) {
        line.append(String.format(Locale.ROOT, ", %s %.1e", each.getKey(), each.getValue()));
      }
    }
    report.add(line.toString());
  }
}
