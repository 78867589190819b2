package io.mt2kd.gateway.core.batching;

import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.batching.BatchListener.SubmittedUtterance;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.UtteranceOutput;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** One caller's utterance, the future that it holds, and who watches. */
record Submission(
    String requestId,
    Waveform waveform,
    Set<Head> heads,
    CompletableFuture<BatchedUtterance> reply,
    SubmittedUtterance watcher) {

  /** Leaves out what only other members of the batch asked for. */
  UtteranceOutput own(UtteranceOutput output) {
    return new UtteranceOutput(
        heads.contains(Head.ASR) ? output.asr() : null,
        heads.contains(Head.AT) ? output.tagLogits() : null,
        heads.contains(Head.SV) ? output.voiceprint() : null);
  }
}
