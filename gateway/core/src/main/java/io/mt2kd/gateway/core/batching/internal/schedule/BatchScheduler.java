package io.mt2kd.gateway.core.batching.internal.schedule;

import io.mt2kd.gateway.core.batching.BatchingSettings;
import io.mt2kd.gateway.core.batching.internal.cost.ServiceTimes;
import io.mt2kd.gateway.core.batching.internal.schedule.QueuedUtterance.State;
import io.mt2kd.gateway.core.inference.Head;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides which utterances leave together, and when. A pure state machine: events and the time go
 * in, {@link Decisions} come out; whoever drives it calls {@link #decide} after every event and at
 * the time that the last decisions named. The time is in nanoseconds, never goes back, and neither
 * it nor a deadline is near an end of its range. Not thread-safe.
 *
 * <p>Each bucket has a queue in the order of deadlines. {@link ServiceTimes} predicts how long a
 * batch runs, {@link ReplicaSlots} when the next one would begin ({@code start}). As long as there
 * is a free slot, a batch of the most urgent of the ready buckets leaves:
 *
 * <ol>
 *   <li><b>Refusal.</b> Whoever would be late even in the batch that begins when the first replica
 *       is out of work is refused, and never sent. That batch is one of its own, unless more wait
 *       than one batch holds: the backend is behind then, a batch cut short for the sake of one
 *       would make the others late, and it counts as large as it would leave. The last one that
 *       waits while a replica is idle is tried as long as its deadline lies ahead, for a prediction
 *       that is wrong is only ever put right by a batch that runs.
 *   <li><b>Ready</b> is a bucket
 *       <ul>
 *         <li>that fills a batch;
 *         <li>whose most urgent member has no slack left: its deadline less the cautious prediction
 *             has come;
 *         <li>whose oldest member has waited for the longest time that the settings allow;
 *         <li>when waiting does not pay. It pays while the replica would not begin the batch yet:
 *             until {@code start}, less what the predictions before it allow for error and {@value
 *             #HOP_NANOS} ns for the way there. An idle backend therefore never waits.
 *       </ul>
 *   <li><b>Urgency.</b> First comes the bucket whose most urgent member has to leave first, by its
 *       deadline less the cautious prediction; one that has waited {@value #PATIENCE_NANOS} ns
 *       counts as due, so that far deadlines are not put off for ever by near ones in other
 *       buckets.
 *   <li><b>Size.</b> Those with the earliest deadlines leave, as many as the batch may hold and the
 *       first one's deadline has room for.
 *   <li><b>Heads.</b> The batch asks for every head that a member asks for.
 *   <li><b>Failure.</b> The members of a batch of more than one that fails wait again, each to
 *       leave alone; one that fails alone has failed.
 * </ol>
 *
 * @param <U> what the caller knows an utterance by
 */
public final class BatchScheduler<U> {
  private static final long HOP_NANOS = 1_000_000;
  private static final long PATIENCE_NANOS = 5_000_000_000L;

  private final long maximumWaitNanos;
  private final ServiceTimes times;
  private final ReplicaSlots<U> slots;
  private final Map<Integer, BucketQueue<U>> shared = new TreeMap<>();
  private final Map<Integer, BucketQueue<U>> isolating = new TreeMap<>();
  private final List<BucketQueue<U>> queues = new ArrayList<>();
  private int maximumBatchSize = 1;
  private int waiting;
  private long paddedSamplesWaiting;
  private long sequence;
  private long batchId;

  /** A scheduler for one replica and batches of one, until {@link #resize}. */
  public BatchScheduler(BatchingSettings settings, ServiceTimes times) {
    this.maximumWaitNanos = settings.maximumWait().toNanos();
    this.times = times;
    this.slots = new ReplicaSlots<>(settings.batchesInFlight(), 1);
  }

  /**
   * What the backend can take from now on.
   *
   * @param maximumBatchSize utterances in a batch, >= 1
   * @param replicas that run batches, >= 1
   */
  public void resize(int maximumBatchSize, int replicas) {
    if (maximumBatchSize < 1 || replicas < 1) {
      throw new IllegalArgumentException(
          "maximumBatchSize: "
              + maximumBatchSize
              + ", replicas: "
              + replicas
              + " (expected: >= 1 each)");
    }
    this.maximumBatchSize = maximumBatchSize;
    slots.resize(replicas);
  }

  /**
   * An utterance arrives.
   *
   * @param bucketSamples that it is padded to
   * @param heads at least one
   * @return the handle by which it is withdrawn
   */
  public QueuedUtterance<U> arrive(
      long now, U utterance, int bucketSamples, Set<Head> heads, long deadlineNanos) {
    QueuedUtterance<U> queued =
        new QueuedUtterance<>(utterance, sequence++, bucketSamples, heads, now, deadlineNanos);
    enqueue(queued);
    return queued;
  }

  /** Nobody waits for it any more: it leaves no queue for the backend from now on. */
  public void withdraw(QueuedUtterance<U> queued) {
    if (queued.state() == State.WAITING) {
      dequeued(queued);
      queue(queued).remove(queued);
    }
    queued.become(State.ENDED);
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
    slots.ended(batch, now);
    List<U> answered = new ArrayList<>();
    for (QueuedUtterance<U> member : batch.members()) {
      if (member.state() != State.SENT) {
        continue;
      }
      if (membersMayBeTheReason && batch.size() > 1) {
        member.isolate();
        enqueue(member);
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
        waiting > 0 && start.isPresent();
        start = slots.startNanos(now)) {
      boolean waitingPays = start.getAsLong() - lead(now) > now;
      BucketQueue<U> next = mostUrgent(now, waitingPays);
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
    for (BucketQueue<U> queue : queues) {
      while (!queue.isEmpty()) {
        drained.add(end(queue, queue.mostUrgent()));
      }
    }
    return drained;
  }

  public int waiting() {
    return waiting;
  }

  /** Of those that wait, padding included. */
  public long paddedSamplesWaiting() {
    return paddedSamplesWaiting;
  }

  public int batchesInFlight() {
    return slots.batchesInFlight();
  }

  /** Of the batches that are under way, padding included. */
  public long paddedSamplesInFlight() {
    return slots.paddedSamplesInFlight();
  }

  private void refuseHopeless(long now, List<U> refused) {
    long start = slots.earliestStartNanos(now);
    boolean idle = slots.anyIdle();
    for (BucketQueue<U> queue : queues) {
      while (!queue.isEmpty()) {
        QueuedUtterance<U> first = queue.mostUrgent();
        boolean late =
            start + queue.times().expectedNanos(leastBatch(queue)) > first.deadlineNanos();
        boolean tried = idle && waiting == 1 && first.deadlineNanos() > now;
        if (!late || tried) {
          break;
        }
        refused.add(end(queue, first));
      }
    }
  }

  /** How many may not leave without each other. */
  private int leastBatch(BucketQueue<U> queue) {
    return waiting > maximumBatchSize ? queue.batchable(maximumBatchSize) : 1;
  }

  private @Nullable BucketQueue<U> mostUrgent(long now, boolean waitingPays) {
    @Nullable BucketQueue<U> best = null;
    long bestDue = Long.MAX_VALUE;
    for (BucketQueue<U> queue : queues) {
      if (queue.isEmpty() || waitingPays && readyNanos(queue) > now) {
        continue;
      }
      QueuedUtterance<U> first = queue.mostUrgent();
      long due = Math.min(latestNanos(queue), first.arrivalNanos() + PATIENCE_NANOS);
      if (best == null || due < bestDue) {
        best = queue;
        bestDue = due;
      }
    }
    return best;
  }

  /** When a bucket has to leave even where waiting pays. */
  private long readyNanos(BucketQueue<U> queue) {
    if (queue.batchable(maximumBatchSize) == queue.capacity(maximumBatchSize)) {
      return Long.MIN_VALUE;
    }
    return Math.min(latestNanos(queue), queue.oldestArrivalNanos() + maximumWaitNanos);
  }

  /** When the slack of a bucket's most urgent member is spent. */
  private long latestNanos(BucketQueue<U> queue) {
    return queue.mostUrgent().deadlineNanos()
        - queue.times().cautiousNanos(queue.batchable(maximumBatchSize));
  }

  private Batch<U> send(BucketQueue<U> queue, long now, long start) {
    int size = size(queue, start);
    List<QueuedUtterance<U>> members = queue.take(size);
    Set<Head> heads = EnumSet.noneOf(Head.class);
    for (QueuedUtterance<U> member : members) {
      dequeued(member);
      member.become(State.SENT);
      heads.addAll(member.heads());
    }
    Batch<U> batch = new Batch<>(batchId++, members, queue.bucketSamples(), heads, now);
    long expected = queue.times().expectedNanos(size);
    slots.sent(batch, now, expected, queue.times().cautiousNanos(size) - expected);
    return batch;
  }

  private int size(BucketQueue<U> queue, long start) {
    int size = queue.batchable(maximumBatchSize);
    long room = queue.mostUrgent().deadlineNanos() - start;
    while (size > 1 && queue.times().expectedNanos(size) > room) {
      size--;
    }
    return size;
  }

  private long wakeNanos(long now) {
    if (waiting == 0) {
      return Decisions.NO_WAKE;
    }
    long wake = Decisions.NO_WAKE;
    OptionalLong start = slots.startNanos(now);
    if (start.isPresent()) {
      wake = start.getAsLong() - lead(now);
    }
    for (BucketQueue<U> queue : queues) {
      if (queue.isEmpty()) {
        continue;
      }
      long hopeless =
          queue.mostUrgent().deadlineNanos() - queue.times().expectedNanos(leastBatch(queue)) + 1;
      wake = Math.min(wake, hopeless);
      if (start.isPresent()) {
        wake = Math.min(wake, readyNanos(queue));
      }
    }
    return wake;
  }

  private long lead(long now) {
    return slots.leadNanos(now) + HOP_NANOS;
  }

  private U end(BucketQueue<U> queue, QueuedUtterance<U> queued) {
    queue.remove(queued);
    dequeued(queued);
    queued.become(State.ENDED);
    return queued.utterance();
  }

  private void enqueue(QueuedUtterance<U> queued) {
    queued.become(State.WAITING);
    queue(queued).add(queued);
    waiting++;
    paddedSamplesWaiting += queued.bucketSamples();
  }

  private void dequeued(QueuedUtterance<U> queued) {
    waiting--;
    paddedSamplesWaiting -= queued.bucketSamples();
  }

  private BucketQueue<U> queue(QueuedUtterance<U> queued) {
    boolean alone = queued.isolated();
    return (alone ? isolating : shared)
        .computeIfAbsent(
            queued.bucketSamples(),
            samples -> {
              BucketQueue<U> made = new BucketQueue<>(samples, alone, times.bucket(samples));
              queues.add(made);
              return made;
            });
  }
}
