package io.mt2kd.gateway.store;

import static io.mt2kd.gateway.store.Speakers.ACME;
import static io.mt2kd.gateway.store.Speakers.OTHER;
import static io.mt2kd.gateway.store.Speakers.id;
import static io.mt2kd.gateway.store.Speakers.speaker;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.speaker.Speaker;
import io.mt2kd.gateway.core.speaker.TenantId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;

/** The store is a sorted map for each tenant, whatever is done to it, also across openings. */
class SqliteSpeakerStoreModelTest {
  enum Action {
    PUT,
    DELETE,
    REOPEN
  }

  record Step(Action action, TenantId tenant, String id, int references) {}

  @Provide
  Arbitrary<List<Step>> steps() {
    Arbitrary<Step> step =
        Combinators.combine(
                Arbitraries.frequency(
                    Tuple.of(6, Action.PUT),
                    Tuple.of(3, Action.DELETE),
                    Tuple.of(1, Action.REOPEN)),
                Arbitraries.of(ACME, OTHER),
                Arbitraries.of("a", "B", "a.b", "Z9"),
                Arbitraries.integers().between(1, 5))
            .as(Step::new);
    return step.list().ofMaxSize(20);
  }

  @Property(tries = 40)
  void equalsASortedMapForEachTenant(@ForAll("steps") List<Step> steps) throws IOException {
    Path folder = Files.createTempDirectory("speakers");
    Path file = folder.resolve("speakers.db");
    Map<TenantId, TreeMap<String, Speaker>> model =
        Map.of(ACME, new TreeMap<>(), OTHER, new TreeMap<>());
    SqliteSpeakerStore store = SqliteSpeakerStore.open(file);
    try {
      for (Step step : steps) {
        TreeMap<String, Speaker> speakers = requireNonNull(model.get(step.tenant));
        Optional<Speaker> before = Optional.ofNullable(speakers.get(step.id));
        switch (step.action) {
          case PUT -> {
            Speaker put = speaker(step.tenant, step.id, step.references);
            store.update(
                step.tenant,
                id(step.id),
                seen -> {
                  assertThat(seen).isEqualTo(before);
                  return put;
                });
            speakers.put(step.id, put);
          }
          case DELETE -> {
            assertThat(store.delete(step.tenant, id(step.id))).isEqualTo(before);
            speakers.remove(step.id);
          }
          case REOPEN -> {
            store.close();
            store = SqliteSpeakerStore.open(file);
          }
        }
        for (var entry : model.entrySet()) {
          TenantId tenant = entry.getKey();
          TreeMap<String, Speaker> speakersNow = entry.getValue();
          assertThat(store.list(tenant, "", 9)).containsExactlyElementsOf(speakersNow.values());
          assertThat(store.list(tenant, "a", 1))
              .containsExactlyElementsOf(
                  speakersNow.tailMap("a", false).values().stream().limit(1).toList());
        }
      }
    } finally {
      store.close();
      Files.deleteIfExists(file);
      Files.delete(folder); // Fails when a log or a lock was left beside the file.
    }
  }
}
