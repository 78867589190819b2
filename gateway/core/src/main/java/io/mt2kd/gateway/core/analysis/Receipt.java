package io.mt2kd.gateway.core.analysis;

import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.batching.BatchedUtterance;
import io.mt2kd.gateway.core.inference.Head;
import java.time.Duration;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What one call cost and who answered it.
 *
 * @param requestId of the call
 * @param modelFingerprint of the model that answered
 * @param replica that ran it
 * @param heads that were asked for and ran
 * @param audio length of the decoded recordings
 * @param bucket of the longest of them: up to this length recordings are batched together
 * @param padding silence added to all of them: up to the longest of their batches, nearly
 * @param batchSize of the largest batch that carried one of them
 * @param decodeTime of all of them
 * @param queueTime of the one that waited longest
 * @param backendTime of the slowest
 * @param totalTime since the request was complete
 * @param gatewayTime of the total, all but the queue and the backend of the recording that took
 *     longest there: what the gateway itself added, decoding included
 * @param omittedHeads that were asked for and did not run
 */
public record Receipt(
    String requestId,
    String modelFingerprint,
    String replica,
    Set<Head> heads,
    Duration audio,
    Duration bucket,
    Duration padding,
    int batchSize,
    Duration decodeTime,
    Duration queueTime,
    Duration backendTime,
    Duration totalTime,
    Duration gatewayTime,
    Set<Head> omittedHeads) {

  /**
   * @param heads that were asked for
   * @param utterances of the call, at least one
   */
  public static Receipt of(Call call, Set<Head> heads, List<HeardUtterance> utterances) {
    HeardUtterance first = utterances.get(0);
    long samples = utterances.stream().mapToLong(u -> u.waveform().sampleCount()).sum();
    Set<Head> omitted = omitted(heads, utterances);
    Duration total = call.elapsed();
    Duration outside = longest(utterances, b -> b.queueTime().plus(b.backendTime()));
    long padded = utterances.stream().mapToLong(u -> u.batched().paddedSamples()).sum();
    return new Receipt(
        call.requestId(),
        first.model().manifest().fingerprint(),
        first.model().replica(),
        heads.stream().filter(head -> !omitted.contains(head)).collect(Collectors.toSet()),
        Waveform.durationOf(samples),
        Waveform.durationOf(
            utterances.stream().mapToLong(u -> u.batched().bucketSamples()).max().orElseThrow()),
        Waveform.durationOf(padded - samples),
        utterances.stream().mapToInt(u -> u.batched().batchSize()).max().orElseThrow(),
        utterances.stream().map(HeardUtterance::decodeTime).reduce(Duration.ZERO, Duration::plus),
        longest(utterances, BatchedUtterance::queueTime),
        longest(utterances, BatchedUtterance::backendTime),
        total,
        total.minus(outside),
        omitted);
  }

  /** What at least one of the recordings has no answer of. */
  private static Set<Head> omitted(Set<Head> asked, List<HeardUtterance> utterances) {
    Set<Head> omitted = EnumSet.noneOf(Head.class);
    for (HeardUtterance utterance : utterances) {
      for (Head head : asked) {
        if (!utterance.output().has(head)) {
          omitted.add(head);
        }
      }
    }
    return Set.copyOf(omitted);
  }

  private static Duration longest(
      List<HeardUtterance> utterances, Function<BatchedUtterance, Duration> time) {
    return utterances.stream()
        .map(u -> time.apply(u.batched()))
        .max(Comparator.naturalOrder())
        .orElseThrow();
  }
}
