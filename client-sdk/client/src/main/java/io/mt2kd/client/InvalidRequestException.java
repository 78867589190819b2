package io.mt2kd.client;

import io.grpc.Status;
import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The request cannot be served as it is (INVALID_ARGUMENT, OUT_OF_RANGE): change what the
 * violations name.
 */
public final class InvalidRequestException extends Mt2kdException {
  private static final long serialVersionUID = 1L;

  private final List<FieldViolation> violations;

  /** Made by the client; public so that users' own fakes can fail alike. */
  public InvalidRequestException(
      Status.Code code,
      String message,
      List<FieldViolation> violations,
      String requestId,
      @Nullable Throwable cause) {
    super(code, message, requestId, cause);
    this.violations = List.copyOf(violations);
  }

  /** What is wrong, field by field; empty where the gateway named none. */
  public List<FieldViolation> violations() {
    return violations;
  }

  /**
   * One wrong field.
   *
   * @param field path in the request, such as {@code audio.sample_rate_hertz}
   * @param description the offending value and the expected range
   */
  public record FieldViolation(String field, String description) implements Serializable {}
}
