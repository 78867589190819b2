package io.mt2kd.client;

import java.time.Duration;
import java.util.Set;

/**
 * What one call cost and who answered it.
 *
 * @param requestId the caller's, or the one that this client made; all attempts of a call share it
 * @param modelFingerprint SHA-256 over the parts of the model that answered
 * @param replica the server that ran the model, as the gateway addresses it
 * @param tasks heads that were asked for and ran
 * @param audio length of the decoded recordings of this call
 * @param bucket length up to which recordings were batched together; that of the longest where
 *     there were several
 * @param padding silence added to reach the longest of the batch, nearly; all recordings of this
 *     call together
 * @param batchSize utterances in the batch that carried this call; the largest where there were
 *     several
 * @param decodeTime decoding and resampling
 * @param queueTime from decoded until handed to the backend
 * @param backendTime the backend's call
 * @param totalTime all of it, from the last byte of the request to the first of the reply
 * @param gatewayTime total less the queue and the backend of the recording that took longest there:
 *     what the gateway itself added, decoding included
 * @param omittedTasks heads that were asked for and did not run; empty unless the gateway had to do
 *     with less
 */
public record Receipt(
    String requestId,
    String modelFingerprint,
    String replica,
    Set<Task> tasks,
    Duration audio,
    Duration bucket,
    Duration padding,
    int batchSize,
    Duration decodeTime,
    Duration queueTime,
    Duration backendTime,
    Duration totalTime,
    Duration gatewayTime,
    Set<Task> omittedTasks) {
  /** Copies the tasks. */
  public Receipt {
    tasks = Set.copyOf(tasks);
    omittedTasks = Set.copyOf(omittedTasks);
  }
}
