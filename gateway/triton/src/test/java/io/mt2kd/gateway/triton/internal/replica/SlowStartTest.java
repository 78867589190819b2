package io.mt2kd.gateway.triton.internal.replica;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SlowStartTest {
  @ParameterizedTest
  @CsvSource({"0, 0.1", "2, 0.1", "3, 0.1", "6, 0.2", "15, 0.5", "30, 1", "3000, 1"})
  void weightGrowsOnAStraightLine(long seconds, double weight) {
    assertThat(new SlowStart(Duration.ofSeconds(30)).weight(seconds * 1_000_000_000L))
        .isEqualTo(weight);
  }

  @ParameterizedTest
  @CsvSource({"0", "1"})
  void noWindowMeansAWholeShareAtOnce(long nanos) {
    assertThat(new SlowStart(Duration.ZERO).weight(nanos)).isEqualTo(1);
  }
}
