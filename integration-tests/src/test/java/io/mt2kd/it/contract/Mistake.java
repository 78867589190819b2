package io.mt2kd.it.contract;

import inference.ModelInferRequest;
import io.grpc.Status;
import java.util.List;

/**
 * A request that cannot be served.
 *
 * @param code that it is refused with
 * @param words that the message names, so that the reader finds the mistake
 */
record Mistake(String name, ModelInferRequest request, Status.Code code, List<String> words) {
  Mistake(String name, ModelInferRequest.Builder request, Status.Code code, String... words) {
    this(name, request.build(), code, List.of(words));
  }

  @Override
  public String toString() {
    return name;
  }
}
