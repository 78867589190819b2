package io.mt2kd.gateway.store;

import static io.mt2kd.gateway.store.Speakers.ACME;
import static io.mt2kd.gateway.store.Speakers.OTHER;
import static io.mt2kd.gateway.store.Speakers.id;
import static io.mt2kd.gateway.store.Speakers.reference;
import static io.mt2kd.gateway.store.Speakers.speaker;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.gateway.core.failure.NotFoundException;
import io.mt2kd.gateway.core.speaker.Reference;
import io.mt2kd.gateway.core.speaker.Speaker;
import io.mt2kd.gateway.core.speaker.Voiceprint;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract of the port. */
class SqliteSpeakerStoreTest {
  @TempDir Path folder;
  private SqliteSpeakerStore store;

  @BeforeEach
  void open() throws IOException {
    store = SqliteSpeakerStore.open(folder.resolve("speakers.db"));
  }

  @AfterEach
  void close() {
    store.close();
  }

  private Speaker put(Speaker speaker) {
    return store.update(speaker.tenant(), speaker.id(), before -> speaker);
  }

  @Test
  void findsNothingInAnEmptyStore() {
    assertThat(store.find(ACME, id("alice"))).isEmpty();
    assertThat(store.list(ACME, "", 10)).isEmpty();
    assertThat(store.delete(ACME, id("alice"))).isEmpty();
  }

  @Test
  void itsVersionTellsOfEveryChangeByWhomever() throws IOException {
    List<Long> versions = new ArrayList<>();
    versions.add(store.version());
    put(speaker(ACME, "alice", 1));
    versions.add(store.version());
    try (SqliteSpeakerStore another = SqliteSpeakerStore.open(folder.resolve("speakers.db"))) {
      Speaker bob = speaker(OTHER, "bob", 1);
      another.update(bob.tenant(), bob.id(), before -> bob);
      versions.add(store.version());
    }
    store.delete(ACME, id("alice"));
    versions.add(store.version());

    assertThat(versions).doesNotHaveDuplicates();
    store.find(OTHER, id("bob"));
    store.list(OTHER, "", 10);
    assertThat(store.version()).isEqualTo(versions.get(3));
  }

  @Test
  void returnsWhatWasStoredBitForBit() throws IOException {
    Speaker alice = speaker(ACME, "alice", 5);
    assertThat(put(alice)).isEqualTo(alice);
    assertThat(store.find(ACME, id("alice"))).contains(alice);
    store.close();
    open();
    assertThat(store.find(ACME, id("alice"))).contains(alice);
  }

  @Test
  void keepsFloatsThatRescalingWouldMove() {
    float[] unit = {0.6f, 0.8f, 1e-30f, -0f, Float.MIN_VALUE};
    Reference odd = new Reference(Voiceprint.ofUnit(unit), "m", Duration.ZERO, Instant.EPOCH);
    Speaker made = speaker(ACME, "alice", 1);
    put(withReferences(made, List.of(odd)));
    assertThat(
            store.find(ACME, id("alice")).orElseThrow().references().get(0).voiceprint().values())
        .containsExactly(unit);
  }

  @Test
  void keepsAnyDisplayName() {
    for (String name :
        List.of("", "O'Neil\"; DROP TABLE speakers;--", "日本\uD83D\uDE00", "a\u0000b")) {
      Speaker s = speaker(ACME, "alice", 1);
      Speaker named =
          new Speaker(
              s.tenant(), s.id(), s.uid(), name, s.references(), s.createTime(), s.updateTime());
      put(named);
      assertThat(store.find(ACME, id("alice"))).contains(named);
    }
  }

  @Test
  void cutsTimesToTheMicrosecondInWhatItReturns() {
    Speaker s = speaker(ACME, "alice", 1);
    Instant fine = Instant.parse("1969-07-20T20:17:40.123456789Z");
    Reference r = s.references().get(0);
    Speaker given =
        new Speaker(
            s.tenant(),
            s.id(),
            s.uid(),
            s.displayName(),
            List.of(
                new Reference(
                    r.voiceprint(), r.modelFingerprint(), Duration.ofNanos(62_500), fine)),
            fine,
            fine);
    Speaker stored = put(given);
    assertThat(stored.createTime()).isEqualTo("1969-07-20T20:17:40.123456Z");
    assertThat(stored.speech()).isEqualTo(Duration.ofNanos(62_000));
    assertThat(store.find(ACME, id("alice"))).contains(stored);
  }

  @Test
  void givesTheChangeThePresentSpeaker() {
    Speaker first = put(speaker(ACME, "alice", 1));
    Speaker second =
        store.update(
            ACME,
            id("alice"),
            before -> {
              assertThat(before).contains(first);
              return speaker(ACME, "alice", 3);
            });
    assertThat(second.references())
        .containsExactlyElementsOf(
            List.of(reference("alice", 0), reference("alice", 1), reference("alice", 2)));
    assertThat(store.find(ACME, id("alice"))).contains(second);
  }

  @Test
  void replacesReferencesFromTheFirstThatDiffers() {
    put(speaker(ACME, "alice", 4));
    Speaker changed =
        withReferences(
            speaker(ACME, "alice", 1), List.of(reference("alice", 0), reference("bob", 7)));
    put(changed);
    assertThat(store.find(ACME, id("alice"))).contains(changed);
  }

