package io.mt2kd.gateway.core.batching.internal.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;

class InFlightLimitPropertyTest {
  @Property(tries = 300)
  void staysWithinItsRange(
      @ForAll @IntRange(min = 1, max = 8) int least,
      @ForAll @IntRange(min = 0, max = 8) int range,
      @ForAll long seed) {
    InFlightLimit limit = new InFlightLimit(least, least + range);
    Random random = new Random(seed);

    for (int i = 0; i < 20_000; i++) {
      limit.observe(Math.exp(2 * random.nextGaussian()), limit.limit());
      assertThat(limit.limit()).isBetween(least, least + range);
    }
  }

  @Property(tries = 100)
  void getsMostOfWhatAReplicaCanDoWithFewBatchesMoreThanItRunsAtATime(
      @ForAll @IntRange(min = 1, max = 8) int atATime,
      @ForAll @DoubleRange(min = 0, max = 0.1) double noise,
      @ForAll long seed) {
    Replica replica = new Replica(atATime, noise, seed);

    replica.run(30_000);

    // A trial may be under way.
    assertThat(replica.limit.limit()).isBetween((int) (0.7 * atATime), Math.max(2, atATime) + 1);
  }

  @Property(tries = 50)
  void goesBackWhenAReplicaLosesTheAbility(@ForAll long seed) {
    Replica replica = new Replica(6, 0.05, seed);
    replica.run(20_000);
    assertThat(replica.limit.limit()).isGreaterThanOrEqualTo(4);

    replica.atATime = 1;
    replica.run(60_000);

    assertThat(replica.limit.limit()).isLessThanOrEqualTo(3);
  }

  /** Always full; a batch takes a second, so many run side by side. */
  private static final class Replica {
    private final InFlightLimit limit = new InFlightLimit(2, 10);
    private final double noise;
    private final Random random;
    private int atATime;
    private double predicted = 1;

    private Replica(int atATime, double noise, long seed) {
      this.atATime = atATime;
      this.noise = noise;
      this.random = new Random(seed);
    }

    private void run(int batches) {
      for (int i = 0; i < batches; i++) {
        double busy = Math.exp(noise * random.nextGaussian()) / Math.min(limit.limit(), atATime);
        limit.observe(busy / predicted, limit.limit());
        // As the cost model learns: about the last 33 count.
        predicted += 0.03 * (busy - predicted);
      }
    }
  }
}
