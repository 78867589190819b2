package io.mt2kd.gateway.core.failure;

import org.jspecify.annotations.Nullable;

/**
 * A call that ends without its answer, for a reason that the caller can be told. The message is
 * ours: it never carries a server's words, a path or another tenant's data; those belong in the
 * cause and the log.
 */
public abstract sealed class GatewayException extends RuntimeException
    permits InvalidArgumentException,
        NotFoundException,
        FailedPreconditionException,
        UnavailableException,
        OverloadedException,
        DeadlineExceededException,
        InternalException {

  GatewayException(String message, @Nullable Throwable cause) {
    this(message, cause, true);
  }

  GatewayException(String message, @Nullable Throwable cause, boolean stackTrace) {
    super(message, cause, true, stackTrace);
  }
}
