package io.mt2kd.engine;

import org.jspecify.annotations.Nullable;

/**
 * Why a call was not answered. The message is for the caller: it names models and tensors, never
 * files; what ONNX Runtime or the operating system said goes to the log by way of the cause.
 */
final class EngineException extends Exception {
  private static final long serialVersionUID = 1;

  /** Kinds of failure; {@link StatusMapping} gives each its status. */
  enum Kind {
    /** No such model, version or registered resource. */
    NOT_FOUND,
    /** The request contradicts the protocol or the model's declaration. */
    INVALID_REQUEST,
    /** Legal in the protocol, and not offered by this engine. */
    UNSUPPORTED,
    /** As many requests wait as may wait. */
    OVERLOADED,
    /** The engine is closing or closed. */
    STOPPING,
    /** The caller went away before the work was done. */
    CANCELLED,
    /** A model failed while it ran. */
    EXECUTION_FAILED
  }

  private final Kind kind;

  EngineException(Kind kind, String message) {
    this(kind, message, null);
  }

  EngineException(Kind kind, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  static EngineException invalid(String message) {
    return new EngineException(Kind.INVALID_REQUEST, message);
  }

  Kind kind() {
    return kind;
  }

  /** The same failure as the caller of an ensemble sees it. */
  EngineException inEnsemble(String ensemble) {
    return new EngineException(kind, "in ensemble '" + ensemble + "', " + getMessage(), getCause());
  }
}
