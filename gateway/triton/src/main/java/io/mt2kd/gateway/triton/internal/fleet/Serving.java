package io.mt2kd.gateway.triton.internal.fleet;

import io.mt2kd.gateway.core.inference.ServedModel;
import io.mt2kd.gateway.triton.internal.replica.Replica;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Who takes calls at one moment.
 *
 * @param replicas that do, all with the same model
 * @param names of these
 * @param model as the first of them serves it; null where there is none
 * @param absence why there is none, in our own words
 */
public record Serving(
    List<Replica> replicas, List<String> names, @Nullable ServedModel model, String absence) {
  public Serving {
    replicas = List.copyOf(replicas);
    names = List.copyOf(names);
  }

  static Serving of(List<Replica> replicas, @Nullable ServedModel model) {
    return new Serving(replicas, replicas.stream().map(Replica::name).toList(), model, "");
  }

  static Serving nobody(String absence) {
    return new Serving(List.of(), List.of(), null, absence);
  }
}
