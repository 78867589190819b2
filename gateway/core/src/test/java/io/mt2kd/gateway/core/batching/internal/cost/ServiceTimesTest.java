package io.mt2kd.gateway.core.batching.internal.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.mt2kd.gateway.core.batching.internal.cost.ServiceTimes.Bucket;
import java.util.List;
import java.util.function.IntToLongFunction;
import net.jqwik.api.Assume;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class ServiceTimesTest {
  private static final int SECOND = 16_000;
  private static final long MILLI = 1_000_000;

  private final ServiceTimes times = new ServiceTimes();

  @Test
  void believesSomethingSensibleBeforeAnyBatch() {
    assertThat(times.bucket(SECOND).expectedNanos(1)).isBetween(MILLI, 100 * MILLI);
    assertThat(times.bucket(30 * SECOND).expectedNanos(8)).isBetween(100 * MILLI, 10_000 * MILLI);
    assertThat(times.bucket(SECOND).expectedNanos(2))
        .isGreaterThan(times.bucket(SECOND).expectedNanos(1));
    assertThat(times.bucket(2 * SECOND).expectedNanos(1))
        .isGreaterThan(times.bucket(SECOND).expectedNanos(1));
  }

  @Test
  void learnsWhatABatchCostsAndWhatEachMemberAdds() {
    Bucket bucket = times.bucket(2 * SECOND);
    learn(bucket, 40, size -> 100 + 20 * size);

    assertThat(millis(bucket.expectedNanos(1))).isEqualTo(120, within(1.0));
    assertThat(millis(bucket.expectedNanos(5))).isEqualTo(200, within(1.0));
    assertThat(millis(bucket.expectedNanos(8))).isEqualTo(260, within(1.0));
  }

  @Test
  void learnsACurveThatIsFlat() {
    Bucket bucket = times.bucket(2 * SECOND);
    learn(bucket, 40, size -> 10);

    assertThat(millis(bucket.expectedNanos(1))).isEqualTo(10, within(0.2));
    assertThat(millis(bucket.expectedNanos(8))).isEqualTo(10, within(0.2));
  }

  @Test
  void believesABackendThatIsFarFromTheFirstBeliefAfterAFewBatches() {
    Bucket bucket = times.bucket(2 * SECOND);
    for (int i = 0; i < 3; i++) {
      bucket.observe(1, 3_000 * MILLI);
    }

    assertThat(millis(bucket.expectedNanos(1))).isBetween(2_400.0, 3_000.0);
  }

  @Test
  void predictsABucketThatNeverRanFromItsNeighbours() {
    learn(times.bucket(SECOND), 20, size -> 5 + 30 * size);
    learn(times.bucket(4 * SECOND), 20, size -> 5 + 120 * size);

    assertThat(millis(times.bucket(2 * SECOND).expectedNanos(1))).isEqualTo(65, within(7.0));
    assertThat(millis(times.bucket(8 * SECOND).expectedNanos(2))).isEqualTo(485, within(25.0));
  }

  @Test
  void guessesLargerBatchesWhereOnlySingleOnesHaveRun() {
    Bucket bucket = times.bucket(2 * SECOND);
    for (int i = 0; i < 100; i++) {
      bucket.observe(1, 80 * MILLI);
    }

    assertThat(millis(bucket.expectedNanos(1))).isEqualTo(80, within(2.0));
    assertThat(millis(bucket.expectedNanos(8))).isBetween(80.0, 8 * 80.0);
  }

  @Test
  void oneStallDoesNotRuleWhatFollows() {
    Bucket bucket = times.bucket(2 * SECOND);
    learn(bucket, 10, size -> 100);

    bucket.observe(1, 60_000 * MILLI);

    assertThat(millis(bucket.expectedNanos(1))).isLessThan(150);
  }

  @Test
  void followsABackendThatHasBecomeSlower() {
    Bucket bucket = times.bucket(2 * SECOND);
    learn(bucket, 10, size -> 100);
    for (int i = 0; i < 60; i++) {
      bucket.observe(1, 1_000 * MILLI);
    }

    assertThat(millis(bucket.expectedNanos(1))).isEqualTo(1_000, within(200.0));
  }

  @Test
  void allowsForTheErrorOfItsPredictions() {
    Bucket bucket = times.bucket(2 * SECOND);
    assertThat(bucket.cautiousNanos(1)).isCloseTo(bucket.expectedNanos(1) * 3 / 2, within(MILLI));

    learn(bucket, 40, size -> 100 + 20 * size);
    assertThat(bucket.cautiousNanos(1)).isCloseTo(bucket.expectedNanos(1), within(MILLI));

    for (int i = 0; i < 40; i++) {
      bucket.observe(1, (i % 2 == 0 ? 60 : 180) * MILLI);
    }
    assertThat(bucket.cautiousNanos(1)).isGreaterThan(bucket.expectedNanos(1) * 3 / 2);
  }

  @Property(tries = 300)
  void neverFallsBelowZeroNorWithTheSizeOfTheBatch(
      @ForAll @Size(max = 60) List<@IntRange(min = 0, max = 2_000_000_000) Integer> observations,
      @ForAll @LongRange(min = 0, max = 3) long sizes) {
    Assume.that(!observations.isEmpty());
    Bucket bucket = times.bucket(2 * SECOND);
    for (int i = 0; i < observations.size(); i++) {
      bucket.observe(1 + (int) (i * sizes % 8), observations.get(i));
    }

    for (Bucket each : List.of(bucket, times.bucket(30 * SECOND))) {
      long before = 0;
      for (int size = 1; size <= 8; size++) {
        assertThat(each.expectedNanos(size)).isGreaterThanOrEqualTo(before);
        assertThat(each.cautiousNanos(size)).isGreaterThanOrEqualTo(each.expectedNanos(size));
        before = each.expectedNanos(size);
      }
    }
  }

  private static void learn(Bucket bucket, int rounds, IntToLongFunction time) {
    for (int i = 0; i < rounds; i++) {
      for (int size = 1; size <= 8; size++) {
        bucket.observe(size, time.applyAsLong(size) * MILLI);
      }
    }
  }

  private static double millis(long nanos) {
    return nanos / 1e6;
  }
}
