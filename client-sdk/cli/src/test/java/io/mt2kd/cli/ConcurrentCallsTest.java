package io.mt2kd.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ConcurrentCallsTest {
  private static final class Log implements ConcurrentCalls.Ends<Integer, String> {
    final List<String> entries = new ArrayList<>();

    @Override
    public void succeeded(Integer input, String result) {
      entries.add(result);
    }

    @Override
    public void failed(Integer input, Throwable failure) {
      entries.add(input + " failed: " + failure.getMessage());
    }
  }

  @Test
  void neverHasMoreUnderWayThanAllowedAndKeepsTheOrder() {
    List<Integer> inputs = IntStream.range(0, 200).boxed().toList();
    AtomicInteger running = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    Log log = new Log();
    ExecutorService pool = Executors.newFixedThreadPool(8);
    try {
      ConcurrentCalls.run(
          inputs,
          3,
          input -> {
            most.accumulateAndGet(running.incrementAndGet(), Math::max);
            return CompletableFuture.supplyAsync(
                () -> {
                  running.decrementAndGet();
                  return "" + input;
                },
                pool);
          },
          log);
    } finally {
      pool.shutdownNow();
    }
    assertThat(most.get()).isBetween(1, 3);
    assertThat(log.entries).isEqualTo(inputs.stream().map(String::valueOf).toList());
  }

  @Test
  void tellsFailuresOfStartAndOfCall() {
    Log log = new Log();
    ConcurrentCalls.run(
        List.of(1, 2, 3),
        1,
        input -> {
          if (input == 1) {
            throw new IOException("unreadable");
          }
          return input == 2
              ? CompletableFuture.failedFuture(new IllegalStateException("refused"))
              : CompletableFuture.completedFuture("three");
        },
        log);
    assertThat(log.entries).containsExactly("1 failed: unreadable", "2 failed: refused", "three");
  }

  @Test
  void anInterruptCancelsWhatIsUnderWay() {
    CompletableFuture<String> never = new CompletableFuture<>();
    Thread.currentThread().interrupt();
    assertThatThrownBy(() -> ConcurrentCalls.run(List.of(1, 2), 1, input -> never, new Log()))
        .isInstanceOf(CancellationException.class);
    assertThat(Thread.interrupted()).isTrue();
  }
}
