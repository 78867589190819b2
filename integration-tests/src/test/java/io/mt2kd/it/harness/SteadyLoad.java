package io.mt2kd.it.harness;

import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.Recognition;
import io.mt2kd.client.RecognizeRequest;
import io.mt2kd.client.Recording;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** So many callers at a time, each with its next call as soon as the last one has ended. */
public final class SteadyLoad implements AutoCloseable {
  private static final Duration MOST = Duration.ofSeconds(90);

  private final Mt2kdClient client;
  private final RecognizeRequest[] requests;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  // Hold the lock for all of these.
  private final Map<String, Long> answers = new HashMap<>();
  private final List<Throwable> failures = new ArrayList<>();
  private final long[] ended;
  private long started;
  private long slowestNanos;
  private int underWay;
  private boolean stopping;

  private SteadyLoad(Mt2kdClient client, int callers) {
    this.client = client;
    this.ended = new long[callers];
    this.requests = new RecognizeRequest[4];
    for (int i = 0; i < requests.length; i++) {
      requests[i] =
          RecognizeRequest.of(
              Recording.pcm16(Waveforms.voiceLike(8_000 + 6_000 * i, i), Waveforms.RATE));
    }
  }

  /** Starts calling; the client's time limit is the calls' deadline. */
  public static SteadyLoad start(Mt2kdClient client, int callers) {
    SteadyLoad load = new SteadyLoad(client, callers);
    for (int i = 0; i < callers; i++) {
      load.call(i);
    }
    return load;
  }

  /** How many answers have come from a replica so far. */
  public long answers(String replica) {
    lock.lock();
    try {
      return answers.getOrDefault(replica, 0L);
    } finally {
      lock.unlock();
    }
  }

  /** Returns after so many further answers from a replica. */
  public void awaitAnswers(String replica, int count) throws InterruptedException {
    long nanos = MOST.toNanos();
    lock.lock();
    try {
      long wanted = answers.getOrDefault(replica, 0L) + count;
      while (answers.getOrDefault(replica, 0L) < wanted) {
        if (nanos <= 0) {
          throw new AssertionError(
              "not %d more answers from %s after %s: %s, failures %s"
                  .formatted(count, replica, MOST, answers, failures));
        }
        nanos = changed.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Returns after so many further answers in a row none of which came from a replica. */
  public void awaitQuiet(String replica, int count) throws InterruptedException {
    long nanos = MOST.toNanos();
    lock.lock();
    try {
      long last = answers.getOrDefault(replica, 0L);
      long since = total();
      while (total() - since < count) {
        if (nanos <= 0) {
          throw new AssertionError(
              "%s still answers after %s: %s, failures %s"
                  .formatted(replica, MOST, answers, failures));
        }
        nanos = changed.awaitNanos(nanos);
        long now = answers.getOrDefault(replica, 0L);
        if (now != last) {
          last = now;
          since = total();
        }
      }
    } finally {
      lock.unlock();
    }
  }

  private long total() {
    return answers.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Returns once every call that is under way now has ended. */
  public void awaitCallsUnderWay() throws InterruptedException {
    long nanos = MOST.toNanos();
    lock.lock();
    try {
      long[] before = ended.clone();
      while (IntStream.range(0, before.length).anyMatch(i -> ended[i] == before[i])) {
        if (nanos <= 0) {
          throw new AssertionError("calls still under way after " + MOST);
        }
        nanos = changed.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }

  /** What has failed so far. */
  public List<Throwable> failures() {
    lock.lock();
    try {
      return List.copyOf(failures);
    } finally {
      lock.unlock();
    }
  }

  /** In words, for the log of the tests. */
  public String summary() {
    lock.lock();
    try {
      return "%d calls, %d failed, slowest %d ms, answers %s"
          .formatted(
              started, failures.size(), TimeUnit.NANOSECONDS.toMillis(slowestNanos), answers);
    } finally {
      lock.unlock();
    }
  }

  /** Starts no more calls and waits for those under way. */
  @Override
  public void close() throws InterruptedException {
    lock.lock();
    try {
      stopping = true;
      while (underWay > 0) {
        changed.await();
      }
    } finally {
      lock.unlock();
    }
  }

  private void call(int caller) {
    RecognizeRequest request;
    lock.lock();
    try {
      if (stopping) {
        return;
      }
      request = requests[(int) (started++ % requests.length)];
      underWay++;
    } finally {
      lock.unlock();
    }
    long start = System.nanoTime();
    client
        .async()
        .recognize(request)
        .whenComplete(
            (recognition, failure) -> {
              ended(caller, System.nanoTime() - start, recognition, failure);
              call(caller);
            });
  }

  private void ended(
      int caller, long nanos, @Nullable Recognition recognition, @Nullable Throwable failure) {
    lock.lock();
    try {
      underWay--;
      ended[caller]++;
      slowestNanos = Math.max(slowestNanos, nanos);
      if (recognition != null) {
        answers.merge(recognition.receipt().replica(), 1L, Long::sum);
      } else if (failure != null) {
        failures.add(failure);
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
