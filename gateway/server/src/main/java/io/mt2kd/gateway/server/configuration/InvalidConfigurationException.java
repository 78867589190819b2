package io.mt2kd.gateway.server.configuration;

/** A setting that cannot be used. The message names the field, its value and what was expected. */
public final class InvalidConfigurationException extends RuntimeException {
  public InvalidConfigurationException(String message) {
    super(message);
  }

  InvalidConfigurationException(String message, Throwable cause) {
    super(message, cause);
  }
}
