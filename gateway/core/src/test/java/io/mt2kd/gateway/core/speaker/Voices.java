package io.mt2kd.gateway.core.speaker;

import io.mt2kd.gateway.core.speaker.SpeakerDirectory.Sample;
import java.time.Duration;

/** Voices in the plane: the cosine of two of them is that of the angle between. */
public final class Voices {
  private Voices() {}

  /** The voiceprint in this direction. */
  public static Voiceprint at(double degrees) {
    double radians = Math.toRadians(degrees);
    return Voiceprint.of(new float[] {(float) Math.cos(radians), (float) Math.sin(radians)});
  }

  /** The voice with this cosine to the voice at 0 degrees. */
  public static Voiceprint withCosine(double cosine) {
    return at(Math.toDegrees(Math.acos(cosine)));
  }

  /** A second of speech of the voice in this direction. */
  public static Sample sample(double degrees) {
    return new Sample(at(degrees), Duration.ofSeconds(1));
  }
}
