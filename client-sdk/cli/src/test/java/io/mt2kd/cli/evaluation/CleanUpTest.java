package io.mt2kd.cli.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class CleanUpTest {
  private static final Duration AMPLE = Duration.ofHours(1);

  private final List<String> log = Collections.synchronizedList(new ArrayList<>());

  private void workUntilInterrupted() {
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      log.add("interrupted");
      Thread.currentThread().interrupt();
      throw new CancellationException("interrupted");
    }
  }

  private void remove() {
    log.add(Thread.currentThread().isInterrupted() ? "removal interrupted" : "removed");
  }

  @Test
  void followsTheWorkAlsoWhereItFails() {
    assertThat(CleanUp.<String>after(() -> "result", this::remove)).isEqualTo("result");
    assertThatThrownBy(
            () ->
                CleanUp.after(
                    () -> {
                      throw new IllegalStateException("failed");
                    },
                    this::remove))
        .hasMessage("failed");
    assertThat(log).containsExactly("removed", "removed");
  }

  @Test
  void anInterruptEndsTheWorkAndNotTheRemovalAndIsKept() {
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> CleanUp.after(this::cancelledWork, this::remove))
        .isInstanceOf(CancellationException.class);
    assertThat(Thread.interrupted()).isTrue();
    assertThat(log).containsExactly("interrupted", "removed");
  }

  private String cancelledWork() {
    workUntilInterrupted();
    return "";
  }

  @Test
  void stoppingInterruptsTheWorkAndWaitsForTheRemoval() throws Exception {
    CleanUp cleanUp = new CleanUp(AMPLE);
    Thread stopping =
        new Thread(
            () -> {
              cleanUp.stop();
              log.add("stopped");
            });
    stopping.start();
    assertThatThrownBy(() -> cleanUp.run(this::cancelledWork, this::remove))
        .isInstanceOf(CancellationException.class);
    assertThat(Thread.interrupted()).isTrue();
    stopping.join();
    assertThat(log).containsExactly("interrupted", "removed", "stopped");
  }

  @Test
  void stoppingDuringTheRemovalLetsItBe() throws Exception {
    CleanUp cleanUp = new CleanUp(Duration.ZERO);
    cleanUp.run(
        () -> "result",
        () -> {
          // With no time to wait it returns at once, having interrupted what it would interrupt.
          cleanUp.stop();
          remove();
        });
    assertThat(log).containsExactly("removed");
  }
}
