package io.mt2kd.benchmarks.server;

import inference.GRPCInferenceServiceGrpc;
import inference.ModelStatistics;
import inference.ModelStatisticsRequest;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** A server of Triton's protocol with the ensemble, outside of this process. */
public abstract class Backend implements AutoCloseable {
  /** The model whose executions are the batches that were computed. */
  private static final String ENCODER = "encoder";

  /** On the loopback interface, gRPC. */
  public abstract int port();

  /** Those that do its work. */
  abstract List<ProcessHandle> processes();

  /**
   * Lets it run only where the others of this machine leave it the processors.
   *
   * @param nice 0 for not at all to 19
   */
  public void giveWay(int nice) throws IOException, InterruptedException {
    Niceness.set(processes(), nice);
  }

  /** A channel to it, the caller's to shut down. */
  public ManagedChannel channel() {
    return Channels.to(port());
  }

  /** Processor time that it has used so far. */
  public Duration processorTime() {
    return ProcessorTimes.of(processes());
  }

  /** What the encoder has computed so far, by the server's own count. */
  public Executions executions(ManagedChannel channel) {
    ModelStatistics statistics =
        GRPCInferenceServiceGrpc.newBlockingStub(channel)
            .modelStatistics(ModelStatisticsRequest.newBuilder().setName(ENCODER).build())
            .getModelStats(0);
    return new Executions(statistics.getInferenceCount(), statistics.getExecutionCount());
  }

  @Override
  public abstract void close() throws IOException, InterruptedException;
}
