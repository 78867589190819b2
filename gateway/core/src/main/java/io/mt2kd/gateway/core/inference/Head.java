package io.mt2kd.gateway.core.inference;

/** One of the three heads on the encoder. */
public enum Head {
  /** Speech recognition: tokens. */
  ASR,
  /** Audio tagging: a logit for each label. */
  AT,
  /** Speaker verification: a voiceprint. */
  SV
}
