package io.mt2kd.benchmarks.load;

import com.google.protobuf.Duration;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.mt2kd.benchmarks.workload.Utterance;
import io.mt2kd.v1.AnalysisServiceGrpc;
import io.mt2kd.v1.AnalyzeRequest;
import io.mt2kd.v1.AnalyzeResponse;
import io.mt2kd.v1.Audio;
import io.mt2kd.v1.AudioEncoding;
import io.mt2kd.v1.Receipt;
import io.mt2kd.v1.Task;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Through the gateway: {@code Analyze} with raw samples. */
public final class GatewayCaller implements Caller {
  /** What the ensemble computes when all heads are asked for. */
  public static final List<Task> ALL_TASKS =
      List.of(
          Task.TASK_SPEECH_RECOGNITION, Task.TASK_AUDIO_TAGGING, Task.TASK_SPEAKER_IDENTIFICATION);

  private static final long NO_DEADLINE = 0;

  private final Channel channel;
  private final List<Task> tasks;
  private final long deadlineNanos;
  private final Map<Integer, AnalyzeRequest> requests = new ConcurrentHashMap<>();

  private GatewayCaller(Channel channel, List<Task> tasks, long deadlineNanos) {
    this.channel = channel;
    this.tasks = List.copyOf(tasks);
    this.deadlineNanos = deadlineNanos;
  }

  public GatewayCaller(Channel channel, List<Task> tasks) {
    this(channel, tasks, NO_DEADLINE);
  }

  /** The same calls with a deadline. */
  public GatewayCaller within(java.time.Duration deadline) {
    return new GatewayCaller(channel, tasks, deadline.toNanos());
  }

  @Override
  public CompletableFuture<Reply> call(Utterance utterance, long lateNanos) {
    CallOptions options = CallOptions.DEFAULT;
    if (deadlineNanos != NO_DEADLINE) {
      options = options.withDeadlineAfter(deadlineNanos - lateNanos, TimeUnit.NANOSECONDS);
    }
    return UnaryCall.start(
            channel,
            AnalysisServiceGrpc.getAnalyzeMethod(),
            options,
            requests.computeIfAbsent(utterance.index(), index -> request(utterance)))
        .thenApply(GatewayCaller::reply);
  }

  private AnalyzeRequest request(Utterance utterance) {
    return AnalyzeRequest.newBuilder()
        .setAudio(
            Audio.newBuilder()
                .setEncoding(AudioEncoding.AUDIO_ENCODING_PCM_S16LE)
                .setSampleRateHertz(Utterance.RATE)
                .setContent(utterance.content()))
        .addAllTasks(tasks)
        .build();
  }

  private static Reply reply(AnalyzeResponse response) {
    Receipt receipt = response.getReceipt();
    return new Reply(
        Math.round(
            Utterance.RATE
                * (nanos(receipt.getAudioDuration()) + nanos(receipt.getPaddingDuration()))
                / 1e9),
        nanos(receipt.getGatewayTime()),
        nanos(receipt.getBackendTime()));
  }

  private static long nanos(Duration duration) {
    return duration.getSeconds() * 1_000_000_000 + duration.getNanos();
  }
}
