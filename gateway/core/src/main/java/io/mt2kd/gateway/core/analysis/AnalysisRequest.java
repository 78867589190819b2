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

  /** What was said, and nothing else. */
  public static AnalysisRequest recognition(EncodedAudio audio) {
    return new AnalysisRequest(
        audio, Set.of(Head.ASR), TagChoice.DEFAULT, IdentificationChoice.DEFAULT);
  }

  /** What else was heard, and nothing else. */
  public static AnalysisRequest tagging(EncodedAudio audio, TagChoice tagChoice) {
    return new AnalysisRequest(audio, Set.of(Head.AT), tagChoice, IdentificationChoice.DEFAULT);
  }
}
