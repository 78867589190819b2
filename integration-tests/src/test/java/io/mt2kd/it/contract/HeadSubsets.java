package io.mt2kd.it.contract;

import static org.assertj.core.api.Assertions.assertThat;

import inference.GRPCInferenceServiceGrpc.GRPCInferenceServiceBlockingStub;
import inference.ModelInferResponse;
import io.mt2kd.it.harness.Inference;
import io.mt2kd.it.harness.Waveforms;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Any subset of heads, many at a time, of utterances of several lengths. */
final class HeadSubsets {
  private static final int THREADS = 12;
  private static final int REQUESTS_PER_THREAD = 14;
  private static final int[] LENGTHS = {8_000, 12_345, 16_000, 23_456};

  private final GRPCInferenceServiceBlockingStub stub;
  private final List<short[]> utterances = new ArrayList<>();
  private final List<ModelInferResponse> alone = new ArrayList<>();

  HeadSubsets(GRPCInferenceServiceBlockingStub stub) {
    this.stub = stub;
    for (int length : LENGTHS) {
      short[] utterance = Waveforms.voiceLike(length, length);
      utterances.add(utterance);
      alone.add(stub.modelInfer(Inference.request(utterance).build()));
    }
  }

  /** All seven: each head is in or out, and one is in. */
  static List<List<String>> all() {
    List<List<String>> subsets = new ArrayList<>();
    for (int bits = 1; bits < (1 << Inference.HEADS.size()); bits++) {
      List<String> outputs = new ArrayList<>();
      for (int head = 0; head < Inference.HEADS.size(); head++) {
        if ((bits & (1 << head)) != 0) {
          outputs.addAll(Inference.HEADS.get(head));
        }
      }
      subsets.add(outputs);
    }
    return subsets;
  }

  /** Largest difference of any answer from that to a single request for everything. */
  double largestDifference() throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    try {
      List<Future<Double>> largest = new ArrayList<>();
      for (int thread = 0; thread < THREADS; thread++) {
        long seed = thread;
        largest.add(threads.submit(() -> askAgainAndAgain(new Random(seed))));
      }
      double result = 0;
      for (Future<Double> each : largest) {
        result = Math.max(result, each.get());
      }
      return result;
    } finally {
      threads.shutdownNow();
    }
  }

  private double askAgainAndAgain(Random random) {
    List<List<String>> subsets = all();
    double largest = 0;
    for (int i = 0; i < REQUESTS_PER_THREAD; i++) {
      // Every thread asks for every subset twice; the utterance is drawn.
      List<String> outputs = subsets.get(i % subsets.size());
      int utterance = random.nextInt(LENGTHS.length);
      ModelInferResponse response =
          stub.withDeadlineAfter(60, TimeUnit.SECONDS)
              .modelInfer(
                  Inference.asking(Inference.request(utterances.get(utterance)), outputs).build());
      assertThat(Inference.outputs(response)).containsExactlyInAnyOrderElementsOf(outputs);
      for (String output : outputs) {
        double difference =
            Inference.tensor(response, output)
                .difference(Inference.tensor(alone.get(utterance), output));
        // A NaN must not get lost in the maximum.
        assertThat(difference).as(output).isFinite();
        largest = Math.max(largest, difference);
      }
    }
    return largest;
  }
}
