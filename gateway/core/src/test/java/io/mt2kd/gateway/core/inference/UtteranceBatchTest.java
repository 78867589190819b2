package io.mt2kd.gateway.core.inference;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.gateway.core.audio.Waveform;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class UtteranceBatchTest {
  private static final Waveform SECOND = Waveform.of(new short[16_000]);

  @Test
  void refusesAWaveformLongerThanTheBucket() {
    assertThatThrownBy(() -> new UtteranceBatch("id", List.of(SECOND), 15_999, Set.of(Head.ASR)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("waveform of 16000 samples (expected: <= 15999)");
  }

  @Test
  void refusesABatchOfNothing() {
    assertThatThrownBy(() -> new UtteranceBatch("id", List.of(), 1, Set.of(Head.ASR)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new UtteranceBatch("id", List.of(SECOND), 16_000, Set.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesTokensWithoutTheirScores() {
    assertThatThrownBy(() -> new UtteranceOutput.TokenFrames(new int[2], new float[1]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("2 tokens with 1 scores");
  }
}
