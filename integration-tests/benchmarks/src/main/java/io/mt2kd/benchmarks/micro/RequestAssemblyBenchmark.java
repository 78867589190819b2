package io.mt2kd.benchmarks.micro;

import inference.GRPCInferenceServiceGrpc;
import inference.ModelInferRequest;
import io.grpc.Drainable;
import io.mt2kd.gateway.core.audio.Waveform;
import io.mt2kd.gateway.core.inference.Head;
import io.mt2kd.gateway.core.inference.UtteranceBatch;
import io.mt2kd.gateway.triton.internal.protocol.InferRequests;
import io.mt2kd.it.harness.Waveforms;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The request of a batch of eight utterances of two seconds, 512 kB of audio: put together, and
 * written into a buffer as gRPC writes it into the transport's.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RequestAssemblyBenchmark {
  private static final int SIZE = 8;
  private static final int SAMPLES = 32_000;

  private final UtteranceBatch batch =
      new UtteranceBatch("benchmark", waveforms(), SAMPLES, Set.of(Head.ASR, Head.AT, Head.SV));

  private final ByteBuffer transport = ByteBuffer.allocateDirect(1 << 20);

  private final OutputStream intoTransport =
      new OutputStream() {
        @Override
        public void write(int b) {
          transport.put((byte) b);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) {
          transport.put(bytes, offset, length);
        }
      };

  @Benchmark
  public ModelInferRequest assemble() {
    return InferRequests.of("mt2kd", batch);
  }

  @Benchmark
  public int assembleAndWrite() throws IOException {
    transport.clear();
    try (InputStream message =
        GRPCInferenceServiceGrpc.getModelInferMethod().streamRequest(assemble())) {
      return ((Drainable) message).drainTo(intoTransport);
    }
  }

  private static List<Waveform> waveforms() {
    List<Waveform> waveforms = new ArrayList<>();
    for (int i = 0; i < SIZE; i++) {
      waveforms.add(Waveform.of(Waveforms.voiceLike(SAMPLES - 100 * i, i)));
    }
    return waveforms;
  }
}
