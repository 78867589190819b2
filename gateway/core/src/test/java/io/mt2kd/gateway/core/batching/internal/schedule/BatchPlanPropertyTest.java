package io.mt2kd.gateway.core.batching.internal.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.batching.internal.cost.BatchEconomy;
import io.mt2kd.gateway.core.batching.internal.cost.ServiceTimes;
import io.mt2kd.gateway.core.batching.internal.schedule.BatchPlan.PlannedBatch;
import io.mt2kd.gateway.core.inference.Head;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.LongStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.Size;

class BatchPlanPropertyTest {
  private static final int BUCKET = 16_000;

  @Property
  void isTheLatenessOfRunningOneBatchAfterAnotherInTheOrderOfTheirFirstDeadlines(
      @ForAll("batches") List<PlannedBatch> waiting,
      @ForAll("newcomer") PlannedBatch newcomer,
      @ForAll @LongRange(min = -1_000, max = 1_000) long start) {
    BatchPlan plan = new BatchPlan();
    plan.add(newcomer);
    waiting.forEach(plan::add);

    List<PlannedBatch> inOrder = new ArrayList<>(waiting);
    inOrder.add(newcomer);
    inOrder.sort(
        Comparator.comparingLong(PlannedBatch::dueNanos).thenComparing(PlannedBatch::hasNewcomers));
    long now = start;
    long worst = Long.MIN_VALUE;
    boolean come = false;
    for (PlannedBatch batch : inOrder) {
      now += batch.nanos();
      come |= batch.hasNewcomers();
      worst = come ? Math.max(worst, now - batch.promisedNanos()) : worst;
    }
    assertThat(plan.latenessNanos(start, 1)).isEqualTo(worst);
  }

  @Property
  void manyReplicasShareWhatComesBefore(
      @ForAll("batches") List<PlannedBatch> waiting,
      @ForAll @IntRange(min = 1, max = 8) int replicas) {
    BatchPlan plan = new BatchPlan();
    waiting.forEach(plan::add);
    plan.add(new PlannedBatch(20_000, 19_000, 7, true));

    long all = waiting.stream().mapToLong(PlannedBatch::nanos).sum();
    assertThat(plan.totalNanos()).isEqualTo(all + 7);
    assertThat(plan.latenessNanos(0, replicas)).isEqualTo(all / replicas + 7 - 19_000);
  }

  @Property
  void aQueueIsPlannedAsItWouldBeTakenIfTheNewcomersHadCome(
      @ForAll @Size(max = 40) List<@LongRange(min = 0, max = 50) Long> deadlines,
      @ForAll @LongRange(min = 0, max = 50) long newcomersDeadline,
      @ForAll @IntRange(max = 10) int count,
      @ForAll @IntRange(min = 1, max = 9) int batchSize) {
    ServiceTimes times = new ServiceTimes();
    BucketQueue<String> before = queue(times, deadlines.stream().mapToLong(d -> d));
    BatchPlan plan = new BatchPlan();
    Newcomers newcomers =
        new Newcomers(Collections.nCopies(count, BUCKET), 0, newcomersDeadline, 0.8);
    before.plan(plan, batchSize, newcomers);

    BucketQueue<String> after =
        queue(
            times,
            LongStream.concat(
                deadlines.stream().mapToLong(d -> d),
                LongStream.generate(() -> newcomersDeadline).limit(count)));
    BatchPlan expected = new BatchPlan();
    while (!after.isEmpty()) {
      List<QueuedUtterance<String>> taken = after.take(after.batchable(batchSize));
      long due = taken.get(0).deadlineNanos();
      expected.add(
          new PlannedBatch(
              due,
              (long) (0.8 * due),
              times.bucket(BUCKET).cautiousNanos(taken.size()),
              taken.stream().anyMatch(one -> one.sequence() >= deadlines.size())));
    }
    assertThat(plan).usingRecursiveComparison().isEqualTo(expected);
  }

  private static BucketQueue<String> queue(ServiceTimes times, LongStream deadlines) {
    BucketQueue<String> queue =
        new BucketQueue<>(
            new BucketQueue.Key(BUCKET, Priority.INTERACTIVE, false),
            times.bucket(BUCKET),
            new BatchEconomy());
    long[] sequence = {0};
    deadlines.forEach(
        deadline ->
            queue.add(
                new QueuedUtterance<>(
                    "",
                    sequence[0]++,
                    BUCKET,
                    BUCKET,
                    Set.of(Head.ASR),
                    Priority.INTERACTIVE,
                    0,
                    deadline)));
    return queue;
  }

  @Provide
  static Arbitrary<List<PlannedBatch>> batches() {
    return batch(false).list().ofMaxSize(40);
  }

  @Provide
  static Arbitrary<PlannedBatch> newcomer() {
    return batch(true);
  }

  private static Arbitrary<PlannedBatch> batch(boolean hasNewcomers) {
    return Combinators.combine(
            Arbitraries.longs().between(-10_000, 10_000),
            Arbitraries.longs().between(0, 2_000),
            Arbitraries.longs().between(1, 500))
        .as((due, kept, nanos) -> new PlannedBatch(due, due - kept, nanos, hasNewcomers));
  }
}
