package io.mt2kd.gateway.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class InPlaceExecutorTest {
  private final List<Runnable> left = new ArrayList<>();
  private final List<String> done = new ArrayList<>();
  private final InPlaceExecutor executor = new InPlaceExecutor(2, left::add);

  @Test
  void runsOnTheThreadThatBringsTheTaskWhileThereIsAPlace() {
    executor.execute(
        () ->
            executor.execute(
                () -> {
                  executor.execute(() -> done.add("third"));
                  done.add("second");
                }));

    assertThat(done).containsExactly("second");
    assertThat(left).hasSize(1);
    executor.execute(() -> done.add("fourth"));
    left.get(0).run();
    assertThat(done).containsExactly("second", "fourth", "third");
  }

  @Test
  void aTaskThatThrowsGivesItsPlaceBack() {
    for (int i = 0; i < 5; i++) {
      assertThatThrownBy(
              () ->
                  executor.execute(
                      () -> {
                        throw new IllegalStateException("broken");
                      }))
          .hasMessage("broken");
    }

    assertThat(left).isEmpty();
  }
}
