package io.mt2kd.gateway.core.batching.internal.cost;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.batching.internal.cost.BatchEconomy.Share;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BatchEconomyTest {
  private static final int SECOND = 16_000;
  private static final int MOST = 8;
  private static final int[] BUCKETS = {1, 1, 2, 3, 4, 6, 8, 15, 30};
  private static final Line PROCESSOR = new Line(0.00275, 0.0026);
  private static final Line GPU = new Line(0.00394, 0.0000448);

  private final BatchEconomy economy = new BatchEconomy();

  @Test
  void fullBatchesUntilSomethingIsKnown() {
    for (int i = 0; i < 63; i++) {
      assertThat(economy.worthwhileSize(30 * SECOND, MOST)).isEqualTo(MOST);
      finish(30 * SECOND, 0.3);
    }
    finish(30 * SECOND, 0.3);

    assertThat(economy.worthwhileSize(30 * SECOND, MOST)).isLessThan(MOST);
  }

  @ParameterizedTest
  @CsvSource({"1, 2", "1, 6", "2, 2", "2, 3", "2, 6", "4, 4", "4, 6"})
  void longRecordingsAreBestAloneWhereTimeIsAllSlope(int sideBySide, int underWay) {
    run(PROCESSOR, sideBySide, underWay);

    // By the true line 7, 3, 2 and 1.
    assertThat(economy.worthwhileSize(SECOND, MOST)).isBetween(6, 8);
    assertThat(economy.worthwhileSize(8 * SECOND, MOST)).isBetween(2, 5);
    assertThat(economy.worthwhileSize(15 * SECOND, MOST)).isBetween(1, 4);
    assertThat(economy.worthwhileSize(30 * SECOND, MOST)).isBetween(1, 3);
  }

  @ParameterizedTest
  @CsvSource({"1, 2", "1, 6", "2, 2", "2, 3", "2, 6", "4, 4", "4, 6"})
  void fullBatchesAreBestWhereTimeIsNearlyFlat(int sideBySide, int underWay) {
    run(GPU, sideBySide, underWay);

    assertThat(economy.worthwhileSize(SECOND, MOST)).isEqualTo(MOST);
    assertThat(economy.worthwhileSize(15 * SECOND, MOST)).isEqualTo(MOST);
  }

  @ParameterizedTest
  @CsvSource({"0.25, 8", "0.5, 4", "0.5, 8", "1, 3", "1, 8"})
  void batchesThatAreAllAlikeStayFullWhereTimeIsShort(double seconds, int most) {
    int bucket = (int) (seconds * SECOND);
    for (int i = 0; i < 1_000; i++) {
      int size = economy.worthwhileSize(bucket, most);
      // One less is tried where nothing has shown yet what that costs.
      assertThat(size).isBetween(most - 1, most);
      finish(size * bucket, GPU.at(size * seconds));
    }
  }

  @Test
  void forgetsABackendThatHasBecomeAnother() {
    run(PROCESSOR, 2, 3);
    run(GPU, 2, 3);

    assertThat(economy.worthwhileSize(15 * SECOND, MOST)).isEqualTo(MOST);
  }

  @Test
  void silenceThatOthersArePaddedWithCounts() {
    run(PROCESSOR, 2, 3);
    int even = economy.worthwhileSize(4 * SECOND, MOST);

    for (int i = 0; i < 1_000; i++) {
      economy.arrived(2 * SECOND + i % 20 * SECOND / 10, 4 * SECOND);
    }
    finish(SECOND, 0.00535);

    // By the true line 4 where all are four seconds long.
    assertThat(economy.worthwhileSize(4 * SECOND, MOST)).isLessThan(even).isBetween(1, 2);
  }

  @Test
  void thoseThatAreAllAlikeArePaddedWithNothing() {
    for (int i = 0; i < 1_000; i++) {
      economy.arrived(SECOND, 4 * SECOND);
    }
    run(PROCESSOR, 2, 3);

    // By the true line 7, and 4 if they were four seconds long.
    assertThat(economy.worthwhileSize(4 * SECOND, MOST))
        .isEqualTo(economy.worthwhileSize(SECOND, MOST));
  }

  @Test
  void silenceCostsNothingWhereTimeIsNearlyFlat() {
    for (int i = 0; i < 1_000; i++) {
      economy.arrived(2 * SECOND + i % 20 * SECOND / 10, 4 * SECOND);
    }
    run(GPU, 2, 3);

    assertThat(economy.worthwhileSize(4 * SECOND, MOST)).isEqualTo(MOST);
  }

  @Property
  void neverMoreThanABatchHoldsNorFewerThanOneNorMoreOfLongerOnes(
      @ForAll @DoubleRange(min = 0, max = 1) double fixed,
      @ForAll @DoubleRange(min = 0, max = 1) double slope,
      @ForAll @IntRange(min = 1, max = 64) int most) {
    run(new Line(fixed, slope), 2, 4);

    int before = most;
    for (int bucket : BUCKETS) {
      int size = economy.worthwhileSize(bucket * SECOND, most);
      assertThat(size).isBetween(1, before);
      before = size;
    }
  }

  private void finish(int paddedSamples, double seconds) {
    Share share = new Share();
    share.passed((long) (seconds * 1e9), 0, 1);
    economy.observe(paddedSamples, share);
  }

  /**
   * A replica that runs the oldest batches under way side by side, each at its part of the speed.
   */
  private void run(Line cost, int sideBySide, int underWay) {
    Random random = new Random(1);
    List<Running> batches = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      while (batches.size() < underWay) {
        int bucket = BUCKETS[random.nextInt(BUCKETS.length)];
        int size = 1 + random.nextInt(economy.worthwhileSize(bucket * SECOND, MOST));
        double noise = 1 + 0.1 * random.nextGaussian();
        batches.add(new Running(cost.at(size * bucket) * noise, size * bucket * SECOND));
      }
      int running = Math.min(sideBySide, batches.size());
      Running first = batches.get(0);
      for (Running batch : batches.subList(0, running)) {
        first = batch.left < first.left ? batch : first;
      }
      double each = first.left;
      for (int place = 0; place < batches.size(); place++) {
        Running batch = batches.get(place);
        batch.left -= place < running ? each : 0;
        batch.share.passed((long) (each * running * 1e9), place, batches.size());
      }
      batches.remove(first);
      economy.observe(first.paddedSamples, first.share);
    }
  }

  private static final class Running {
    private final Share share = new Share();
    private final int paddedSamples;
    private double left;

    Running(double seconds, int paddedSamples) {
      this.left = seconds;
      this.paddedSamples = paddedSamples;
    }
  }
}
