package io.mt2kd.benchmarks.server;

/**
 * What a model has computed: {@code nv_inference_count} and {@code nv_inference_exec_count}.
 *
 * @param utterances in all of its batches
 * @param batches that ran
 */
public record Executions(long utterances, long batches) {
  /** Nothing yet. */
  public static final Executions NONE = new Executions(0, 0);

  public Executions plus(Executions other) {
    return new Executions(utterances + other.utterances, batches + other.batches);
  }

  public Executions since(Executions earlier) {
    return new Executions(utterances - earlier.utterances, batches - earlier.batches);
  }

  /** Utterances in a batch on average; 0 where nothing ran. */
  public double meanBatch() {
    return batches == 0 ? 0 : (double) utterances / batches;
  }
}
