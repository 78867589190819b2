package io.mt2kd.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import inference.GRPCInferenceServiceGrpc;
import inference.ModelInferResponse;
import inference.ModelStatisticsRequest;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ConcurrencyTest {
  private static final int THREADS = 12;
  private static final int CALLS = 200;
  private static final int[] LENGTHS = {1, 40, 333, 1000};
  private static final List<Set<String>> SUBSETS = InferenceTest.subsets().toList();

  private EngineFixture fixture;

  @BeforeEach
  void start() {
    fixture = new EngineFixture(EngineOptions.builder().executorThreads(4).build());
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  @Test
  void concurrentRequestsOfAllSubsetsGiveTheNumbersOfASingleOne() throws Exception {
    Map<Integer, Map<String, ByteString>> expected = new HashMap<>();
    for (int length : LENGTHS) {
      expected.put(length, outputs(fixture.stub.modelInfer(Tensors.tiny(audio(length)).build())));
    }
    ExecutorService callers = Executors.newFixedThreadPool(THREADS);
    try {
      List<Callable<Integer>> jobs = new ArrayList<>();
      for (int caller = 0; caller < THREADS; caller++) {
        var random = new Random(caller);
        jobs.add(() -> compare(random, expected));
      }
      int compared = 0;
      for (Future<Integer> job : callers.invokeAll(jobs)) {
        compared += job.get();
      }
      assertThat(compared).isGreaterThan(THREADS * CALLS);
    } finally {
      callers.shutdownNow();
    }
    assertThat(fixture.engine.openTensors()).isZero();
    assertThat(
            fixture
                .stub
                .modelStatistics(ModelStatisticsRequest.newBuilder().setName("tiny").build())
                .getModelStats(0)
                .getExecutionCount())
        .isEqualTo((long) THREADS * CALLS + LENGTHS.length);
  }

  @Test
  void leavesNothingOpenWhenCallersCancelAtAnyMoment() throws Exception {
    var asynchronous = GRPCInferenceServiceGrpc.newFutureStub(fixture.channel);
    var random = new Random(7);
    // Bounds what is in flight, so that cancels hit calls that wait, run and answer.
    var inFlight = new Semaphore(16);
    for (int call = 0; call < 500; call++) {
      inFlight.acquire();
      var reply = asynchronous.modelInfer(Tensors.tiny(audio(400)).build());
      reply.addListener(inFlight::release, Runnable::run);
      for (int spin = random.nextInt(20_000); spin > 0; spin--) {
        Thread.onSpinWait();
      }
      reply.cancel(true);
    }

    fixture.engine.close();

    assertThat(fixture.engine.openTensors()).isZero();
  }

  @Test
  void answersAReplyOnTheExecutorWithoutBlockingOtherRequests() throws Exception {
    // More callers than threads, each sending its next request from the answer to the last.
    var done = new CountDownLatch(THREADS);
    var stub = GRPCInferenceServiceGrpc.newStub(fixture.channel);
    for (int caller = 0; caller < THREADS; caller++) {
      chain(stub, 50, done);
    }

    assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
  }

  private void chain(
      GRPCInferenceServiceGrpc.GRPCInferenceServiceStub stub, int left, CountDownLatch done) {
    if (left == 0) {
      done.countDown();
      return;
    }
    stub.modelInfer(
        Tensors.tiny(audio(40)).build(),
        new StreamObserver<>() {
          @Override
          public void onNext(ModelInferResponse reply) {
            chain(stub, left - 1, done);
          }

          @Override
          public void onError(Throwable failure) {}

          @Override
          public void onCompleted() {}
        });
  }

  private int compare(Random random, Map<Integer, Map<String, ByteString>> expected) {
    int compared = 0;
    for (int call = 0; call < CALLS; call++) {
      int length = LENGTHS[random.nextInt(LENGTHS.length)];
      Set<String> heads = SUBSETS.get(random.nextInt(SUBSETS.size()));
      List<String> names =
          heads.stream().flatMap(head -> InferenceTest.HEADS.get(head).stream()).toList();
      var request = Tensors.asking(Tensors.tiny(audio(length)), names).build();
      Map<String, ByteString> actual = outputs(fixture.stub.modelInfer(request));
      assertThat(actual).containsOnlyKeys(names);
      assertThat(expected.get(length)).containsAllEntriesOf(actual);
      compared += actual.size();
    }
    return compared;
  }

  private static Map<String, ByteString> outputs(ModelInferResponse reply) {
    var outputs = new HashMap<String, ByteString>();
    Tensors.names(reply).forEach(name -> outputs.put(name, Tensors.raw(reply, name)));
    return outputs;
  }

  private static short[] audio(int length) {
    var audio = new short[length];
    for (int i = 0; i < length; i++) {
      audio[i] = (short) (31 * i % 997);
    }
    return audio;
  }
}
