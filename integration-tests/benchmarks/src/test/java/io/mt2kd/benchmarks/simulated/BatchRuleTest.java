package io.mt2kd.benchmarks.simulated;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.benchmarks.simulated.BatchRule.Gathered;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

/** What was measured of a real Triton. */
class BatchRuleTest {
  private final BatchRule rule = new BatchRule(8);

  private record Request(int rows, int samples) implements BatchRule.Shaped {}

  @Test
  void neighboursOfOneShapeRunTogetherAndTheFirstOfAnotherClosesTheBatch() {
    Gathered<Request> batch = rule.gather(queue(one(4), one(4), one(5), one(4)));
    assertThat(batch.requests()).containsExactly(one(4), one(4));
    assertThat(batch.closed()).isTrue();
  }

  @Test
  void aRequestIsNeverSplit() {
    Gathered<Request> batch =
        rule.gather(queue(new Request(3, 4), new Request(3, 4), new Request(4, 4)));
    assertThat(batch.requests()).hasSize(2);
    assertThat(batch.closed()).isTrue();
  }

  @Test
  void aFullBatchIsClosed() {
    assertThat(rule.gather(queue(new Request(8, 4))).closed()).isTrue();
  }

  @Test
  void anEndedQueueLeavesTheBatchOpen() {
    Gathered<Request> batch = rule.gather(queue(one(4), one(4)));
    assertThat(batch.requests()).hasSize(2);
    assertThat(batch.closed()).isFalse();
  }

  private static Request one(int samples) {
    return new Request(1, samples);
  }

  private static Queue<Request> queue(Request... requests) {
    return new ArrayDeque<>(List.of(requests));
  }
}
