package io.mt2kd.gateway.core.speaker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mt2kd.gateway.core.failure.InvalidArgumentException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What callers may ask for. */
class ChoicesTest {
  @ParameterizedTest
  @ValueSource(doubles = {-0.1, 0, 0.00009, 0.51, 1, Double.NaN, Double.POSITIVE_INFINITY})
  void refusesAFalseAcceptRateOutOfRange(double rate) {
    assertThatThrownBy(() -> new FalseAcceptRate(rate))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessage("false_accept_rate: " + rate + " (expected: 0.0001 to 0.5, or 0 for 0.01)");
  }

  @Test
  void takesTheEndsOfTheRangeAsAFloatCarriesThem() {
    assertThat(new FalseAcceptRate(0.0001f).value()).isEqualTo(0.0001f);
    assertThat(new FalseAcceptRate(0.5f).value()).isEqualTo(0.5);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 101})
  void refusesANumberOfCandidatesOutOfRange(int maximum) {
    assertThatThrownBy(() -> new IdentificationChoice(maximum, FalseAcceptRate.DEFAULT))
        .isInstanceOf(InvalidArgumentException.class)
        .hasMessage("max_candidates: " + maximum + " (expected: 1 to 100, or 0 for 5)");
  }
}