  @Test
  void keepsTenantsApart() {
    Speaker ours = put(speaker(ACME, "alice", 1));
    Speaker theirs = put(speaker(OTHER, "alice", 2));
    put(speaker(OTHER, "bob", 1));
    assertThat(store.find(ACME, id("bob"))).isEmpty();
    assertThat(store.list(ACME, "", 10)).containsExactly(ours);
    assertThat(store.delete(ACME, id("bob"))).isEmpty();
    assertThat(store.delete(ACME, id("alice"))).contains(ours);
    assertThat(store.find(OTHER, id("alice"))).contains(theirs);
    assertThat(store.list(OTHER, "", 10)).hasSize(2);
  }

  @Test
  void listsByCodeUnitAndPages() {
    List<String> ids =
        new ArrayList<>(List.of("b", "B", "a-b", "a.b", "a_b", "aB", "ab", "10", "9", "a"));
    ids.forEach(i -> put(speaker(ACME, i, 1 + i.length())));
    ids.sort(String::compareTo);
    assertThat(store.list(ACME, "", 100)).extracting(s -> s.id().value()).isEqualTo(ids);
    List<String> paged = new ArrayList<>();
    String after = "";
    for (List<Speaker> page; !(page = store.list(ACME, after, 3)).isEmpty(); ) {
      assertThat(page).hasSizeLessThanOrEqualTo(3);
      page.forEach(s -> assertThat(s.references()).hasSize(1 + s.id().value().length()));
      page.forEach(s -> paged.add(s.id().value()));
      after = paged.get(paged.size() - 1);
    }
    assertThat(paged).isEqualTo(ids);
  }

  @Test
  void refusesALimitThatIsNotPositive() {
    assertThatThrownBy(() -> store.list(ACME, "", 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("limit: 0 (expected: > 0)");
  }

  @Test
  void rollsBackAndRethrowsWhatTheChangeThrows() {
    Speaker alice = put(speaker(ACME, "alice", 2));
    NotFoundException refusal = new NotFoundException("mt2kd.v1.Speaker", "speakers/alice");
    assertThatThrownBy(
            () ->
                store.update(
                    ACME,
                    id("alice"),
                    before -> {
                      throw refusal;
                    }))
        .isSameAs(refusal);
    assertThat(store.find(ACME, id("alice"))).contains(alice);
    assertThat(put(speaker(ACME, "bob", 1)).id()).isEqualTo(id("bob"));
  }

  @Test
  void refusesAChangeOfIdOrTenant() {
    assertThatThrownBy(() -> store.update(ACME, id("alice"), b -> speaker(ACME, "bob", 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("acme/bob (expected: the same");
    assertThatThrownBy(() -> store.update(ACME, id("alice"), b -> speaker(OTHER, "alice", 1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(store.list(ACME, "", 10)).isEmpty();
    assertThat(store.list(OTHER, "", 10)).isEmpty();
  }

  @Test
  void takesTheNewUidOfASpeakerMadeAgain() {
    Speaker first = put(speaker(ACME, "alice", 3));
    Speaker s = speaker(ACME, "alice", 1);
    Speaker again =
        new Speaker(
            s.tenant(),
            s.id(),
            UUID.fromString("00000000-0000-4000-8000-000000000001"),
            "",
            s.references(),
            s.createTime(),
            s.updateTime());
    put(again);
    assertThat(store.find(ACME, id("alice"))).contains(again);
    store.delete(ACME, id("alice"));
    assertThat(put(first)).isEqualTo(first);
  }

  @Test
  void deletesReferencesWithTheSpeaker() {
    put(speaker(ACME, "alice", 3));
    store.delete(ACME, id("alice"));
    int left =
        store
            .database()
            .read(
                c -> {
                  try (var statement = c.createStatement();
                      var row = statement.executeQuery("SELECT count(*) FROM speaker_references")) {
                    return row.getInt(1);
                  }
                });
    assertThat(left).isZero();
  }

  @Test
  void losesNoUpdateOfEightThreads() throws Exception {
    int threads = 8;
    int updates = 25;
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      List<Callable<Void>> work = new ArrayList<>();
      for (int t = 0; t < threads; t++) {
        work.add(
            () -> {
              for (int i = 0; i < updates; i++) {
                store.update(
                    ACME,
                    id("alice"),
                    b -> speaker(ACME, "alice", 1 + b.map(s -> s.references().size()).orElse(0)));
                Speaker seen = store.find(ACME, id("alice")).orElseThrow();
                assertThat(seen).isEqualTo(speaker(ACME, "alice", seen.references().size()));
              }
              return null;
            });
      }
      for (Future<Void> done : executor.invokeAll(work)) {
        done.get();
      }
    } finally {
      executor.shutdownNow();
    }
    assertThat(store.find(ACME, id("alice"))).contains(speaker(ACME, "alice", threads * updates));
  }

  private static Speaker withReferences(Speaker s, List<Reference> references) {
    return new Speaker(
        s.tenant(), s.id(), s.uid(), s.displayName(), references, s.createTime(), s.updateTime());
  }
}
