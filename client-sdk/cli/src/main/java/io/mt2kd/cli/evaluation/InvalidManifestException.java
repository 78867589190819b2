package io.mt2kd.cli.evaluation;

/**
 * A manifest's line is not as {@link Manifest} wants it; the message names line, field, value and
 * expectation.
 */
public final class InvalidManifestException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  InvalidManifestException(String message) {
    super(message);
  }
}
