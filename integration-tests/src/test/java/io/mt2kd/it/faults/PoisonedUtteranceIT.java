package io.mt2kd.it.faults;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.mt2kd.client.Analysis;
import io.mt2kd.client.AnalyzeRequest;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.Mt2kdException;
import io.mt2kd.client.Recording;
import io.mt2kd.client.Task;
import io.mt2kd.gateway.server.configuration.ReplicasConfiguration;
import io.mt2kd.gateway.triton.ReplicaStatus;
import io.mt2kd.gateway.triton.ReplicaStatus.State;
import io.mt2kd.it.harness.GatewayServer;
import io.mt2kd.it.harness.ModelRepository;
import io.mt2kd.it.harness.TritonEnvironment;
import io.mt2kd.it.harness.TritonServer;
import io.mt2kd.it.harness.Waveforms;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real Triton whose first model raises an exception wherever one certain utterance is in its
 * batch. Who sends that one sees an error; who was in a batch with it gets the answer that he gets
 * alone; the replica stays in.
 */
@Timeout(300)
class PoisonedUtteranceIT {
  private static final int CALLS = 300;
  private static final int POISONED_EACH = 10;
  private static final int AT_A_TIME = 12;
  private static final short[] MARK = {12_345, -12_345, 12_345, -12_345};

  private static final String RAISED = "raised.txt";

  /**
   * Raises where a row of the batch begins with the mark, and notes how many rows there were;
   * otherwise the model as it is.
   */
  private static final String POISONED_MODEL =
      """
      import importlib.util
      import os

      folder = os.path.dirname(os.path.abspath(__file__))
      spec = importlib.util.spec_from_file_location("served", os.path.join(folder, "served.py"))
      served = importlib.util.module_from_spec(spec)
      spec.loader.exec_module(served)

      MARK = [12345, -12345, 12345, -12345]


      class Session:
          def __init__(self, session):
              self.session = session

          def run(self, wanted, feed):
              if (feed["audio"][:, :4] == MARK).all(axis=1).any():
                  with open(os.path.join(folder, "raised.txt"), "a") as raised:
                      raised.write(f"{len(feed['audio'])}\\n")
                  raise ValueError("poisoned")
              return self.session.run(wanted, feed)


      class TritonPythonModel(served.TritonPythonModel):
          def initialize(self, args):
              super().initialize(args)
              self.session = Session(self.session)
      """;

  private final List<Recording> clips = new ArrayList<>();
  private final List<Analysis> expected = new ArrayList<>();
  private final ConcurrentLinkedQueue<Throwable> wrong = new ConcurrentLinkedQueue<>();
  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicInteger largestBatch = new AtomicInteger();

  @Test
  void failsNobodyElse(@TempDir Path folder) throws Exception {
    Path repository = poisoned(folder.resolve("repository"));
    for (int i = 0; i < 4; i++) {
      // All in one bucket, so that they share batches.
      clips.add(Recording.pcm16(Waveforms.voiceLike(17_000 + 1_500 * i, i), Waveforms.RATE));
    }
    short[] mark = Waveforms.voiceLike(20_000, 9);
    System.arraycopy(MARK, 0, mark, 0, MARK.length);
    Recording poison = Recording.pcm16(mark, Waveforms.RATE);

    try (TritonServer triton = TritonServer.start(repository);
        GatewayServer gateway =
            GatewayServer.start(
                "127.0.0.1:" + triton.port(), ReplicasConfiguration.DEFAULT, folder);
        Mt2kdClient client = gateway.client()) {
      for (Recording clip : clips) {
        expected.add(client.analyze(clip, Task.values()));
      }

      Semaphore places = new Semaphore(AT_A_TIME);
      for (int i = 0; i < CALLS; i++) {
        places.acquire();
        int clip = i % POISONED_EACH == 5 ? -1 : i % clips.size();
        client
            .async()
            .analyze(AnalyzeRequest.of(clip < 0 ? poison : clips.get(clip), Task.values()))
            .whenComplete(
                (analysis, failure) -> {
                  try {
                    ended(gateway, clip, analysis, failure);
                  } catch (AssertionError e) {
                    wrong.add(e);
                  } finally {
                    places.release();
                  }
                });
      }
      places.acquire(AT_A_TIME);

      List<Integer> raised =
          Files.readAllLines(version(repository).resolve(RAISED)).stream()
              .map(Integer::parseInt)
              .toList();
      long together = raised.stream().filter(rows -> rows > 1).count();
      System.out.printf(
          "PoisonedUtteranceIT: %d of %d calls refused, raised %d times, in a batch with others"
              + " %d times, of up to %d; largest batch answered %d%n",
          refused.get(),
          CALLS,
          raised.size(),
          together,
          Collections.max(raised),
          largestBatch.get());
      assertThat(wrong).isEmpty();
      assertThat(refused.get()).isEqualTo(CALLS / POISONED_EACH);
      assertThat(together).as("poisoned batches").isGreaterThan(CALLS / POISONED_EACH / 3);
      assertThat(largestBatch.get()).isGreaterThan(1);
    }
  }

  private void ended(
      GatewayServer gateway, int clip, @Nullable Analysis analysis, @Nullable Throwable failure) {
    assertThat(gateway.replicas()).extracting(ReplicaStatus::state).containsExactly(State.SERVING);
    if (clip < 0) {
      assertThat(failure)
          .isInstanceOfSatisfying(
              Mt2kdException.class, e -> assertThat(e.code()).isEqualTo(Status.Code.INTERNAL));
      refused.incrementAndGet();
      return;
    }
    assertThat(failure).isNull();
    Analysis alone = expected.get(clip);
    Analysis together = requireNonNull(analysis);
    largestBatch.accumulateAndGet(together.receipt().batchSize(), Math::max);
    assertThat(together.transcript().text()).isEqualTo(alone.transcript().text());
    for (int i = 0; i < alone.tags().size(); i++) {
      assertThat(together.tags().get(i).label()).isEqualTo(alone.tags().get(i).label());
      assertThat(Math.abs(together.tags().get(i).probability() - alone.tags().get(i).probability()))
          .isLessThan(1e-3);
    }
  }

  /** The model under test with another first model in front. */
  private static Path poisoned(Path target) throws IOException, InterruptedException {
    Path source = ModelRepository.python(TritonEnvironment.require());
    try (Stream<Path> files = Files.walk(source)) {
      for (Path file : files.toList()) {
        Files.copy(file, target.resolve(source.relativize(file).toString()));
      }
    }
    Files.move(version(target).resolve("model.py"), version(target).resolve("served.py"));
    Files.writeString(version(target).resolve("model.py"), POISONED_MODEL);
    return target;
  }

  private static Path version(Path repository) {
    return repository.resolve("frontend").resolve("1");
  }
}
