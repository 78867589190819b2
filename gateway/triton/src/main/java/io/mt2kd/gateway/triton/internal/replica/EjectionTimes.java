package io.mt2kd.gateway.triton.internal.replica;

import java.time.Duration;

/**
 * For how long a replica is out, longer each time in a row:
 *
 * <pre>
 * time(n) = first * 2^min(n, {@value #MOST_DOUBLINGS})      n = 0, 1, 2, …
 * </pre>
 *
 * A replica that has then served for {@value #FORGIVENESS} times as long as it was out last starts
 * anew at {@code n = 0}.
 */
final class EjectionTimes {
  static final int MOST_DOUBLINGS = 5;
  static final int FORGIVENESS = 10;

  private final Duration first;
  private int inARow;

  EjectionTimes(Duration first) {
    this.first = first;
  }

  /**
   * @param served how long the replica has taken calls since it was out last
   */
  Duration next(Duration served) {
    if (inARow > 0 && served.compareTo(time(inARow - 1).multipliedBy(FORGIVENESS)) >= 0) {
      inARow = 0;
    }
    Duration time = time(inARow);
    inARow++;
    return time;
  }

  private Duration time(int n) {
    return first.multipliedBy(1L << Math.min(n, MOST_DOUBLINGS));
  }
}
