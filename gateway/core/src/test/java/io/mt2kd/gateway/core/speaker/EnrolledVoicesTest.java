package io.mt2kd.gateway.core.speaker;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.model.Manifests;
import io.mt2kd.gateway.core.model.ModelManifest;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class EnrolledVoicesTest {
  private static final TenantId ACME = new TenantId("acme");
  private static final TenantId OTHER = new TenantId("other");
  private static final ModelManifest MODEL = Manifests.MANIFEST;

  private final CountingStore store = new CountingStore();
  private final SpeakerDirectory directory =
      new SpeakerDirectory(store, EnrollmentPolicy.DEFAULT, () -> Instant.EPOCH, UUID::randomUUID);
  private final EnrolledVoices voices = new EnrolledVoices(store, speaker -> true);

  @Test
  void readsOnceWhatDoesNotChange() {
    enroll(ACME, "alice", 0);

    assertThat(ids(ACME)).containsExactly("alice");
    assertThat(ids(ACME)).containsExactly("alice");
    assertThat(ids(OTHER)).isEmpty();
    assertThat(ids(OTHER)).isEmpty();
    assertThat(store.reads).isEqualTo(2);
  }

  @Test
  void seesEveryChangeThatHasReturned() {
    assertThat(ids(ACME)).isEmpty();
    enroll(ACME, "alice", 0);
    assertThat(ids(ACME)).containsExactly("alice");
    enroll(ACME, "bob", 90);
    assertThat(ids(ACME)).containsExactly("alice", "bob");
    directory.delete(ACME, new SpeakerId("alice"));
    assertThat(ids(ACME)).containsExactly("bob");
  }

  @Test
  void missesNoChangeThatComesWhileItReads() {
    store.whileReading = () -> enroll(ACME, "alice", 0);

    ids(ACME);

    assertThat(ids(ACME)).containsExactly("alice");
  }

  @Test
  void keepsTheModelsApart() {
    enroll(ACME, "alice", 0);
    ModelManifest other = Manifests.withFingerprint("sha256:bb");

    assertThat(voices.of(ACME, other)).isEmpty();
    assertThat(voices.of(ACME, MODEL)).hasSize(1);
    assertThat(voices.of(ACME, other)).isEmpty();
    assertThat(store.reads).isEqualTo(2);
  }

  @Test
  void comparesAnewWhereTheCohortIsAnother() {
    enroll(ACME, "alice", 0);
    ModelManifest other = Manifests.withCohort(0, 90, 180);

    assertThat(voices.of(ACME, MODEL).get(0).voice().nearness()).isNull();
    assertThat(voices.of(ACME, other).get(0).voice().nearness()).isNotNull();
  }

  @Test
  void holdsNothingOfATenantThatWasForgotten() {
    enroll(ACME, "alice", 0);
    enroll(OTHER, "bob", 0);
    ids(ACME);
    ids(OTHER);
    store.reads = 0;

    voices.forget(ACME);

    assertThat(ids(OTHER)).containsExactly("bob");
    assertThat(store.reads).isZero();
    assertThat(ids(ACME)).containsExactly("alice");
    assertThat(store.reads).isEqualTo(1);
  }

  @Test
  void readsEveryPage() {
    for (int i = 0; i < 1001; i++) {
      enroll(ACME, "speaker-%04d".formatted(i), i % 90);
    }

    assertThat(ids(ACME)).hasSize(1001).doesNotHaveDuplicates();
  }

  private void enroll(TenantId tenant, String id, double degrees) {
    directory.enroll(tenant, new SpeakerId(id), "", List.of(Voices.sample(degrees)), MODEL);
  }

  private List<String> ids(TenantId tenant) {
    return voices.of(tenant, MODEL).stream().map(voice -> voice.id().value()).toList();
  }

  private static final class CountingStore implements SpeakerStore {
    private final InMemorySpeakerStore store = new InMemorySpeakerStore();
    private Runnable whileReading = () -> {};
    private int reads;

    @Override
    public Optional<Speaker> find(TenantId tenant, SpeakerId id) {
      return store.find(tenant, id);
    }

    @Override
    public Speaker update(
        TenantId tenant, SpeakerId id, Function<Optional<Speaker>, Speaker> change) {
      return store.update(tenant, id, change);
    }

    @Override
    public List<Speaker> list(TenantId tenant, String after, int limit) {
      reads++;
      List<Speaker> read = store.list(tenant, after, limit);
      whileReading.run();
      whileReading = () -> {};
      return read;
    }

    @Override
    public long version() {
      return store.version();
    }

    @Override
    public Optional<Speaker> delete(TenantId tenant, SpeakerId id) {
      return store.delete(tenant, id);
    }

    @Override
    public void close() {}
  }
}
