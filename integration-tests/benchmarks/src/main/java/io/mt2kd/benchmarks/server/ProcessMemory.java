package io.mt2kd.benchmarks.server;

import java.util.Arrays;

/**
 * The memory of a server in a JVM.
 *
 * @param allocatedBytes by all threads that live, since their start
 * @param heapBytes in use
 * @param directBytes that gRPC's Netty holds outside of the heap
 * @param threads that live
 */
public record ProcessMemory(long allocatedBytes, long heapBytes, long directBytes, int threads) {
  String format() {
    return allocatedBytes + " " + heapBytes + " " + directBytes + " " + threads;
  }

  static ProcessMemory parse(String line) {
    long[] values = Arrays.stream(line.split(" ")).mapToLong(Long::parseLong).toArray();
    return new ProcessMemory(values[0], values[1], values[2], Math.toIntExact(values[3]));
  }
}
