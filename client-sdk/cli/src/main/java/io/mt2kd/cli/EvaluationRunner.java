package io.mt2kd.cli;

import io.mt2kd.cli.evaluation.Runner;
import java.nio.file.FileSystemException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.jspecify.annotations.Nullable;

/**
 * Runs an evaluation's calls, with a progress bar where a person watches; tells the first failures.
 */
final class EvaluationRunner implements Runner {
  private static final int TOLD = 10;

  private final Console console;
  private final Output output;
  private final int concurrency;
  private int failures;

  EvaluationRunner(Console console, Output output, int concurrency) {
    this.console = console;
    this.output = output;
    this.concurrency = concurrency;
  }

  /** Calls that failed so far. */
  int failures() {
    return failures;
  }

  /** Says that there were more failures than lines. */
  void tellHowManyWereNotTold() {
    if (failures > TOLD && !output.verbose()) {
      console
          .err()
          .println("mt2kd: " + (failures - TOLD) + " more failures (--verbose tells them all)");
    }
  }

  @Override
  public <T, R> List<Answer<T, R>> run(
      String what, List<T> inputs, Function<T, String> name, Call<T, R> call) {
    List<Answer<T, R>> answers = new ArrayList<>();
    try (Progress progress = new Progress(what, inputs.size())) {
      ConcurrentCalls.run(
          inputs,
          concurrency,
          call::start,
          new ConcurrentCalls.Ends<T, R>() {
            @Override
            public void succeeded(T input, R result) {
              answers.add(new Answer<>(input, result));
              progress.step();
            }

            @Override
            public void failed(T input, Throwable failure) {
              failures++;
              progress.step();
              if (failures <= TOLD || output.verbose()) {
                output.error(subject(name.apply(input), failure), failure);
              }
            }
          });
    }
    return answers;
  }

  /** With the file, where one is at fault: an input may have several. */
  private static String subject(String name, Throwable failure) {
    return failure instanceof FileSystemException file && file.getFile() != null
        ? name + ": " + file.getFile()
        : name;
  }

  private final class Progress implements AutoCloseable {
    private final @Nullable ProgressBar bar;

    Progress(String what, int steps) {
      this.bar =
          console.interactive()
              ? new ProgressBarBuilder()
                  .setTaskName(what)
                  .setInitialMax(steps)
                  .setConsumer(new ConsoleProgressBarConsumer(console.err()))
                  .build()
              : null;
    }

    void step() {
      if (bar != null) {
        bar.step();
      }
    }

    @Override
    public void close() {
      if (bar != null) {
        bar.close();
      }
    }
  }
}
