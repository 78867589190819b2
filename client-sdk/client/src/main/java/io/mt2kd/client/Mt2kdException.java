package io.mt2kd.client;

import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * A call that failed. Subclasses say what a caller can do; this class itself stands for what a
 * caller cannot repair: a fault of the gateway (INTERNAL, UNKNOWN, DATA_LOSS) or a method that it
 * does not know.
 *
 * <p>What may be repeated without harm was already repeated, as {@link RetryPolicy} says.
 */
public class Mt2kdException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Status.Code code;
  private final String requestId;

  /**
   * Made by the client; public so that users' own fakes can fail alike.
   *
   * @param requestId of the call that failed; empty where the call has none
   */
  public Mt2kdException(
      Status.Code code, String message, String requestId, @Nullable Throwable cause) {
    super(message, cause);
    this.code = code;
    this.requestId = requestId;
  }

  /** The status that the call ended with. */
  public Status.Code code() {
    return code;
  }

  /** Id of the request, as the gateway's log has it; empty where the call has none. */
  public String requestId() {
    return requestId;
  }
}
