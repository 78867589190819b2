package io.mt2kd.gateway.core.batching.internal.cost;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class BatchLengthsTest {
  private static final int EDGE = 64_000;

  @Example
  void isTheEdgeUntilSomethingHasCome() {
    BatchLengths lengths = new BatchLengths();

    assertThat(lengths.longest(EDGE, 1)).isEqualTo(EDGE);
    assertThat(lengths.longest(EDGE, 8)).isEqualTo(EDGE);
  }

  @Example
  void isTheLengthOfAllWhereAllAreAlike() {
    BatchLengths lengths = new BatchLengths();
    for (int i = 0; i < 1_000; i++) {
      lengths.observe(EDGE / 10, EDGE);
    }

    assertThat(lengths.longest(EDGE, 8)).isCloseTo(EDGE / 10.0, within(0.001));
  }

  @Property(tries = 50)
  void isTheMeanOfTheLongestThatAreDrawn(
      @ForAll @IntRange(max = EDGE) int one,
      @ForAll @IntRange(max = EDGE) int other,
      @ForAll @IntRange(min = 1, max = 8) int size) {
    int shortest = Math.min(one, other);
    int longestOfAll = Math.max(one, other);
    BatchLengths lengths = new BatchLengths();
    Random random = new Random(size);
    for (int i = 0; i < 2_000; i++) {
      lengths.observe(draw(random, shortest, longestOfAll), EDGE);
    }

    double sum = 0;
    int batches = 4_000;
    for (int i = 0; i < batches; i++) {
      int longest = 0;
      for (int member = 0; member < size; member++) {
        longest = Math.max(longest, draw(random, shortest, longestOfAll));
      }
      sum += longest;
    }

    // The mean that was learnt is that of about a hundred.
    assertThat(lengths.longest(EDGE, size)).isCloseTo(sum / batches, within(0.1 * EDGE));
  }

  @Property
  void neitherFallsWithTheSizeNorPassesTheEdge(
      @ForAll @IntRange(min = 1, max = EDGE) int length,
      @ForAll @IntRange(min = 1, max = 63) int size) {
    BatchLengths lengths = new BatchLengths();
    lengths.observe(length, EDGE);

    assertThat(lengths.longest(EDGE, 1)).isCloseTo(length, within(0.001));
    assertThat(lengths.longest(EDGE, size + 1))
        .isBetween(lengths.longest(EDGE, size), (double) EDGE);
  }

  private static int draw(Random random, int shortest, int longest) {
    return shortest + random.nextInt(longest - shortest + 1);
  }
}
