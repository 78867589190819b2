package io.mt2kd.gateway.core.speaker;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.mt2kd.gateway.core.model.Cohort;
import io.mt2kd.gateway.core.model.ModelManifest;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The voices that a probe is searched among, in memory: an identification would otherwise read and
 * average every reference of the tenant.
 *
 * <p>The store is the truth. Its version is asked each time, and whoever finds another one than the
 * voices were read at reads them anew; so what an enrollment or an erasure has returned holds for
 * every search that begins after it, whichever process made it. The version is taken before the
 * reading: a change in between is read now and once more, never missed.
 *
 * <p>One reader at a time for each tenant; the tenants that were not asked for longest are
 * forgotten beyond {@value #MOST_VOICES} voices. Thread-safe.
 */
final class EnrolledVoices {
  private static final int PAGE = 500;

  /** With 192 dimensions 80 MB. */
  private static final int MOST_VOICES = 100_000;

  private final SpeakerStore store;
  private final Predicate<Speaker> enrolled;
  private final Cache<Key, Voices> voices =
      Caffeine.newBuilder()
          .maximumWeight(MOST_VOICES)
          .weigher((Key key, Voices read) -> 1 + read.voices.size())
          .executor(Runnable::run)
          .build();

  /**
   * @param enrolled whether a speaker has enough speech to be compared with
   */
  EnrolledVoices(SpeakerStore store, Predicate<Speaker> enrolled) {
    this.store = store;
    this.enrolled = enrolled;
  }

  /**
   * Someone to compare with.
   *
   * @param voice the speaker's centroid
   */
  record EnrolledVoice(SpeakerId id, ComparedVoice voice) {}

  /** The voices of a tenant that were enrolled with a model. */
  List<EnrolledVoice> of(TenantId tenant, ModelManifest manifest) {
    Key key = new Key(tenant, manifest.fingerprint());
    Cohort cohort = manifest.speaker().cohort();
    long version = store.version();
    Voices present = voices.getIfPresent(key);
    if (present == null || !present.isOf(version, cohort)) {
      present = voices.asMap().compute(key, (k, before) -> newest(tenant, manifest, before));
    }
    return present.voices;
  }

  /** Holds none of a tenant's voices any longer, until it asks again. */
  void forget(TenantId tenant) {
    voices.asMap().keySet().removeIf(key -> key.tenant.equals(tenant));
  }

  private Voices newest(TenantId tenant, ModelManifest manifest, @Nullable Voices before) {
    long version = store.version();
    Cohort cohort = manifest.speaker().cohort();
    // Another caller may have read them while this one waited.
    return before != null && before.isOf(version, cohort)
        ? before
        : new Voices(version, cohort, read(tenant, manifest));
  }

  private List<EnrolledVoice> read(TenantId tenant, ModelManifest manifest) {
    List<EnrolledVoice> read = new ArrayList<>();
    String after = "";
    List<Speaker> page;
    do {
      page = store.list(tenant, after, PAGE);
      for (Speaker speaker : page) {
        after = speaker.id().value();
        if (enrolled.test(speaker) && speaker.modelFingerprint().equals(manifest.fingerprint())) {
          read.add(
              new EnrolledVoice(
                  speaker.id(), ComparedVoice.of(speaker.centroid(), manifest.speaker())));
        }
      }
    } while (page.size() == PAGE);
    return List.copyOf(read);
  }

  private record Key(TenantId tenant, String modelFingerprint) {}

  private record Voices(long version, @Nullable Cohort cohort, List<EnrolledVoice> voices) {
    boolean isOf(long otherVersion, @Nullable Cohort otherCohort) {
      return version == otherVersion && Objects.equals(cohort, otherCohort);
    }
  }
}
