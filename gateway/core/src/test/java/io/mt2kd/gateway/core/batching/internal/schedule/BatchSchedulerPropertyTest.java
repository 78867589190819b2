package io.mt2kd.gateway.core.batching.internal.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.gateway.core.batching.BatchingSettings;
import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.batching.internal.cost.ServiceTimes;
import io.mt2kd.gateway.core.batching.internal.schedule.ScheduledRun.Arrival;
import io.mt2kd.gateway.core.batching.internal.schedule.ScheduledRun.Backend;
import io.mt2kd.gateway.core.batching.internal.schedule.ScheduledRun.Ending;
import io.mt2kd.gateway.core.batching.internal.schedule.ScheduledRun.Result;
import io.mt2kd.gateway.core.inference.Head;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.statistics.Statistics;

/** What holds whatever comes: see {@link ScheduledRun} for what it holds each decision against. */
class BatchSchedulerPropertyTest {
  private static final int SECOND = 16_000;
  private static final int[] BUCKETS = {SECOND, 2 * SECOND, 8 * SECOND};
  private static final long MILLI = 1_000_000;
  private static final Backend FAULTLESS = backend(0, 100, 0);

  /** One arrival of a script, relative to the one before. */
  record Drawn(
      int gapMicros,
      int bucket,
      int headBits,
      int budgetMillis,
      int patienceMillis,
      int priority) {}

  @Property(tries = 1_000)
  void everyoneIsAnsweredOnceAndNoRuleIsBroken(
      @ForAll("scripts") List<Drawn> script,
      @ForAll @IntRange(min = 1, max = 8) int maximumBatchSize,
      @ForAll @IntRange(min = 1, max = 3) int batchesInFlight,
      @ForAll @IntRange(min = 1, max = 3) int replicas,
      @ForAll @IntRange(min = 0, max = 200) int maximumWaitMillis,
      @ForAll @IntRange(min = 50, max = 100) int percentAnswered,
      @ForAll @IntRange(min = 0, max = 2) int spread,
      @ForAll long seed) {
    Random random = new Random(seed);
    ScheduledRun run =
        new ScheduledRun(
            new BatchingSettings(batchesInFlight, Duration.ofMillis(maximumWaitMillis)),
            maximumBatchSize,
            replicas,
            new ServiceTimes(),
            backend(seed, percentAnswered, 5),
            // From what is believed at first to far from it, either way.
            batch -> (long) (exactNanos(batch) * Math.exp(spread * random.nextGaussian())));

    Map<Arrival, Result> results = run.play(arrivals(script, 0, true));

    results.values().forEach(Statistics::collect);
  }

  @Property(tries = 500)
  void whoeverCanBeServedInTimeIs(
      @ForAll("scripts") List<Drawn> script,
      @ForAll @IntRange(min = 1, max = 8) int maximumBatchSize,
      @ForAll @IntRange(min = 1, max = 3) int batchesInFlight,
      @ForAll @IntRange(min = 0, max = 200) int maximumWaitMillis) {
    // Time enough for all of them one by one, in whatever order, is time enough for each.
    long enough =
        script.stream().mapToLong(each -> nanos(1, BUCKETS[each.bucket()]) + 2 * MILLI).sum()
            * 11
            / 10;
    List<Arrival> arrivals = arrivals(script, enough, true);
    ScheduledRun run =
        new ScheduledRun(
            new BatchingSettings(batchesInFlight, Duration.ofMillis(maximumWaitMillis)),
            maximumBatchSize,
            1,
            knowing(),
            FAULTLESS,
            BatchSchedulerPropertyTest::exactNanos);

    Map<Arrival, Result> results = run.play(arrivals);

    assertThat(results.values()).containsOnly(Result.ANSWERED);
    assertThat(arrivals).allMatch(arrival -> run.answeredNanos(arrival) <= arrival.deadlineNanos());
  }

