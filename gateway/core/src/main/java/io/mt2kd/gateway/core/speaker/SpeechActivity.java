package io.mt2kd.gateway.core.speaker;

import io.mt2kd.gateway.core.audio.Waveform;
import java.nio.ShortBuffer;
import java.time.Duration;
import java.util.Arrays;

/**
 * Estimates effective speech: how much of a recording somebody speaks in, by energy alone.
 *
 * <ol>
 *   <li>Frames of 25 ms every 10 ms, zeros after the end; the power of a frame is the variance of
 *       its samples, so that an offset does not count. A frame of power 0 is digital silence: it is
 *       never speech, and says nothing of the room.
 *   <li>Noise floor: the 10th percentile of the power of the other frames.
 *   <li>A frame is active when its power is above both 4 times the floor (6 dB) and -60 dBFS.
 *   <li>Hangover: the 3 frames before an active one and the 8 after it count too, which holds the
 *       soft beginnings and ends of words and the closures of plosives.
 *   <li>Effective speech is 10 ms for each counted frame, at most the length of the recording.
 * </ol>
 *
 * <p>The noise floor tells speech from a steady background: hum, hiss or a tone alone gives 0. It
 * cannot tell speech from other sound that comes and goes (music, barking). Speech without any
 * pause has its own soft parts for a floor, which loses a tenth of it: the error is towards asking
 * for more. Digital silence added at the end changes nothing, nor does the gain while the floor is
 * above -60 dBFS and nothing clips.
 */
public final class SpeechActivity {
  private static final int FRAME_LENGTH = Waveform.SAMPLE_RATE_HERTZ * 25 / 1000;
  private static final int FRAME_SHIFT = Waveform.SAMPLE_RATE_HERTZ * 10 / 1000;
  private static final double FLOOR_QUANTILE = 0.1;
  private static final double ABOVE_FLOOR = 4;

  /** -60 dB of the power of a square wave at full scale, in units of a sample squared. */
  private static final double LEAST_POWER = 1e-6 * 32768 * 32768;

  private static final int HANGOVER_BEFORE = 3;
  private static final int HANGOVER_AFTER = 8;

  private SpeechActivity() {}

  /** Effective speech in the recording, between 0 and its length. */
  public static Duration of(Waveform waveform) {
    double[] power = framePower(waveform.samples());
    double[] sounding = Arrays.stream(power).filter(p -> p > 0).sorted().toArray();
    if (sounding.length == 0) {
      return Duration.ZERO;
    }
    double floor = sounding[(int) ((sounding.length - 1) * FLOOR_QUANTILE)];
    double threshold = Math.max(ABOVE_FLOOR * floor, LEAST_POWER);
    long counted = 0;
    int countedTo = 0; // frames before this one are decided
    for (int i = 0; i < power.length; i++) {
      if (power[i] > threshold) {
        int end = Math.min(power.length, i + HANGOVER_AFTER + 1);
        for (int k = Math.max(countedTo, i - HANGOVER_BEFORE); k < end; k++) {
          counted += power[k] > 0 ? 1 : 0;
        }
        countedTo = end;
      }
    }
    Duration speech = Waveform.durationOf(counted * FRAME_SHIFT);
    return speech.compareTo(waveform.duration()) < 0 ? speech : waveform.duration();
  }

  /** Variance of the samples of each frame; exactly 0 for a constant. */
  private static double[] framePower(ShortBuffer samples) {
    int count = samples.remaining();
    double[] power = new double[(count + FRAME_SHIFT - 1) / FRAME_SHIFT];
    for (int frame = 0; frame < power.length; frame++) {
      int start = frame * FRAME_SHIFT;
      long sum = 0;
      long squares = 0;
      for (int i = start; i < Math.min(start + FRAME_LENGTH, count); i++) {
        long sample = samples.get(i);
        sum += sample;
        squares += sample * sample;
      }
      // In whole numbers: the difference of two large ones would lose the digits that matter.
      power[frame] = (double) (FRAME_LENGTH * squares - sum * sum) / FRAME_LENGTH / FRAME_LENGTH;
    }
    return power;
  }
}
