package io.mt2kd.cli.evaluation;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/** How the calls of an evaluation are made: some at a time, failures told and left out. */
public interface Runner {
  /** Starts the call for one input. */
  @FunctionalInterface
  interface Call<T, R> {
    /** Starts it; a failure to start counts as a failure of the call. */
    CompletableFuture<R> start(T input) throws IOException;
  }

  /** What one input led to. */
  record Answer<T, R>(T input, R result) {}

  /**
   * Runs them all.
   *
   * @param what for the progress bar
   * @param name names an input where it fails
   * @return answers for the inputs that did not fail, in their order; equal inputs have one each
   */
  <T, R> List<Answer<T, R>> run(
      String what, List<T> inputs, Function<T, String> name, Call<T, R> call);
}
