package io.mt2kd.client;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.PriorityQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.FutureTask;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Time that passes when told to; what is scheduled runs in the thread that lets it pass. */
final class FakeTime extends ScheduledThreadPoolExecutor {
  private final PriorityQueue<Scheduled> queue = new PriorityQueue<>();
  private final List<Duration> delays = new ArrayList<>();
  private long now = 1_000_000_000_000L;

  FakeTime() {
    super(0);
  }

  synchronized long nanoTime() {
    return now;
  }

  /** Every delay that was asked for. */
  synchronized List<Duration> delays() {
    return List.copyOf(delays);
  }

  void forward(Duration duration) {
    long end;
    synchronized (this) {
      end = now + duration.toNanos();
    }
    while (true) {
      Scheduled next;
      synchronized (this) {
        next = queue.peek();
        if (next == null || next.at > end) {
          now = end;
          return;
        }
        queue.remove();
        now = Math.max(now, next.at);
      }
      next.run();
    }
  }

  @Override
  public synchronized ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
    Scheduled scheduled = new Scheduled(task, now + unit.toNanos(delay));
    delays.add(Duration.ofNanos(unit.toNanos(delay)));
    queue.add(scheduled);
    return scheduled;
  }

  private final class Scheduled extends FutureTask<Void> implements ScheduledFuture<Void> {
    private final long at;

    Scheduled(Runnable task, long at) {
      super(task, null);
      this.at = at;
    }

    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(at - nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(at, ((Scheduled) other).at);
    }
  }
}
