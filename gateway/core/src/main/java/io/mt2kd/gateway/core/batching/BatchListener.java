package io.mt2kd.gateway.core.batching;

import io.mt2kd.gateway.core.inference.BatchOutput;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Port: whoever watches what becomes of utterances and batches. Called outside of the batcher's
 * lock, by the thread that brings the event, from many threads at once; must not block and must not
 * throw.
 */
public interface BatchListener {
  /** Nobody watches. */
  BatchListener NONE = (requestId, sampleCount, bucketSamples) -> SubmittedUtterance.UNWATCHED;

  /**
   * An utterance is about to be queued; on the thread of whoever submits it.
   *
   * @param sampleCount of the utterance
   * @param bucketSamples that it is padded to
   * @return who is told the end, and stands for the utterance when its batch leaves
   */
  SubmittedUtterance submitted(String requestId, int sampleCount, int bucketSamples);

  /**
   * A batch leaves for the backend. An utterance whose batch failed may leave a second time, alone.
   *
   * @param members what {@link #submitted} returned for each, in the batch's order
   * @return who is told the end
   */
  default SentBatch sent(UtteranceBatch batch, List<SubmittedUtterance> members) {
    return SentBatch.UNWATCHED;
  }

  /** One utterance that is watched. */
  interface SubmittedUtterance {
    /** Nobody watches. */
    SubmittedUtterance UNWATCHED = (answer, failure) -> {};

    /**
     * Its future has ended; told once. Exactly one of the two is there; a {@link
     * java.util.concurrent.CancellationException} says that its caller withdrew it.
     */
    void ended(@Nullable BatchedUtterance answer, @Nullable Throwable failure);
  }

  /** One batch that is watched. */
  interface SentBatch {
    /** Nobody watches. */
    SentBatch UNWATCHED = (output, failure) -> {};

    /**
     * What the backend is told of the trace that the batch belongs to: a W3C {@code traceparent},
     * empty for none.
     */
    default String traceParent() {
      return "";
    }

    /** The backend has answered or failed; told once. Exactly one of the two is there. */
    void ended(@Nullable BatchOutput output, @Nullable Throwable failure);
  }
}
