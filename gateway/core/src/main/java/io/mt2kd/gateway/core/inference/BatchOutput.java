package io.mt2kd.gateway.core.inference;

import java.time.Duration;
import java.util.List;

/**
 * @param utterances in the order of the batch
 * @param model that the reply was read with
 * @param backendTime of the call as the gateway saw it
 */
public record BatchOutput(
    List<UtteranceOutput> utterances, ServedModel model, Duration backendTime) {
  public BatchOutput {
    utterances = List.copyOf(utterances);
  }
}
