package io.mt2kd.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class WorkQueueTest {
  @Test
  void runsTheStepsOfTheOldestRequestFirst() throws Exception {
    ExecutorService thread = WorkQueue.threads(1);
    var queue = new WorkQueue(thread, 10);
    List<String> ran = new CopyOnWriteArrayList<>();
    var blocked = new CountDownLatch(1);
    WorkQueue.Ticket first = queue.admit();
    WorkQueue.Ticket second = queue.admit();
    WorkQueue.Ticket third = queue.admit();

    var done = new CountDownLatch(4);
    first.execute(
        () -> {
          awaitUninterrupted(blocked);
          ran.add("first");
          done.countDown();
          first.execute(step(ran, done, "first, next step"));
        });
    third.execute(step(ran, done, "third"));
    second.execute(step(ran, done, "second"));
    blocked.countDown();

    assertThat(done.await(10, TimeUnit.SECONDS)).isTrue();
    assertThat(ran).containsExactly("first", "first, next step", "second", "third");
    thread.shutdownNow();
  }

  @Test
  void admitsAsManyAsMayWait() throws Exception {
    var queue = new WorkQueue(Runnable::run, 1);
    WorkQueue.Ticket ticket = queue.admit();

    assertThatThrownBy(queue::admit)
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("maximum queue size of 1");
    ticket.release();
    assertThat(queue.admit()).isNotNull();
  }

  @Test
  void refusesToReleaseATicketTwice() throws Exception {
    WorkQueue.Ticket ticket = new WorkQueue(Runnable::run, 1).admit();
    ticket.release();

    assertThatThrownBy(ticket::release).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void isIdleOnceTheLastTicketIsReleased() throws Exception {
    var queue = new WorkQueue(Runnable::run, 2);
    WorkQueue.Ticket ticket = queue.admit();
    assertThat(queue.awaitIdle(Duration.ZERO)).isFalse();

    new Thread(ticket::release).start();

    assertThat(queue.awaitIdle(Duration.ofSeconds(10))).isTrue();
  }

  private static Runnable step(List<String> ran, CountDownLatch done, String name) {
    return () -> {
      ran.add(name);
      done.countDown();
    };
  }

  private static void awaitUninterrupted(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
