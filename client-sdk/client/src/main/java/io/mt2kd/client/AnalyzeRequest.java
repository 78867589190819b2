package io.mt2kd.client;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Any set of questions about one recording, answered by one pass of the encoder.
 *
 * @param requestId echoed in the receipt; at most 128 characters of [A-Za-z0-9._-]; empty: the
 *     client makes one
 * @param tasks at least one
 */
public record AnalyzeRequest(
    String requestId,
    Recording recording,
    Set<Task> tasks,
    TagOptions tagOptions,
    IdentificationOptions identificationOptions) {
  /** Copies the tasks. */
  public AnalyzeRequest {
    if (tasks.isEmpty()) {
      throw new IllegalArgumentException("tasks: none (expected: at least one)");
    }
    tasks = Set.copyOf(tasks);
  }

  /** Asks for these tasks with the gateway's options; a task given twice counts once. */
  public static AnalyzeRequest of(Recording recording, Task... tasks) {
    Set<Task> asked = EnumSet.noneOf(Task.class);
    asked.addAll(List.of(tasks));
    return new AnalyzeRequest(
        "", recording, asked, TagOptions.DEFAULT, IdentificationOptions.DEFAULT);
  }

  /** The same with a request id of the caller's. */
  public AnalyzeRequest withRequestId(String requestId) {
    return new AnalyzeRequest(requestId, recording, tasks, tagOptions, identificationOptions);
  }

  /** The same with other tag options. */
  public AnalyzeRequest withTagOptions(TagOptions options) {
    return new AnalyzeRequest(requestId, recording, tasks, options, identificationOptions);
  }

  /** The same with other identification options. */
  public AnalyzeRequest withIdentificationOptions(IdentificationOptions options) {
    return new AnalyzeRequest(requestId, recording, tasks, tagOptions, options);
  }
}
