package io.mt2kd.engine;

import org.jspecify.annotations.Nullable;

/** One model cannot be served as its files stand; the message says why and what would be right. */
final class InvalidModelException extends Exception {
  private static final long serialVersionUID = 1;

  InvalidModelException(String message) {
    this(message, null);
  }

  InvalidModelException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
