package io.mt2kd.gateway.core.batching.internal.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;

class DeadlineDemandPropertyTest {
  record Job(long deadline, long work) {}

  @Property
  void isTheLatenessOfServingOneAfterAnotherInTheOrderOfDeadlines(
      @ForAll("jobs") List<Job> waiting,
      @ForAll @LongRange(min = -1_000, max = 1_000) long start,
      @ForAll @LongRange(min = -10_000, max = 10_000) long deadline,
      @ForAll @LongRange(min = 1, max = 500) long work) {
    DeadlineDemand demand = new DeadlineDemand();
    waiting.forEach(job -> demand.add(job.deadline, job.work));

    Job newcomer = new Job(deadline, work);
    List<Job> all = new ArrayList<>(waiting);
    all.sort(Comparator.comparingLong(Job::deadline));
    all.add((int) all.stream().filter(job -> job.deadline <= deadline).count(), newcomer);
    long now = start;
    long worst = Long.MIN_VALUE;
    boolean come = false;
    for (Job job : all) {
      now += job.work;
      come |= job == newcomer;
      worst = come ? Math.max(worst, now - job.deadline) : worst;
    }
    assertThat(demand.latenessNanos(start, 1, deadline, work)).isEqualTo(worst);
  }

  @Property
  void nothingIsLeftOfWhatWasTakenOut(@ForAll("jobs") List<Job> jobs) {
    DeadlineDemand demand = new DeadlineDemand();
    jobs.forEach(job -> demand.add(job.deadline, job.work));
    jobs.forEach(job -> demand.remove(job.deadline, job.work));

    assertThat(demand.totalNanos()).isZero();
    assertThat(demand.latenessNanos(0, 1, -20_000, 5)).isEqualTo(20_005);
  }

  @Property
  void roundsADeadlineDownByLittleOfTheTimeLeft(
      @ForAll @LongRange(min = -1L << 40, max = 1L << 40) long now,
      @ForAll @LongRange(min = -1_000, max = 1L << 40) long left) {
    long rounded = DeadlineDemand.rounded(now, now + left);

    assertThat(now + left - rounded).isBetween(0L, Math.max(0, left / 32));
  }

  @Provide
  static Arbitrary<List<Job>> jobs() {
    return Combinators.combine(
            Arbitraries.longs().between(-10_000, 10_000), Arbitraries.longs().between(1, 500))
        .as(Job::new)
        .list()
        .ofMaxSize(40);
  }
}
