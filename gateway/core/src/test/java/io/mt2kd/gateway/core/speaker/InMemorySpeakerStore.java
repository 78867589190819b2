package io.mt2kd.gateway.core.speaker;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/** Keeps speakers as the port says, for as long as the test runs. */
public final class InMemorySpeakerStore implements SpeakerStore {
  private final Map<TenantId, TreeMap<String, Speaker>> tenants = new TreeMap<>();
  private long version;

  @Override
  public synchronized Optional<Speaker> find(TenantId tenant, SpeakerId id) {
    return Optional.ofNullable(speakers(tenant).get(id.value()));
  }

  @Override
  public synchronized Speaker update(
      TenantId tenant, SpeakerId id, Function<Optional<Speaker>, Speaker> change) {
    Speaker changed = change.apply(find(tenant, id));
    speakers(tenant).put(id.value(), changed);
    version++;
    return changed;
  }

  @Override
  public synchronized List<Speaker> list(TenantId tenant, String after, int limit) {
    return speakers(tenant).tailMap(after, false).values().stream().limit(limit).toList();
  }

  @Override
  public synchronized Optional<Speaker> delete(TenantId tenant, SpeakerId id) {
    version++;
    return Optional.ofNullable(speakers(tenant).remove(id.value()));
  }

  @Override
  public synchronized long version() {
    return version;
  }

  @Override
  public void close() {}

  private TreeMap<String, Speaker> speakers(TenantId tenant) {
    return tenants.computeIfAbsent(tenant, t -> new TreeMap<>());
  }
}
