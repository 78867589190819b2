package io.mt2kd.gateway.grpc;

import io.grpc.Context;
import io.grpc.Metadata;
import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.failure.InvalidArgumentException;

/**
 * Reads the class of the call from its {@code mt2kd-priority} metadata into its context: {@code
 * interactive}, which is also that of calls without, or {@code batch}.
 */
final class PriorityInterceptor extends MetadataInterceptor<Priority> {
  static final Metadata.Key<String> HEADER =
      Metadata.Key.of("mt2kd-priority", Metadata.ASCII_STRING_MARSHALLER);

  private static final Context.Key<Priority> PRIORITY =
      Context.keyWithDefault("mt2kd-priority", Priority.INTERACTIVE);

  PriorityInterceptor() {
    super(HEADER, PRIORITY);
  }

  /** Of the call that the current thread serves. */
  static Priority current() {
    return PRIORITY.get();
  }

  @Override
  Priority read(String value) {
    return switch (value) {
      case "interactive" -> Priority.INTERACTIVE;
      case "batch" -> Priority.BATCH;
      default -> throw InvalidArgumentException.of(HEADER.name(), value, "interactive or batch");
    };
  }
}
