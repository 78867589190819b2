package io.mt2kd.it.harness;

import java.util.Random;

/** Sound made here, the same at every call: 16-bit samples at 16 kHz. */
public final class Waveforms {
  /** Samples a second. */
  public static final int RATE = 16_000;

  private Waveforms() {}

  /** Harmonics of a gliding pitch that stop and go, with some noise: nothing is constant. */
  public static short[] voiceLike(int samples, long seed) {
    Random random = new Random(seed);
    double pitch = 90 + 160 * random.nextDouble();
    double glide = 0.5 + 3 * random.nextDouble();
    double gate = 1 + 2 * random.nextDouble();
    double noise = Math.pow(10, -4 + 2 * random.nextDouble());
    short[] waveform = new short[samples];
    double phase = 0;
    for (int i = 0; i < samples; i++) {
      double time = (double) i / RATE;
      phase += 2 * Math.PI * pitch * (1 + 0.15 * Math.sin(2 * Math.PI * glide * time)) / RATE;
      double voice = 0;
      for (int harmonic = 1; harmonic < 16; harmonic++) {
        voice += Math.sin(harmonic * phase) / harmonic;
      }
      boolean open = Math.sin(2 * Math.PI * gate * time) > -0.5;
      double value = (open ? 0.15 * voice : 0) + noise * random.nextGaussian();
      waveform[i] = (short) Math.round(Math.max(-1, Math.min(1, value)) * Short.MAX_VALUE);
    }
    return waveform;
  }
}
