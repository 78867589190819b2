package io.mt2kd.gateway.core.analysis;

import io.mt2kd.gateway.core.assembly.TagChoice;
import io.mt2kd.gateway.core.audio.EncodedAudio;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.speaker.IdentificationChoice;
import java.util.Set;

/**
 * Any set of questions about one recording.
 *
 * @param audio the recording
 * @param heads that answer, at least one
 * @param tagChoice which tags the caller wants
 * @param identificationChoice which candidates the caller wants
 */
public record AnalysisRequest(
    EncodedAudio audio,
    Set<Head> heads,
    TagChoice tagChoice,
    IdentificationChoice identificationChoice) {
  public AnalysisRequest {
    heads = Set.copyOf(heads);
    if (heads.isEmpty()) {
      throw new IllegalArgumentException("heads: none (expected: at least one)");
    }
  }
}
