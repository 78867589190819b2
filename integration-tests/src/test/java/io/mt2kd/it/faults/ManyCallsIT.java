package io.mt2kd.it.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.mt2kd.client.AnalyzeRequest;
import io.mt2kd.client.Mt2kdClient;
import io.mt2kd.client.Recording;
import io.mt2kd.client.Task;
import io.mt2kd.it.harness.FakeTriton;
import io.mt2kd.it.harness.Footprint;
import io.mt2kd.it.harness.GatewayServer;
import io.mt2kd.it.harness.Waveforms;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * After very many calls the gateway holds no more than after a tenth of them. Callers, gateway and
 * model server are in this JVM, each behind real connections: what leaks in any of them shows. The
 * model answers at once, so that nothing but the calls takes time.
 */
@Timeout(3 * 3600)
class ManyCallsIT {
  private static final int CALLS = Integer.getInteger("mt2kd.many.calls", 20_000);
  private static final int AT_A_TIME = 16;
  private static final int TENTHS = 10;
  private static final long MIB = 1 << 20;
  private static final Recording CLIP =
      Recording.pcm16(Waveforms.voiceLike(1_600, 1), Waveforms.RATE);

  @Test
  void leaveHeapDirectMemoryAndThreadsAsTheyWere(@TempDir Path folder) throws Exception {
    List<Footprint> tenths = new ArrayList<>();
    try (FakeTriton triton = FakeTriton.start();
        GatewayServer gateway = GatewayServer.start(triton.channel(), "fake", folder);
        Mt2kdClient client = gateway.client()) {
      long start = System.nanoTime();
      for (int tenth = 1; tenth <= TENTHS; tenth++) {
        call(client, CALLS / TENTHS);
        gateway.awaitIdle();
        tenths.add(Footprint.now());
        System.out.printf(
            "ManyCallsIT: %d calls in %.0f s: %s%n",
            tenth * (CALLS / TENTHS), (System.nanoTime() - start) / 1e9, tenths.get(tenth - 1));
      }
    }
    Footprint early = tenths.get(0);
    Footprint late = tenths.get(TENTHS - 1);
    assertThat(late.heapBytes() - early.heapBytes()).as("heap").isLessThan(4 * MIB);
    assertThat(late.directBytes() - early.directBytes()).as("direct").isLessThan(8 * MIB);
    assertThat(late.threads() - early.threads()).as("threads").isLessThanOrEqualTo(2 * AT_A_TIME);
  }

  private static void call(Mt2kdClient client, int calls) throws InterruptedException {
    Semaphore places = new Semaphore(AT_A_TIME);
    ConcurrentLinkedQueue<Throwable> failures = new ConcurrentLinkedQueue<>();
    for (int i = 0; i < calls; i++) {
      places.acquire();
      client
          .async()
          .analyze(AnalyzeRequest.of(CLIP, Task.values()))
          .whenComplete(
              (analysis, failure) -> {
                if (failure != null) {
                  failures.add(failure);
                }
                places.release();
              });
    }
    places.acquire(AT_A_TIME);
    assertThat(failures).isEmpty();
  }
}
