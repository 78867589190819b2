package io.mt2kd.gateway.core.analysis;

import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.batching.BatchedUtterance;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.ServedModel;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

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
    Set<Head> omitted = EnumSet.noneOf(Head.class);
    long samples = 0;
    long padded = 0;
    long bucket = 0;
    int batchSize = 0;
    Duration decode = Duration.ZERO;
    Duration queue = Duration.ZERO;
    Duration backend = Duration.ZERO;
    Duration outside = Duration.ZERO;
    for (HeardUtterance utterance : utterances) {
      BatchedUtterance batched = utterance.batched();
      addOmitted(omitted, heads, utterance);
      samples += utterance.waveform().sampleCount();
      padded += batched.paddedSamples();
      bucket = Math.max(bucket, batched.bucketSamples());
      batchSize = Math.max(batchSize, batched.batchSize());
      decode = decode.plus(utterance.decodeTime());
      queue = longer(queue, batched.queueTime());
      backend = longer(backend, batched.backendTime());
      outside = longer(outside, batched.queueTime().plus(batched.backendTime()));
    }
    Set<Head> ran = EnumSet.copyOf(heads);
    ran.removeAll(omitted);
    ServedModel model = utterances.get(0).model();
    Duration total = call.elapsed();
    return new Receipt(
        call.requestId(),
        model.manifest().fingerprint(),
        model.replica(),
        Set.copyOf(ran),
        Waveform.durationOf(samples),
        Waveform.durationOf(bucket),
        Waveform.durationOf(padded - samples),
        batchSize,
        decode,
        queue,
        backend,
        total,
        total.minus(outside),
        Set.copyOf(omitted));
  }

  /** What at least one of the recordings has no answer of is omitted. */
  private static void addOmitted(Set<Head> omitted, Set<Head> asked, HeardUtterance utterance) {
    for (Head head : asked) {
      if (!utterance.output().has(head)) {
        omitted.add(head);
      }
    }
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) >= 0 ? one : other;
  }
}