  @Property(tries = 500)
  void whatIsSentToABackendThatIsUnderstoodIsAnsweredInTime(
      @ForAll("scripts") List<Drawn> script,
      @ForAll @IntRange(min = 1, max = 8) int maximumBatchSize,
      @ForAll @IntRange(min = 1, max = 3) int batchesInFlight) {
    List<Arrival> arrivals = arrivals(script, 0, true);
    ScheduledRun run =
        new ScheduledRun(
            new BatchingSettings(batchesInFlight, Duration.ofMillis(50)),
            maximumBatchSize,
            1,
            knowing(),
            FAULTLESS,
            BatchSchedulerPropertyTest::exactNanos);

    Map<Arrival, Result> results = run.play(arrivals);

    // The exception is the one that is tried on an idle backend: it had less than it needs alone.
    assertThat(arrivals)
        .filteredOn(arrival -> results.get(arrival) == Result.ANSWERED)
        .allMatch(
            arrival ->
                run.answeredNanos(arrival) <= arrival.deadlineNanos() + MILLI
                    || arrival.deadlineNanos() - arrival.atNanos()
                        < nanos(1, arrival.bucketSamples()) + MILLI);
  }

  @Provide
  static Arbitrary<List<Drawn>> scripts() {
    return Combinators.combine(
            uniform(0, 60_000),
            uniform(0, BUCKETS.length - 1),
            uniform(1, 7),
            uniform(1, 3_000),
            // Four in five never give up.
            uniform(-2_000, 500),
            uniform(0, 1))
        .as(Drawn::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(60)
        .withSizeDistribution(RandomDistribution.uniform());
  }

  private static Arbitrary<Integer> uniform(int least, int most) {
    return Arbitraries.integers()
        .between(least, most)
        .withDistribution(RandomDistribution.uniform());
  }

  /**
   * @param budgetNanos of each; 0 for what was drawn, and whoever draws it gives up too
   */
  private static List<Arrival> arrivals(List<Drawn> script, long budgetNanos, boolean classes) {
    List<Arrival> arrivals = new ArrayList<>();
    long now = 0;
    for (Drawn each : script) {
      now += each.gapMicros() * 1_000L;
      Set<Head> heads = EnumSet.noneOf(Head.class);
      for (Head head : Head.values()) {
        if ((each.headBits() >> head.ordinal() & 1) == 1) {
          heads.add(head);
        }
      }
      arrivals.add(
          new Arrival(
              arrivals.size(),
              now,
              BUCKETS[each.bucket()],
              heads,
              classes ? Priority.values()[each.priority()] : Priority.INTERACTIVE,
              now + (budgetNanos > 0 ? budgetNanos : each.budgetMillis() * MILLI),
              budgetNanos > 0 ? now - 1 : now + each.patienceMillis() * MILLI));
    }
    return arrivals;
  }

  private static ServiceTimes knowing() {
    ServiceTimes times = new ServiceTimes();
    for (int round = 0; round < 50; round++) {
      for (int size = 1; size <= 8; size++) {
        for (int bucket : BUCKETS) {
          times.bucket(bucket).observe(size, nanos(size, bucket));
        }
      }
    }
    return times;
  }

  private static long exactNanos(Batch<Arrival> batch) {
    return nanos(batch.size(), batch.bucketSamples());
  }

  /** 10 ms and 10 ms for each audio-second: what is believed before any batch has run. */
  private static long nanos(int size, int bucketSamples) {
    return 10 * MILLI + size * (bucketSamples / SECOND) * 10 * MILLI;
  }

  private static Backend backend(long seed, int percentAnswered, int percentUnavailable) {
    return new Backend() {
      @Override
      public Ending ending(int batchNumber) {
        int draw = draw(batchNumber, 1);
        return draw < percentAnswered
            ? Ending.ANSWERED
            : draw < percentAnswered + percentUnavailable ? Ending.UNAVAILABLE : Ending.FAILED;
      }

      @Override
      public int replica(int batchNumber) {
        return draw(batchNumber, 2);
      }

      private int draw(int batchNumber, int salt) {
        return new Random(seed * 31 + batchNumber * 7L + salt).nextInt(100);
      }
    };
  }
}
