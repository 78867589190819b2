package io.mt2kd.benchmarks.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.grpc.Status;
import io.mt2kd.benchmarks.workload.Utterance;
import org.junit.jupiter.api.Test;

class TallyTest {
  private static final long MILLI = 1_000_000;

  private final Tally tally = new Tally();
  private final Utterance second = Utterance.of(0, new short[Utterance.RATE]);

  @Test
  void countsSilenceInWhatWasComputed() {
    tally.add(MILLI, second, Reply.direct(20_000), null);
    assertThat(tally.padding()).isCloseTo(0.2, within(1e-9));
  }

  @Test
  void countsAnswersAndAudioOverTheMeasuredTime() {
    tally.add(MILLI, second, Reply.direct(16_000), null);
    tally.add(3 * MILLI, second, Reply.direct(16_000), null);
    tally.measured(0.5);
    assertThat(tally.answersPerSecond()).isEqualTo(4);
    assertThat(tally.audioPerSecond()).isEqualTo(4);
    assertThat(tally.milliseconds(100)).isCloseTo(3, within(0.01));
  }

  @Test
  void keepsRefusalsApartFromAnswers() {
    tally.add(MILLI, second, null, Status.RESOURCE_EXHAUSTED.asRuntimeException());
    tally.add(2 * MILLI, second, null, Status.RESOURCE_EXHAUSTED.asRuntimeException());
    assertThat(tally.answers()).isZero();
    assertThat(tally.failures()).containsEntry(Status.Code.RESOURCE_EXHAUSTED, 2L);
    assertThat(tally.milliseconds(Status.Code.RESOURCE_EXHAUSTED, 100)).isCloseTo(2, within(0.01));
  }
}
