package io.mt2kd.benchmarks.server;

import java.time.Duration;
import java.util.List;

/**
 * Processor time, user and system, as the operating system counts it: in hundredths of a second.
 */
final class ProcessorTimes {
  private ProcessorTimes() {}

  static Duration of(List<ProcessHandle> processes) {
    return processes.stream()
        .map(process -> process.info().totalCpuDuration().orElse(Duration.ZERO))
        .reduce(Duration.ZERO, Duration::plus);
  }
}
