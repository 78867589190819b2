package io.mt2kd.gateway.core.batching.simulation;

import io.mt2kd.gateway.core.audio.Waveform;
import java.util.ArrayDeque;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.Random;

/**
 * One replica that runs batches one after another, behind a policy. Time jumps from event to event:
 * an arrival, a batch that reaches the backend, one that finishes there, its answer, a wake-up.
 */
final class Simulator implements Policy.Dispatch {
  private final Policy policy;
  private final CostCurve curve;
  private final Random noise;
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final Queue<Sent> atBackend = new ArrayDeque<>();
  private final Outcome outcome;
  private long now;
  private long sequence;
  private long wakeAt = Policy.NO_WAKE;
  private boolean running;

  private Simulator(Policy policy, CostCurve curve, int arrivals, long seed) {
    this.policy = policy;
    this.curve = curve;
    this.noise = new Random(seed);
    this.outcome = new Outcome(arrivals);
  }

  static Outcome run(
      Policy policy, CostCurve curve, Workload.Arrivals arrivals, int count, long seed) {
    return new Simulator(policy, curve, count, seed).run(arrivals, count);
  }

  private Outcome run(Workload.Arrivals arrivals, int count) {
    int left = count;
    Request next = arrivals.next();
    while (true) {
      Event event = events.peek();
      if (left > 0 && (event == null || next.arrivalNanos() <= event.at)) {
        now = next.arrivalNanos();
        outcome.arrived(now);
        policy.arrived(now, next, this);
        next = arrivals.next();
        left--;
      } else if (event == null) {
        return outcome.done();
      } else {
        now = event.at;
        events.remove().action.run();
      }
      setAlarm();
    }
  }

  @Override
  public void send(List<Request> members, int paddedSamples, Object tag) {
    Sent sent = new Sent(members, paddedSamples, tag);
    outcome.ran(members, paddedSamples);
    after(
        policy.hopNanos(),
        () -> {
          atBackend.add(sent);
          runNext();
        });
  }

  @Override
  public void refuse(Request request) {
    outcome.refused();
  }

  private void runNext() {
    if (running || atBackend.isEmpty()) {
      return;
    }
    running = true;
    Sent sent = atBackend.remove();
    double audioSeconds = (double) sent.paddedSamples / Waveform.SAMPLE_RATE_HERTZ;
    double seconds =
        curve.seconds(sent.members.size(), audioSeconds) * Math.exp(0.1 * noise.nextGaussian());
    after(
        (long) (seconds * 1e9),
        () -> {
          running = false;
          runNext();
          after(policy.hopNanos(), () -> answered(sent));
        });
  }

  private void answered(Sent sent) {
    sent.members.forEach(member -> outcome.answered(now, member));
    policy.finished(now, sent.tag, this);
  }

  private void setAlarm() {
    long wanted = policy.wakeNanos();
    if (wanted < wakeAt) {
      wakeAt = wanted;
      after(Math.max(0, wanted - now), () -> wake(wanted));
    }
  }

  private void wake(long at) {
    if (at == wakeAt) {
      wakeAt = Policy.NO_WAKE;
      policy.woken(now, this);
    }
  }

  private void after(long nanos, Runnable action) {
    events.add(new Event(now + nanos, sequence++, action));
  }

  private record Sent(List<Request> members, int paddedSamples, Object tag) {}

  private record Event(long at, long sequence, Runnable action) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      return at == other.at ? Long.compare(sequence, other.sequence) : Long.compare(at, other.at);
    }
  }
}
