package io.mt2kd.gateway.core.batching.internal.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class PaddedLengthTest {
  private static final int STEP = 4_000;

  @Property
  void holdsTheLongestWithLessThanAStepToSpare(
      @ForAll @Size(min = 1, max = 8) List<@IntRange(min = 1, max = 30_000) Integer> lengths,
      @ForAll @IntRange(max = 10_000) int room) {
    int longest = lengths.stream().mapToInt(Integer::intValue).max().orElseThrow();
    int bucket = longest + room;

    int padded = PaddedLength.of(lengths.stream().mapToInt(Integer::intValue), bucket);

    assertThat(padded).isBetween(longest, Math.min(bucket, longest + STEP - 1));
    assertThat(padded == bucket || padded % STEP == 0).isTrue();
  }

  @Example
  void addsNothingWhereTheLongestEndsOnAStep() {
    assertThat(PaddedLength.of(IntStream.of(20_000), 24_000)).isEqualTo(20_000);
  }
}
