package io.mt2kd.gateway.core.batching;

import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.core.inference.UtteranceOutput;
import java.time.Duration;

/**
 * One utterance's share of a batch, and what the batch cost. Where the utterance ran again after a
 * batch that failed, the figures are those of the batch that answered.
 *
 * @param output what the heads that were asked said
 * @param model that ran the batch
 * @param batchSize utterances in it
 * @param bucketSamples longest that could have been in it
 * @param paddedSamples that each was padded to, no more than those of the bucket
 * @param queueTime from submission until the batch left
 * @param backendTime of the backend's call
 */
public record BatchedUtterance(
    UtteranceOutput output,
    ServedModel model,
    int batchSize,
    int bucketSamples,
    int paddedSamples,
    Duration queueTime,
    Duration backendTime) {}
