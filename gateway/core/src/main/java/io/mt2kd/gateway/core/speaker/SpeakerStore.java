package io.mt2kd.gateway.core.speaker;

import io.mt2kd.gateway.core.failure.GatewayException;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Port: the durable home of speakers. Every method blocks; implementations are safe for concurrent
 * use.
 *
 * <p>What a method has returned survives the death of the process at the next instant; what it has
 * not returned is there wholly or not at all.
 */
public interface SpeakerStore extends AutoCloseable {
  Optional<Speaker> find(TenantId tenant, SpeakerId id);

  /**
   * Replaces a speaker by what {@code change} makes of it, as one transaction: no other change of
   * any speaker comes between the reading and the writing. {@code change} may throw a {@link
   * GatewayException}, which leaves the store as it was and is rethrown; it must be free of side
   * effects and quick.
   *
   * @param change from the present speaker, if any, to the new one, with the same tenant and id
   * @return the new speaker, durable
   */
  Speaker update(TenantId tenant, SpeakerId id, Function<Optional<Speaker>, Speaker> change);

  /**
   * Speakers in the order of their ids (by UTF-16 code unit).
   *
   * @param after only ids greater than this one; empty: from the first
   * @param limit at most so many, positive
   */
  List<Speaker> list(TenantId tenant, String after, int limit);

  /**
   * A number that is another one after every change that has returned, whoever made it; it may
   * change without one. Quick: asked for each search among voices.
   */
  long version();

  /** Erases a speaker with its references and returns what was erased. */
  Optional<Speaker> delete(TenantId tenant, SpeakerId id);

  @Override
  void close();
}
