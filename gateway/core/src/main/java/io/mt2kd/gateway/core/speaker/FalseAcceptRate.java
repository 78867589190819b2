package io.mt2kd.gateway.core.speaker;

import io.mt2kd.gateway.core.failure.InvalidArgumentException;

/**
 * Share of strangers that the caller is ready to accept.
 *
 * @param value in [0.0001, 0.5]
 */
public record FalseAcceptRate(double value) {
  /** Of callers that do not say. */
  public static final FalseAcceptRate DEFAULT = new FalseAcceptRate(0.01);

  // A float on the wire: 0.0001f is a little less than 0.0001.
  private static final double ROUNDING = 1e-9;

  /**
   * @throws InvalidArgumentException on {@code false_accept_rate}
   */
  public FalseAcceptRate {
    if (!(value >= 0.0001 - ROUNDING && value <= 0.5)) {
      throw InvalidArgumentException.of("false_accept_rate", value, "0.0001 to 0.5, or 0 for 0.01");
    }
  }
}
