package io.mt2kd.gateway.triton.internal.replica;

import java.time.Duration;

/**
 * A newcomer starts slowly: caches are cold, a runtime compiles, memory pools grow.
 *
 * <pre>
 * weight = max({@value #LEAST}, min(1, time since it takes calls / window))
 * </pre>
 *
 * The weight grows on a straight line and stays 1 from the end of the window on. What is under way
 * at a replica counts as {@code outstanding / weight}: at weight 0.1 a newcomer with a tenth of the
 * others' work counts as loaded as they are.
 *
 * @param window over which the weight grows; zero for none
 */
public record SlowStart(Duration window) {
  static final double LEAST = 0.1;

  /**
   * @param servingNanos since it takes calls
   */
  public double weight(long servingNanos) {
    if (window.isZero()) {
      return 1;
    }
    return Math.max(LEAST, Math.min(1, (double) servingNanos / window.toNanos()));
  }
}
