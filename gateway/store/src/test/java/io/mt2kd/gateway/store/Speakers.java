package io.mt2kd.gateway.store;

import io.mt2kd.gateway.core.speaker.Reference;
import io.mt2kd.gateway.core.speaker.Speaker;
import io.mt2kd.gateway.core.speaker.SpeakerId;
import io.mt2kd.gateway.core.speaker.SpeakerStore;
import io.mt2kd.gateway.core.speaker.TenantId;
import io.mt2kd.gateway.core.speaker.Voiceprint;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;

/**
 * Speakers whose every field follows from a name, so that a reader can tell whether one is whole.
 */
final class Speakers {
  static final TenantId ACME = new TenantId("acme");
  static final TenantId OTHER = new TenantId("other");
  static final String MODEL = "sha256:0123";
  private static final int DIMENSIONS = 192;
  private static final Instant START = Instant.parse("2026-11-23T12:00:00.123456Z");

  private Speakers() {}

  static SpeakerId id(String value) {
    return new SpeakerId(value);
  }

  static Speaker speaker(TenantId tenant, String id, int references) {
    List<Reference> all = new ArrayList<>();
    for (int i = 0; i < references; i++) {
      all.add(reference(id, i));
    }
    UUID uid = UUID.nameUUIDFromBytes((tenant + "/" + id).getBytes(StandardCharsets.UTF_8));
    return new Speaker(
        tenant, id(id), uid, "Name of " + id, all, START, START.plusSeconds(references));
  }

  /** Stores it in place of what is there. */
  static Speaker put(SpeakerStore store, Speaker speaker) {
    return store.update(speaker.tenant(), speaker.id(), before -> speaker);
  }

  static Reference reference(String id, int ordinal) {
    return new Reference(
        voiceprint(id, ordinal),
        MODEL,
        Duration.ofNanos(1_234_567_000L + ordinal * 1000L),
        START.plusSeconds(ordinal));
  }

  static Voiceprint voiceprint(String id, int ordinal) {
    Random random = new Random(31L * id.hashCode() + ordinal);
    float[] values = new float[DIMENSIONS];
    for (int i = 0; i < DIMENSIONS; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Voiceprint.of(values);
  }
}
