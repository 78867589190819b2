package io.mt2kd.gateway.core.inference;

import io.mt2kd.gateway.core.speaker.Voiceprint;
import org.jspecify.annotations.Nullable;

/**
 * What the heads say of one utterance; the parts of heads that were not asked are null.
 *
 * @param asr tokens by frame
 * @param tagLogits one for each label of the manifest
 * @param voiceprint of unit length
 */
public record UtteranceOutput(
    @Nullable TokenFrames asr, float @Nullable [] tagLogits, @Nullable Voiceprint voiceprint) {

  /** Whether a head has answered. */
  public boolean has(Head head) {
    return switch (head) {
      case ASR -> asr != null;
      case AT -> tagLogits != null;
      case SV -> voiceprint != null;
    };
  }

  /**
   * @param tokens for each frame the token that starts there, 0 for none
   * @param logProbabilities for each frame the natural logarithm of that token's probability; 0 for
   *     none
   */
  public record TokenFrames(int[] tokens, float[] logProbabilities) {
    public TokenFrames {
      if (tokens.length != logProbabilities.length) {
        throw new IllegalArgumentException(
            tokens.length + " tokens with " + logProbabilities.length + " scores");
      }
    }
  }
}
