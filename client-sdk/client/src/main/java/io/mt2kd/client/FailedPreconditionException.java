package io.mt2kd.client;

import io.grpc.Status;
import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The request is well formed but the speaker's state forbids it (FAILED_PRECONDITION): recordings
 * of two voices, too little speech enrolled, references of another model, a full enrollment.
 */
public final class FailedPreconditionException extends Mt2kdException {
  private static final long serialVersionUID = 1L;

  private final List<Violation> violations;

  /** Made by the client; public so that users' own fakes can fail alike. */
  public FailedPreconditionException(
      String message, List<Violation> violations, String requestId, @Nullable Throwable cause) {
    super(Status.Code.FAILED_PRECONDITION, message, requestId, cause);
    this.violations = List.copyOf(violations);
  }

  /** What stands in the way; empty where the gateway gave no details. */
  public List<Violation> violations() {
    return violations;
  }

  /**
   * One condition that does not hold.
   *
   * @param type what kind of condition, in capitals
   * @param subject what it is about, such as {@code speakers/alice}
   * @param description how to make it hold
   */
  public record Violation(String type, String subject, String description)
      implements Serializable {}
}
