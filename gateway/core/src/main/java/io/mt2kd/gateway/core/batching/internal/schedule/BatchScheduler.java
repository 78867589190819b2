package io.mt2kd.gateway.core.batching.internal.schedule;

import io.mt2kd.gateway.core.batching.BatchingSettings;
import io.mt2kd.gateway.core.batching.Priority;
import io.mt2kd.gateway.core.batching.internal.cost.BatchEconomy;
import io.mt2kd.gateway.core.batching.internal.cost.ServiceTimes;
import io.mt2kd.gateway.core.batching.internal.schedule.QueuedUtterance.State;
import io.mt2kd.gateway.core.inference.Head;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Decides which utterances leave together, and when. A pure state machine: events and the time go
 * in, {@link Decisions} come out; whoever drives it calls {@link #decide} after every event and at
 * the time that the last decisions named. The time is in nanoseconds, never goes back, and neither
 * it nor a deadline is near an end of its range. Not thread-safe.
 *
 * <p>Each bucket has a queue in the order of deadlines. {@link ServiceTimes} predicts how long a
 * batch runs, {@link ReplicaSlots} when the next one would begin ({@code start}). As long as there
 * is a free slot, a batch leaves:
 *
 * <ol>
 *   <li><b>Refusal.</b> Whoever would be late even in the batch that begins when the first replica
 *       is out of work is refused, and never sent. That batch is one of its own, unless more wait
 *       than one batch holds: the backend is behind then, a batch cut short for the sake of one
 *       would make the others late, and it counts as large as it would leave. The last one that
 *       waits while a replica is idle is tried as long as its deadline lies ahead, for a prediction
 *       that is wrong is only ever put right by a batch that runs.
 *   <li><b>Turn.</b> The batch is of the bucket whose turn it is, if any: {@link BucketTurns}.
 *       Waiting for more pays while the replica would not begin the batch yet: until {@code start},
 *       less what the predictions before it allow for error and {@value #HOP_NANOS} ns for the way
 *       there. An idle backend therefore never waits.
 *   <li><b>Size.</b> Those with the earliest deadlines leave, as many as are worth one batch and
 *       the first one's deadline has room for. Places that interactive ones leave empty go to those
 *       of the batch class of the same bucket, as long as the batch takes at most {@value #LONGER}
 *       times as long for it.
 *   <li><b>Heads.</b> The batch asks for every head that a member asks for.
 *   <li><b>Failure.</b> The members of a batch of more than one that fails wait again, each to
 *       leave alone; one that fails alone has failed.
 * </ol>
 *
 * @param <U> what the caller knows an utterance by
 */
public final class BatchScheduler<U> {
  private static final long HOP_NANOS = 1_000_000;
  private static final double LONGER = 1.25;

  private final ServiceTimes times;
  private final BatchEconomy economy = new BatchEconomy();
  private final ReplicaSlots<U> slots;
  private final WaitingUtterances<U> waiting;
  private final BucketTurns<U> turns;
  private int maximumBatchSize = 1;
  private long sequence;
  private long batchId;

  /** A scheduler for batches of one and nobody who runs them, until {@link #serve}. */
  public BatchScheduler(BatchingSettings settings, ServiceTimes times) {
    this.times = times;
    this.slots =
        new ReplicaSlots<>(
            () -> new InFlightLimit(settings.batchesInFlight(), settings.mostBatchesInFlight()),
            economy);
    this.waiting = new WaitingUtterances<>(times, economy);
    this.turns = new BucketTurns<>(waiting, settings.maximumWait().toNanos());
  }

  /**
   * What the backend can take from now on.
   *
   * @param maximumBatchSize utterances in a batch, >= 1
   * @param replicas names of those that run batches; without any, batches leave for nobody
   */
  public void serve(int maximumBatchSize, List<String> replicas) {
    if (maximumBatchSize < 1) {
      throw new IllegalArgumentException(
          "maximumBatchSize: " + maximumBatchSize + " (expected: >= 1)");
    }
    this.maximumBatchSize = maximumBatchSize;
    slots.serve(replicas);
  }

  /**
   * An utterance arrives.
   *
   * @param samples of it
   * @param bucketSamples edge of its bucket, >= samples
   * @param heads at least one
   * @return the handle by which it is withdrawn
   */
  public QueuedUtterance<U> arrive(
      long now,
      U utterance,
      int samples,
      int bucketSamples,
      Set<Head> heads,
      Priority priority,
      long deadlineNanos) {
    QueuedUtterance<U> queued =
        new QueuedUtterance<>(
            utterance, sequence++, samples, bucketSamples, heads, priority, now, deadlineNanos);
    economy.arrived(samples, bucketSamples);
    waiting.add(queued);
    return queued;
  }

  /**
   * By how much the last of several utterances would be late if they came now, or one of their
   * class that waits and that they would delay; negative where all are in time. In time is what is
   * answered within a share of the time from its arrival to its deadline. Told from the {@link
   * BatchPlan} by cautious predictions, for who is let in is promised an answer. Those of the batch
   * class come after all interactive ones that wait, and delay none of them.
   *
   * @param bucketSamples of each
   * @param deadlineNanos of all of them
   * @param timeShare > 0, at most 1
   * @param aheadNanos that the replicas together need for work that comes before them and has not
   *     arrived yet
   */
  public long latenessNanos(
      long now,
      Priority priority,
      List<Integer> bucketSamples,
      long deadlineNanos,
      double timeShare,
      long aheadNanos) {
    long start = slots.meanStartNanos(now) + HOP_NANOS + aheadNanos;
    if (priority == Priority.BATCH) {
      start +=
          waiting.plan(Priority.INTERACTIVE, Newcomers.NOBODY, maximumBatchSize).totalNanos()
              / slots.replicas();
    }
    return waiting
        .plan(
            priority, new Newcomers(bucketSamples, now, deadlineNanos, timeShare), maximumBatchSize)
        .latenessNanos(start, slots.replicas());
  }

  /** Time that the replicas together need for one sample of a batch of a bucket's best size. */
  public double nanosPerSample(int bucketSamples) {
    int size = economy.worthwhileSize(bucketSamples, maximumBatchSize);
    return (double) times.bucket(bucketSamples).expectedNanos(size)
        / size
        / bucketSamples
        / slots.replicas();
  }

  /** Nobody waits for it any more: it leaves no queue for the backend from now on. */
  public void withdraw(QueuedUtterance<U> queued) {
    if (queued.state() == State.WAITING) {
      waiting.remove(queued);
    }
    queued.become(State.ENDED);
  }

  /** Replicas that have as many other batches as they may: this one should not go there. */
  public Set<String> full(Batch<U> batch) {
    return slots.full(batch);
  }

  /** A batch goes to this replica, the first or another after that one failed. */
  public void placed(long now, Batch<U> batch, String replica) {
    slots.placed(batch, now, replica);
  }

  /**
   * A batch was answered.
   *
   * @param replica that ran it, by its name
   */
  public void finished(long now, Batch<U> batch, String replica) {
    long busyNanos = slots.finished(batch, now, replica);
    times.bucket(batch.bucketSamples()).observe(batch.size(), busyNanos);
    batch.members().forEach(member -> member.become(State.ENDED));
  }

  /**
   * A batch failed.
   *
   * @param membersMayBeTheReason whether another try without each other can help
   * @return those for whom this is the answer; the others wait again
   */
  public List<U> failed(long now, Batch<U> batch, boolean membersMayBeTheReason) {
    slots.failed(batch, now);
    List<U> answered = new ArrayList<>();
    for (QueuedUtterance<U> member : batch.members()) {
      if (member.state() != State.SENT) {
        continue;
      }
      if (membersMayBeTheReason && batch.size() > 1) {
        member.isolate();
        waiting.add(member);
      } else {
        member.become(State.ENDED);
        answered.add(member.utterance());
      }
    }
    return answered;
  }

  /** What is to be done now, given all that has happened. */
  public Decisions<U> decide(long now) {
    List<Batch<U>> batches = new ArrayList<>();
    List<U> refused = new ArrayList<>();
    refuseHopeless(now, refused);
    for (OptionalLong start = slots.startNanos(now);
        waiting.size() > 0 && start.isPresent();
        start = slots.startNanos(now)) {
      boolean waitingPays = start.getAsLong() - lead(now) > now;
      BucketQueue<U> next = turns.next(now, maximumBatchSize, waitingPays);
      if (next == null) {
        break;
      }
      batches.add(send(next, now, start.getAsLong()));
      // What was just sent is now before them.
      refuseHopeless(now, refused);
    }
    return new Decisions<>(batches, refused, wakeNanos(now));
  }

  /** Takes out all that waits, which is then answered by the caller. */
  public List<U> drain() {
    List<U> drained = new ArrayList<>();
    for (BucketQueue<U> queue : waiting.queues()) {
      while (!queue.isEmpty()) {
        drained.add(end(queue.mostUrgent()));
      }
    }
    return drained;
  }

  public int waiting() {
    return waiting.size();
  }

  /** Of those that wait, padding included. */
  public long paddedSamplesWaiting() {
    return waiting.paddedSamples();
  }

  public int batchesInFlight() {
    return slots.batchesInFlight();
  }

  /** Most at each of the replicas now. */
  public Map<String, Integer> batchesInFlightLimits() {
    return slots.batchesInFlightLimits();
  }

  /** Of the batches that are under way, padding included. */
  public long paddedSamplesInFlight() {
    return slots.paddedSamplesInFlight();
  }

  private void refuseHopeless(long now, List<U> refused) {
    long start = slots.earliestStartNanos(now);
    boolean idle = slots.anyIdle();
    for (BucketQueue<U> queue : waiting.queues()) {
      while (!queue.isEmpty()) {
        QueuedUtterance<U> first = queue.mostUrgent();
        boolean late =
            start + queue.times().expectedNanos(leastBatch(queue)) > first.deadlineNanos();
        boolean tried = idle && waiting.size() == 1 && first.deadlineNanos() > now;
        if (!late || tried) {
          break;
        }
        refused.add(end(first));
      }
    }
  }

  /** How many may not leave without each other. */
  private int leastBatch(BucketQueue<U> queue) {
    return waiting.size() > maximumBatchSize ? queue.batchable(maximumBatchSize) : 1;
  }

  private Batch<U> send(BucketQueue<U> queue, long now, long start) {
    List<QueuedUtterance<U>> members = take(queue, start);
    Set<Head> heads = EnumSet.noneOf(Head.class);
    for (QueuedUtterance<U> member : members) {
      member.become(State.SENT);
      heads.addAll(member.heads());
    }
    turns.left(queue);
    Batch<U> batch =
        new Batch<>(batchId++, members, queue.bucketSamples(), heads, now, slots.nextReplica(now));
    long expected = queue.times().expectedNanos(batch.size());
    slots.sent(batch, now, expected, queue.times().cautiousNanos(batch.size()) - expected);
    return batch;
  }

  private List<QueuedUtterance<U>> take(BucketQueue<U> queue, long start) {
    ServiceTimes.Bucket bucket = queue.times();
    int size = queue.batchable(maximumBatchSize);
    long room = queue.mostUrgent().deadlineNanos() - start;
    while (size > 1 && bucket.expectedNanos(size) > room) {
      size--;
    }
    List<QueuedUtterance<U>> members = waiting.take(queue, size);
    if (queue.key().priority() == Priority.INTERACTIVE
        && queue.isEmpty()
        && !queue.key().isolating()) {
      members.addAll(fill(bucket, queue.bucketSamples(), size, start, room));
    }
    return members;
  }

  /** Takes those of the batch class out that get the empty places of an interactive batch. */
  private List<QueuedUtterance<U>> fill(
      ServiceTimes.Bucket bucket, int bucketSamples, int size, long start, long room) {
    BucketQueue<U> queue = waiting.queue(new BucketQueue.Key(bucketSamples, Priority.BATCH, false));
    if (queue.isEmpty()) {
      return List.of();
    }
    long longest =
        Math.min(
            (long) (LONGER * bucket.expectedNanos(size)),
            Math.min(room, queue.mostUrgent().deadlineNanos() - start));
    int places = Math.min(queue.size(), maximumBatchSize - size);
    while (places > 0 && bucket.expectedNanos(size + places) > longest) {
      places--;
    }
    return waiting.take(queue, places);
  }

  private long wakeNanos(long now) {
    if (waiting.size() == 0) {
      return Decisions.NO_WAKE;
    }
    long wake = Decisions.NO_WAKE;
    OptionalLong start = slots.startNanos(now);
    if (start.isPresent()) {
      wake = start.getAsLong() - lead(now);
    }
    for (BucketQueue<U> queue : waiting.queues()) {
      if (queue.isEmpty()) {
        continue;
      }
      long hopeless =
          queue.mostUrgent().deadlineNanos() - queue.times().expectedNanos(leastBatch(queue)) + 1;
      wake = Math.min(wake, hopeless);
      if (start.isPresent()) {
        wake = Math.min(wake, turns.readyNanos(queue, maximumBatchSize));
      }
    }
    return wake;
  }

  private long lead(long now) {
    return slots.leadNanos(now) + HOP_NANOS;
  }

  private U end(QueuedUtterance<U> queued) {
    waiting.remove(queued);
    queued.become(State.ENDED);
    return queued.utterance();
  }
}
