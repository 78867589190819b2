package io.mt2kd.gateway.triton.internal.protocol;

import io.mt2kd.gateway.core.inference.Head;
import java.util.List;

/** Names of the ensemble's tensors, from the tensor contract. */
final class TensorNames {
  static final String AUDIO = "audio";
  static final String AUDIO_LENGTHS = "audio_lengths";
  static final String TOKENS = "tokens";
  static final String TOKEN_SCORES = "token_scores";
  static final String TAG_LOGITS = "tag_logits";
  static final String VOICEPRINT = "voiceprint";

  private TensorNames() {}

  /** What a head gives. Asking for it is what makes the head run. */
  static List<String> outputsOf(Head head) {
    return switch (head) {
      case ASR -> List.of(TOKENS, TOKEN_SCORES);
      case AT -> List.of(TAG_LOGITS);
      case SV -> List.of(VOICEPRINT);
    };
  }
}
